"""Waits for jobs of the fleet: listed from the table, woken by events and sweeps of every source."""

from typing import Any

import pytest

from customization_jobs.errors import BedrockTimeoutException, ValidationException
from customization_jobs.sources import Source
from customization_jobs.timeouts import Deadline
from tests.unit.waits.harness import WaitsHarness

OWN = Source("111122223333", "us-east-1")
MEMBER = "444455556666"


@pytest.fixture
def harness() -> WaitsHarness:
    """Return a harness with a fleet, whose watch has started."""
    harness = WaitsHarness(own=OWN)
    harness.sweep()
    return harness


def create_member_job(harness: WaitsHarness, number: int, **fields: Any) -> str:
    """Create a job of another account, which the harness lists beside its own."""
    arn = f"arn:aws:bedrock:us-east-1:{MEMBER}:model-customization-job/amazon.nova-lite-v1:0/{number:012x}"
    return harness.watch.create(number, jobArn=arn, **fields)


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
    ("query", "waiting"), [({}, 2), ({"account": MEMBER}, 1), ({"region": "eu-west-1"}, 0)]
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
