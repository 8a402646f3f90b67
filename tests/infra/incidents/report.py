"""When each alarm reports an incident, and the table of it in docs/operations.md."""

import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.infra.conftest import ROOT, Synthesis
from tests.infra.incidents.alarm_states import State
from tests.infra.incidents.cloudwatch import BEHAVIORS, Alarm, Behavior, Metrics, read_alarms
from tests.infra.incidents.incidents import END, INCIDENTS, PHASES, Incident

DOCUMENT = ROOT / "docs/operations.md"
BEGIN, FINISH = "<!-- incidents: begin -->", "<!-- incidents: end -->"
# The alarms are also evaluated before the incident, to verify that none is raised then.
_BEFORE = 10


@dataclass(frozen=True, slots=True)
class Report:
    """An incident, and the alarms that are raised in every case, with the latest minute of each."""

    incident: Incident
    raised: Mapping[str, int]


def minute_raised(alarm: Alarm, metrics: Metrics, behavior: Behavior) -> int | None:
    """Return the minute at which an alarm is raised; None if it is not."""
    if not alarm.can_be_raised(metrics):
        return None
    for minute, state in alarm.states(metrics, range(-_BEFORE, END), behavior):
        if state is State.ALARM:
            return minute
    return None


def report(stack: Synthesis, incident: Incident) -> Report:
    """Simulate an incident in every phase, and under everything that CloudWatch does not document."""
    alarms = read_alarms(stack)
    latest: dict[str, int | None] = {}
    for phase in PHASES:
        metrics = incident.service(stack, phase).metrics
        for name, alarm in alarms.items():
            minutes = [minute_raised(alarm, metrics, behavior) for behavior in BEHAVIORS]
            latest[name] = _latest([*minutes, *([latest[name]] if name in latest else [])])
    return Report(incident, {name: minute for name, minute in latest.items() if minute is not None})


def _latest(minutes: Sequence[int | None]) -> int | None:
    """Return the latest minute; None if one is None, because such an alarm is not certain."""
    known = [minute for minute in minutes if minute is not None]
    return max(known) if len(known) == len(minutes) else None


def section(reports: Iterable[Report], alarms: Mapping[str, Alarm]) -> str:
    """Return the table of incidents for docs/operations.md."""
    rows = [f"| {each.incident.what} | {_answer(each, alarms)} |" for each in reports]
    return "\n".join(
        (
            BEGIN,
            "| incident | alarm, and the minutes until it is raised at the latest |",
            "|---|---|",
            *rows,
            FINISH,
        )
    )


def _answer(found: Report, alarms: Mapping[str, Alarm]) -> str:
    if found.incident.decision:
        return f"none, see [decisions.md](decisions.md): {found.incident.decision}"
    first = found.incident.alarm
    others = sorted(
        (minute, name) for name, minute in found.raised.items() if name != first and alarms[name].notifies
    )
    named = [(found.raised[first], first)] if first else []
    return ", ".join(f"`{name}` {minute}" for minute, name in [*named, *others])


def with_section(document: str, table: str) -> str:
    """Return a document with the table in place of the one between the marks."""
    before, rest = document.split(BEGIN)
    return before + table + rest.split(FINISH)[1]


def main() -> None:
    """Write the table into docs/operations.md."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Synthesis(Path(folder), {})
    table = section((report(stack, incident) for incident in INCIDENTS), read_alarms(stack))
    DOCUMENT.write_text(with_section(DOCUMENT.read_text(), table))
    sys.stdout.write(f"{DOCUMENT}\n")


if __name__ == "__main__":
    main()
