"""Invocations that die or fail at any of their calls, while they have waiters to answer."""

from collections.abc import Callable

import pytest

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.timeouts import LEASE
from tests.unit.waits.harness import WaitsHarness
from tests.unit.watch.faults import FaultInjector, Killed

# An invocation of the function, with the faults that it meets.
Invocation = Callable[[WaitsHarness, FaultInjector], object]
TOKENS = ("last job", "first of two jobs", "enough jobs")


def harness_with_waiters() -> WaitsHarness:
    """Return a harness in which the end of one job answers some waiters and concerns others."""
    harness = WaitsHarness()
    harness.sweep()
    first = harness.watch.create(1)
    harness.register("last job")
    harness.watch.create(2, status="Stopping")
    harness.register("first of two jobs")
    harness.register("enough jobs", query={"nameContains": "speech"}, atLeast=1)
    harness.watch.create(3, jobName="speech-3", status="Completed")
    harness.watch.change(first, "Completed")
    return harness


def event_of_first_job(harness: WaitsHarness, faults: FaultInjector) -> object:
    return harness.deliver(harness.watch.event(next(iter(harness.watch.jobs))), faults)


def sweep(harness: WaitsHarness, faults: FaultInjector) -> object:
    return harness.sweep(faults)


def register(harness: WaitsHarness, faults: FaultInjector) -> object:
    return harness.register("new", faults, failOn=["Failed"])


EVERY_CALL = [
    (invocation, number, takes_effect)
    for invocation in (event_of_first_job, sweep, register)
    for number in range(1, 40)
    for takes_effect in (False, True)
]


@pytest.mark.parametrize("fault", ["dies", "fails"])
@pytest.mark.parametrize(("invocation", "number", "takes_effect"), EVERY_CALL)
def test_everyone_is_answered_whichever_call_dies_or_fails(
    invocation: Invocation,
    number: int,
    takes_effect: bool,  # noqa: FBT001 - a case
    fault: str,
) -> None:
    harness = harness_with_waiters()
    faults = (
        FaultInjector(kill_at=number, takes_effect=takes_effect)
        if fault == "dies"
        else FaultInjector(fail_at={number}, takes_effect=takes_effect)
    )
    try:
        invocation(harness, faults)
    except (Killed, CustomizationJobsError):
        if invocation is register:
            # Step Functions repeats it.
            harness.register_again("new", failOn=["Failed"])
    harness.watch.now += LEASE
    harness.sweep()
    harness.watch.change(list(harness.watch.jobs)[1], "Stopped")
    harness.sweep()
    assert set(TOKENS) <= harness.states.outputs.keys()
    assert harness.states.outputs["first of two jobs"]["counts"]["Completed"] == 1
    assert harness.states.outputs["first of two jobs"]["counts"]["Stopped"] == 1
    assert not harness.states.waiting
    assert harness.sweep()["waiters"] == {"waiting": 0, "done": 0}


@pytest.mark.parametrize("invocation", [event_of_first_job, sweep, register])
def test_the_cases_cover_every_call(invocation: Invocation) -> None:
    faults = FaultInjector()
    invocation(harness_with_waiters(), faults)
    assert len(faults.calls) < max(number for _, number, _ in EVERY_CALL)
