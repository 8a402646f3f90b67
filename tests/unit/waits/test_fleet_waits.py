"""Waits for jobs of the fleet: listed from the table, woken by events and sweeps of every source."""

import json
from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.errors import (
    BedrockTimeoutException,
    FleetNotCoveredException,
    ValidationException,
)
from customization_jobs.fleet.coverage import SourceFailure, State
from customization_jobs.sources import Source
from customization_jobs.timeouts import Deadline
from tests.unit.waits.fleet import MEMBER, MEMBER_SOURCE, OWN, choose, cover, create_member_job, fleet_harness
from tests.unit.waits.harness import LATE_AFTER, WaitsHarness

DENIED = SourceFailure(State.DENIED, "A policy of the organization denies it.")


@pytest.fixture
def harness() -> WaitsHarness:
    """Return a harness with a fleet, in place of one without."""
    return fleet_harness()


def test_a_wait_for_the_fleet_lists_what_is_recorded_of_every_source(harness: WaitsHarness) -> None:
    own, member = harness.watch.create(1), create_member_job(harness, 2)
    create_member_job(harness, 3, status="Completed")
    harness.sweep()
    calls = len(harness.bedrock.calls)
    assert harness.register("t", fleet=True) == {"waiting": 2, "done": False}
    assert len(harness.bedrock.calls) == calls, "no source is called"
    harness.deliver(harness.watch.change(member, "Failed"))
    assert harness.waits("t")
    harness.deliver(harness.watch.change(own, "Completed"))
    counts = harness.states.outputs["t"]["counts"]
    assert (counts["Completed"], counts["Failed"]) == (2, 1)


@pytest.mark.parametrize(
    ("query", "waiting"),
    [({}, 2), ({"account": MEMBER}, 1), ({"region": "us-east-1", "account": OWN.account}, 1)],
)
def test_the_query_selects_accounts_and_regions(
    harness: WaitsHarness, query: dict[str, str], waiting: int
) -> None:
    harness.watch.create(1)
    create_member_job(harness, 2)
    harness.sweep()
    assert harness.register("t", fleet=True, query=query)["waiting"] == waiting


@pytest.mark.parametrize(
    ("request_", "pending"),
    [
        ({"fleet": True}, 2),
        ({"fleet": True, "query": {"account": MEMBER}}, 1),
        ({"fleet": True, "query": {"account": OWN.account}}, 1),
        ({}, 1),
    ],
)
def test_a_new_job_of_a_member_joins_only_waits_that_it_concerns(
    harness: WaitsHarness, request_: dict[str, Any], pending: int
) -> None:
    harness.watch.create(1)
    harness.sweep()
    harness.register("t", atLeast=5, **request_)
    harness.deliver(harness.watch.event(create_member_job(harness, 2)))
    waiter = harness.waiter("t")
    assert waiter is not None
    assert len(waiter.pending) == pending


def test_a_wait_for_the_fleet_that_cannot_list_everything_fails(harness: WaitsHarness) -> None:
    with pytest.raises(BedrockTimeoutException, match="before all jobs"):
        harness.register("t", fleet=True, deadline=Deadline(lambda: -1))


@pytest.mark.parametrize("query", [{}, {"account": MEMBER}])
def test_a_wait_for_a_source_that_is_not_listed_fails(harness: WaitsHarness, query: dict[str, str]) -> None:
    cover(harness, MEMBER_SOURCE, DENIED)
    with pytest.raises(FleetNotCoveredException) as raised:
        harness.register("t", fleet=True, query=query)
    described = f"{MEMBER}/us-east-1 is denied: A policy of the organization denies it. Try again after"
    assert described in str(raised.value)
    assert "acceptGaps: true" in str(raised.value)
    assert not harness.states.ended("t")
    assert harness.waiter("t") is None


def test_only_the_sources_that_the_query_selects_must_be_listed(harness: WaitsHarness) -> None:
    cover(harness, MEMBER_SOURCE, DENIED)
    harness.register("t", fleet=True, query={"account": OWN.account})
    assert harness.states.outputs["t"]["coverage"]["complete"] is True


def test_a_wait_for_a_source_whose_listing_is_too_old_fails(harness: WaitsHarness) -> None:
    harness.watch.now += LATE_AFTER + timedelta(seconds=1)
    with pytest.raises(FleetNotCoveredException, match=r"2 of 2 selected sources.* is late"):
        harness.register("t", fleet=True)


