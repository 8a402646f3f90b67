"""Open waits for the fleet, and the sweep of a member that finds jobs for them."""

from typing import Any

import pytest

from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.timeouts import Deadline
from customization_jobs.watch.observation import from_summary
from tests.unit.waits.fleet import MEMBER, OWN, create_member_job, fleet_harness
from tests.unit.waits.harness import WaitsHarness
from tests.unit.watch.faults import FaultInjector, Killed


@pytest.fixture
def harness() -> WaitsHarness:
    """Return a harness with a fleet, in place of one without."""
    return fleet_harness()


def pending(harness: WaitsHarness, token: str) -> int:
    waiter = harness.waiter(token)
    assert waiter
    return len(waiter.pending)


@pytest.mark.parametrize("request_", [{"atLeast": 2}, {"follow": True}])
def test_a_job_that_a_killed_attempt_has_published_joins_with_the_next(
    harness: WaitsHarness, request_: dict[str, Any]
) -> None:
    harness.watch.create(1)
    harness.sweep()
    harness.register("t", fleet=True, **request_)
    create_member_job(harness, 2)
    with pytest.raises(Killed):
        harness.sweep_member(MEMBER, waits_faults=FaultInjector(kill_at=3))
    published = len(harness.watch.bus.published)
    assert published == 2, "that the jobs were discovered"
    assert pending(harness, "t") == 1
    harness.sweep_member(MEMBER)
    assert len(harness.watch.bus.published) == published, "the second attempt publishes nothing"
    assert pending(harness, "t") == 2


def test_a_job_joins_even_if_the_watch_failed(harness: WaitsHarness) -> None:
    harness.register("t", fleet=True, atLeast=1)
    create_member_job(harness, 1)
    harness.watch.bus.refuses = lambda _: True
    with pytest.raises(WatchUnavailableException, match="The bus did not accept"):
        harness.sweep_member(MEMBER)
    assert pending(harness, "t") == 1


def test_a_job_that_has_already_ended_answers_the_wait(harness: WaitsHarness) -> None:
    harness.register("t", fleet=True, query={"account": MEMBER}, atLeast=1)
    create_member_job(harness, 1, status="Completed")
    harness.sweep_member(MEMBER)
    assert harness.states.outputs["t"]["counts"]["Completed"] == 1


@pytest.mark.parametrize(
    "request_",
    [
        {"atLeast": 1},
        {"atLeast": 1, "fleet": True, "query": {"account": OWN.account}},
        {"atLeast": 1, "fleet": True, "query": {"nameContains": "other"}},
    ],
)
def test_jobs_of_a_member_join_only_waits_that_they_concern(
    harness: WaitsHarness, request_: dict[str, Any]
) -> None:
    harness.register("t", **request_)
    create_member_job(harness, 1)
    faults = FaultInjector()
    harness.sweep_member(MEMBER, waits_faults=faults)
    assert pending(harness, "t") == 0
    assert faults.calls == ["query", "get_many"], "no waiter is settled"


def test_a_sweep_without_open_waits_costs_one_query(harness: WaitsHarness) -> None:
    create_member_job(harness, 1)
    harness.sweep_member(MEMBER)
    harness.register("closed", fleet=True)
    create_member_job(harness, 2)
    faults = FaultInjector()
    harness.sweep_member(MEMBER, waits_faults=faults)
    assert [each for each in faults.calls if each != "get_many"] == ["query"]


def test_what_fails_for_the_waiters_is_raised_so_that_the_sweep_is_repeated(harness: WaitsHarness) -> None:
    harness.register("t", fleet=True, atLeast=1)
    create_member_job(harness, 1)
    for number in (1, 3):
        with pytest.raises(CustomizationJobsError):
            harness.sweep_member(MEMBER, waits_faults=FaultInjector(fail_at={number}))
    harness.sweep_member(MEMBER)
    assert pending(harness, "t") == 1


def test_no_waiter_is_settled_after_the_deadline(harness: WaitsHarness) -> None:
    harness.register("t", fleet=True, atLeast=1)
    create_member_job(harness, 1)
    harness.sweep_member(MEMBER, deadline=Deadline(lambda: -1))
    assert pending(harness, "t") == 0


def test_the_waiters_of_one_job_that_fail_leave_those_of_the_others(harness: WaitsHarness) -> None:
    arns = [create_member_job(harness, number) for number in (1, 2)]
    harness.sweep()
    for number, token in ((1, "first"), (2, "second")):
        harness.register(token, fleet=True, query={"nameContains": f"tone-{number}"})
    for arn in arns:
        harness.watch.change(arn, "Completed")
    harness.watch.deliver(harness.watch.event(arns[0]))
    harness.watch.deliver(harness.watch.event(arns[1]))
    jobs = [from_summary(harness.watch.jobs[arn]).job for arn in arns]
    waits = harness.parts(FaultInjector(fail_at={1})).event_waits
    with pytest.raises(WatchUnavailableException):
        waits.wake_all(jobs, lambda: False)
    assert [harness.states.ended(token) for token in ("first", "second")] == [False, True]
    with pytest.raises(WatchUnavailableException, match="The time ran out"):
        waits.wake_all(jobs, lambda: True)
