"""The sweeps that are measured, and whether their coverage is right."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from benchmarks.fleet.answers import Answered, ask
from benchmarks.fleet.sources import Fault, Fleet
from benchmarks.fleet.sweep import CpuCosts, Simulation, Sweep

CHANGED_SHARE = 0.01


class Measured(NamedTuple):
    """The sweeps of a fleet, one after another, and the answers after them.

    Attributes
    ----------
    recorded : int
        Number of jobs in the table.
    """

    sources: int
    jobs: int
    recorded: int
    first: Sweep
    quiet: Sweep
    changed: Sweep
    all_jobs: Sweep
    answers: Mapping[str, Answered]


class WrongCoverage(Exception):  # noqa: N818 - what it says
    """The reported coverage differs from the simulated one."""


def measure(sources: int, jobs: int, cpu: CpuCosts, concurrency: int = 20) -> Measured:
    """Sweep a fleet four times: all jobs are new, none has changed, 1 % has, and a day later.

    Raises
    ------
    WrongCoverage
        A sweep reported a source differently from how it was simulated.
    """
    with Simulation(sources, jobs, cpu=cpu) as simulation:

        def sweep() -> Sweep:
            swept = simulation.sweep(concurrency)
            check(simulation, swept)
            return swept

        first, quiet = sweep(), sweep()
        simulation.fleet.change(round(CHANGED_SHARE * jobs))
        changed = sweep()
        _make_due(simulation)
        all_jobs = sweep()
        recorded = sum(key.startswith("arn:") for key in simulation.cloud.table.items)
        answers = ask(simulation)
        _check_answers(simulation.fleet, answers)
        return Measured(sources, jobs, recorded, first, quiet, changed, all_jobs, answers)


def expected_states(fleet: Fleet) -> dict[str, int]:
    """Return how many sources have to be reported in each state."""
    denied, throttled = fleet.with_fault(Fault.ROLE, Fault.POLICY), fleet.with_fault(Fault.THROTTLED)
    return {
        "listed": len(fleet.sources) - len(denied) - len(throttled),
        "denied": len(denied),
        "throttled": len(throttled),
        "failed": 0,
        "late": 0,
    }


def check(simulation: Simulation, swept: Sweep) -> None:
    """Check what a sweep reported: each source as simulated, and each job of the listed sources recorded.

    Raises
    ------
    WrongCoverage
        Something is missing, or should not be there.
    """
    expected = expected_states(simulation.fleet)
    found = swept.report["byState"]
    if found != expected or swept.report["sources"] != len(simulation.fleet.sources):
        raise WrongCoverage(f"reported {found}, simulated {expected}")
    unlisted = simulation.fleet.with_fault(Fault.ROLE, Fault.POLICY, Fault.THROTTLED)
    listed = sum(
        len(each.jobs) for source, each in simulation.fleet.sources.items() if source not in unlisted
    )
    recorded = sum(key.startswith("arn:") for key in simulation.cloud.table.items)
    if recorded != listed:
        raise WrongCoverage(f"recorded {recorded} jobs of {listed}")
    reasons = {str(source): simulation.fleet.sources[source].fault for source in unlisted}
    for key, item in simulation.cloud.table.items.items():
        if key.startswith("#source/"):
            _check_source(reasons.get(key.removeprefix("#source/")), json.loads(item["record"]["S"]))


def _check_source(fault: Fault | None, coverage: Mapping[str, Any]) -> None:
    expected = {
        None: ("listed", None),
        Fault.ROLE: ("denied", "roleMissingOrTrust"),
        Fault.POLICY: ("denied", "serviceControlPolicy"),
        Fault.THROTTLED: ("throttled", None),
    }[fault]
    found = (coverage["state"], coverage["deniedBy"])
    if found != expected:
        raise WrongCoverage(f"reported {found}, simulated {expected}")


def _check_answers(fleet: Fleet, answers: Mapping[str, Answered]) -> None:
    expected = expected_states(fleet)
    for name, answer in answers.items():
        if answer.body["coverage"]["byState"] != expected:
            raise WrongCoverage(f"{name}: {answer.body['coverage']['byState']}, simulated {expected}")


def _make_due(simulation: Simulation) -> None:
    """Date the last observation of all jobs back by a day: the next sweep observes all of them again."""
    for key, item in simulation.cloud.table.items.items():
        if key.startswith("#part"):
            part = json.loads(item["record"]["S"])
            if "allAt" in part:
                part["allAt"] = (datetime.fromisoformat(part["allAt"]) - timedelta(days=1)).isoformat()
                item["record"] = {"S": json.dumps(part)}
