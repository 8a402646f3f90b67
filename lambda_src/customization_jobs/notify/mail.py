"""The text of a mail."""

from collections import Counter
from collections.abc import Iterable, Sequence

from customization_jobs.notify.job_event import JobEvent
from customization_jobs.notify.kinds import KINDS
from customization_jobs.notify.table import table

_ROWS = 200
_FOUND_BY = {"sweep": "found by a sweep", "event": "found through an event of Bedrock"}
# A digest gives what to do for the most frequent reasons.
_SHOWN_REMEDIES = 7


def mail(events: Sequence[JobEvent]) -> str:
    """Return the text for one event, or for several of one kind."""
    return _digest(events) if len(events) > 1 else _single(events[0])


def jobs_url(event: JobEvent) -> str:
    """Return the address of the list of jobs in the console, or nothing."""
    return event.console_url.partition("/item/")[0]


def remedies(events: Sequence[JobEvent]) -> list[tuple[Sequence[str], int]]:
    """Return what to do about several events of one kind, each with the number of jobs it is for."""
    what_to_do = KINDS[events[0].kind].what_to_do
    counts = Counter(tuple(what_to_do(each)) for each in events)
    return [(steps, count) for steps, count in counts.most_common(_SHOWN_REMEDIES) if steps]


def _single(event: JobEvent) -> str:
    kind = KINDS[event.kind]
    parts = [
        f"The model customization job {event.job_name} {kind.happened}.",
        f"Why: {kind.why(event)}",
    ]
    if steps := kind.what_to_do(event):
        parts.append(f"What to do: {' '.join(steps)}")
    found_by = _FOUND_BY.get(event.found_by, "")
    parts.append(
        _facts(
            ("Job", event.job_name),
            ("Base model", event.model),
            ("Customization", event.customization_type),
            ("Owner", event.owner),
            ("Region", event.region),
            ("Account", event.account),
            ("Expected", event.expected_end),
            ("Time", ", ".join(each for each in (event.time, found_by) if each)),
        )
    )
    parts.append(
        _facts(
            ("Console", event.console_url),
            ("Guide", event.failure.link),
            ("ARN", event.job_arn),
            ("Event", event.id),
        )
    )
    return "\n\n".join(parts) + "\n"


def _digest(events: Sequence[JobEvent]) -> str:
    first = events[0]
    parts = [
        f"{len(events)} model customization jobs {KINDS[first.kind].happened}.",
        table(events, longest=_ROWS),
        *(f"What to do ({_jobs(count)}): {' '.join(steps)}" for steps, count in remedies(events)),
        _facts(("Region", first.region), ("Account", first.account), ("Console", jobs_url(first))),
    ]
    return "\n\n".join(parts) + "\n"


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def _facts(*facts: tuple[str, str]) -> str:
    known: Iterable[tuple[str, str]] = [(name, value) for name, value in facts if value]
    width = max(len(name) for name, _ in known) + 2
    return "\n".join(f"{f'{name}:':<{width}} {value}" for name, value in known)