def test_a_wait_before_the_first_sweep_of_the_fleet_fails() -> None:
    harness = WaitsHarness(own=OWN)
    with pytest.raises(FleetNotCoveredException, match="No sweep has listed this source yet"):
        harness.register("t", fleet=True)


def test_a_wait_for_no_source_fails(harness: WaitsHarness) -> None:
    with pytest.raises(FleetNotCoveredException, match=r"no source with account 9{12} and region eu-west-1"):
        harness.register("t", fleet=True, query={"account": "9" * 12, "region": "eu-west-1"})


def test_an_error_names_three_sources_with_short_reasons(harness: WaitsHarness) -> None:
    sources = [Source(MEMBER, f"us-east-{number}") for number in range(5)]
    choose(harness, *sources)
    for source in sources:
        cover(harness, source, SourceFailure(State.FAILED, "x" * 5_000))
    with pytest.raises(FleetNotCoveredException, match="and 2 more") as raised:
        harness.register("t", fleet=True)
    assert len(str(raised.value)) < 1_500


def test_a_wait_may_accept_gaps_and_its_output_shows_them(harness: WaitsHarness) -> None:
    cover(harness, MEMBER_SOURCE, DENIED)
    arn = harness.watch.create(1)
    harness.sweep()
    assert harness.register("t", fleet=True, acceptGaps=True) == {"waiting": 1, "done": False}
    cover(harness, MEMBER_SOURCE)
    harness.deliver(harness.watch.change(arn, "Completed"))
    coverage = harness.states.outputs["t"]["coverage"]
    assert (coverage["complete"], coverage["sources"], coverage["byState"]["denied"]) == (False, 2, 1)
    (gap,) = coverage["gaps"]
    assert (gap["account"], gap["state"], gap["reason"]) == (MEMBER, "denied", DENIED.reason)


def test_the_cause_of_a_failed_wait_names_the_gaps(harness: WaitsHarness) -> None:
    cover(harness, MEMBER_SOURCE, DENIED)
    harness.watch.create(1, status="Stopped")
    harness.sweep()
    harness.register("t", fleet=True, acceptGaps=True, failOn=["Stopped"])
    error, cause = harness.states.errors["t"]
    assert error == "JobsStopped"
    assert cause.endswith(
        "When the wait began, 1 of 2 selected sources of the fleet were listed; "
        f"not listed: {MEMBER}/us-east-1 (denied)."
    )


@pytest.mark.parametrize(("at_least", "error"), [(0, "WaitExpired"), (5, "NoSuchJobs")])
def test_the_cause_of_an_expired_wait_has_the_coverage(
    harness: WaitsHarness, at_least: int, error: str
) -> None:
    harness.watch.create(1)
    harness.sweep()
    harness.register("t", fleet=True, atLeast=at_least)
    harness.watch.now += timedelta(days=31)
    harness.sweep()
    assert harness.states.errors["t"][0] == error
    expected = "When the wait began, 2 of 2 selected sources of the fleet were listed."
    assert harness.states.errors["t"][1].endswith(expected)


def test_the_coverage_of_many_sources_leaves_room_for_the_jobs(harness: WaitsHarness) -> None:
    sources = [Source(f"{number:012}", "ap-southeast-2") for number in range(1_000)]
    choose(harness, *sources)
    for source in sources:
        cover(harness, source, SourceFailure(State.FAILED, "\u00e9" * 5_000))
    harness.register("t", fleet=True, acceptGaps=True, atLeast=1)
    waiter = harness.waiter("t")
    assert waiter
    assert waiter.coverage
    assert (len(waiter.coverage["gaps"]), waiter.coverage["moreGaps"]) == (20, 980)
    assert len(json.dumps(waiter.coverage)) < 50_000


@pytest.mark.parametrize(
    ("own", "fleet", "query", "problem"),
    [
        (
            None,
            True,
            {},
            "fleet: got true, allowed: no fleet here; choose its sources by the setting fleetRegions",
        ),
        (OWN, "yes", {}, "fleet: got 'yes', allowed: true, or omit it"),
        (OWN, True, {"acount": MEMBER}, "acount: got an unknown name (did you mean account?)"),
    ],
)
def test_what_is_wrong_with_a_wait_for_the_fleet_is_described(
    own: Source | None, fleet: object, query: dict[str, str], problem: str
) -> None:
    with pytest.raises(ValidationException) as raised:
        WaitsHarness(own=own).register("t", fleet=fleet, query=query)
    assert problem in str(raised.value)
