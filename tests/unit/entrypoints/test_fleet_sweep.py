"""What the steps of a sweep accept, and what they do when something fails. See tests/unit/fleet for more."""

from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.errors import ThrottlingException, ValidationException
from customization_jobs.sources import Source
from tests.unit.fleet.harness import EAST, MEMBER, OWN, FleetHarness, throttled


@pytest.fixture
def harness() -> FleetHarness:
    return FleetHarness()


def test_a_sweep_is_skipped_and_counted_while_another_runs(harness: FleetHarness) -> None:
    sources = [f"{account}/{EAST}" for account in harness.choice.accounts]
    assert harness.step("discover", "first") == {"running": False, "sources": sources}
    assert harness.step("discover", "second") == {"running": True, "sources": []}
    assert harness.skipped == 1


def test_a_discovery_that_fails_releases_the_lease(harness: FleetHarness) -> None:
    harness.choice = harness.choice._replace(accounts=(), organization=True)
    harness.accounts = throttled()
    with pytest.raises(ThrottlingException):
        harness.step("discover", "first")
    harness.accounts = [MEMBER]
    assert harness.step("discover", "second")["sources"] == [str(OWN), f"{MEMBER}/{EAST}"]


@pytest.mark.parametrize("step", [None, 1, [], {}, "sweep", ["source"], ""])
def test_an_unknown_step_is_rejected(harness: FleetHarness, step: Any) -> None:
    with pytest.raises(ValidationException, match=r"step: got .*, allowed: discover, source, report"):
        harness.step(step, "first")


@pytest.mark.parametrize("sweep", [None, 1, "", "x" * 81, ["first"]])
def test_a_sweep_needs_the_name_of_an_execution(harness: FleetHarness, sweep: Any) -> None:
    with pytest.raises(ValidationException, match=r"sweep: got .*, allowed: the name of an execution"):
        harness.step("report", sweep)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "source: got None, allowed: account/region"),
        ({"source": MEMBER}, "allowed: account/region"),
        ({"source": str(OWN), "tick": 3}, "tick: got 3"),
        ({"source": str(OWN), "tick": {"sweep": "a b"}}, "sweep: got 'a b'"),
        ({"source": str(OWN), "tick": {"query": {"maxResult": 1}}}, "maxResult"),
        (
            {"source": str(OWN), "tick": {"sweep": "failed", "query": {"statusEquals": "Failed"}}},
            "tick.query: got statusEquals, allowed: inputs that do not leave out jobs",
        ),
        ({"source": str(OWN), "roleName": "Admin"}, "roleName"),
        ({"source": f"{MEMBER}/eu-west-1"}, "eu-west-1 is not a source of this fleet"),
    ],
)
def test_the_fields_of_a_source_step_are_checked_before_any_call(
    harness: FleetHarness, fields: dict[str, Any], message: str
) -> None:
    harness.step("discover", "first")
    with pytest.raises(ValidationException, match=message):
        harness.step("source", "first", **fields)
    assert not harness.sources


def test_the_query_of_the_schedule_is_passed_on(harness: FleetHarness) -> None:
    harness.step("discover", "first")
    source = Source(MEMBER, EAST)
    tick = {"schedule": {"executionId": "1"}, "query": {"maxResults": 7}}
    answer = harness.step("source", "first", source=str(source), tick=tick)
    assert answer["sweep"] == "all-jobs"
    assert {call["maxResults"] for call in harness.source(source).bedrock.calls} == {7}


def test_a_report_of_a_sweep_that_does_not_hold_the_lease_marks_no_source(harness: FleetHarness) -> None:
    harness.step("discover", "first")
    answer = harness.step("report", "unknown")
    assert answer["byState"]["late"] == answer["sources"] == 3
    assert {each.failures for each in harness.coverage().values()} == {0}


def test_a_child_that_never_runs_is_reported_and_dark_after_two_sweeps(harness: FleetHarness) -> None:
    for name, failures in (("first", 1), ("second", 2)):
        harness.step("discover", name)
        harness.step("report", name)
        harness.now += timedelta(minutes=15)
        assert {each.failures for each in harness.coverage().values()} == {failures}
    assert [kind for kind, _, _ in harness.events()] == ["SourceDark"] * 3
    (row, *_) = [each.row() for each in harness.coverage().values()]
    assert row["reason"] == "The last sweep of this source did not finish. See the log of the watch function."
