"""The sweep of one source, for faults that the property test is too general to cause."""

from datetime import timedelta

import pytest

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.fleet.coverage import State
from customization_jobs.fleet.coverage_store import CoverageStore
from customization_jobs.sources import Source
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW
from tests.unit.fleet.harness import EAST, MEMBER, Count, FleetHarness, denied
from tests.unit.watch.faults import FaultInjector

SOURCE = Source(MEMBER, EAST)


@pytest.fixture
def discovered(harness: FleetHarness) -> FleetHarness:
    for number in range(3):
        harness.add_job(SOURCE, number, status="InProgress", created=NOW)
    harness.step("discover", "first")
    harness.now += timedelta(seconds=5)
    return harness


def test_a_bus_that_fails_leaves_the_source_listed(discovered: FleetHarness) -> None:
    discovered.source(SOURCE).watch.table.baseline = NOW - timedelta(days=1)
    discovered.source(SOURCE).watch.bus.refuses = lambda _: True
    with pytest.raises(WatchUnavailableException, match="The bus did not accept"):
        discovered.step("source", "first", source=str(SOURCE))
    assert discovered.coverage()[SOURCE].is_listed
    assert len(discovered.recorded()) == 3


def test_a_record_that_is_not_written_leaves_the_source_not_listed(discovered: FleetHarness) -> None:
    # The calls are those of the check, the baseline, the part, the records, and the first record's write.
    faults = FaultInjector(fail_at={5})
    with pytest.raises(WatchUnavailableException):
        discovered.step("source", "first", faults, source=str(SOURCE))
    assert faults.calls[:5] == ["get", "baseline", "part", "get_many", "put"]
    assert len(discovered.recorded()) == 2
    coverage = discovered.coverage()[SOURCE]
    assert (coverage.state, coverage.as_of) == (State.FAILED, None)
    assert "could be recorded" in coverage.row()["reason"]


def test_a_coverage_that_is_not_written_does_not_stop_the_watch(
    discovered: FleetHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise WatchUnavailableException("The table did not answer.")

    monkeypatch.setattr(CoverageStore, "update", fail)
    faults = FaultInjector()
    with pytest.raises(WatchUnavailableException, match="The table did not answer"):
        discovered.step("source", "first", faults, source=str(SOURCE))
    assert "pending_keys" in faults.calls, "the watch has finished"
    assert [message for message, _ in discovered.observed.logged] == [
        "The coverage of the source was not recorded"
    ]


def test_jobs_that_cannot_be_added_up_leave_the_source_not_listed_and_watched(
    discovered: FleetHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise TypeError("a job that is not an object")

    monkeypatch.setattr(Count, "add", fail)
    assert discovered.step("source", "first", source=str(SOURCE))["state"] == "failed"
    assert len(discovered.recorded()) == 3


def test_an_attempt_that_ends_after_a_later_one_changes_nothing(discovered: FleetHarness) -> None:
    discovered.step("source", "first", source=str(SOURCE))
    listed = discovered.coverage()[SOURCE]
    discovered.now -= timedelta(seconds=1)
    discovered.source(SOURCE).cut_after = 0
    assert discovered.step("source", "first", source=str(SOURCE))["state"] == "listed"
    assert discovered.coverage()[SOURCE] == listed


def test_what_aws_said_about_a_denial_is_in_the_log_alone(discovered: FleetHarness) -> None:
    discovered.source(SOURCE).role_error = denied("User: arn:aws:sts::1:assumed-role/hub is not authorized")
    answer = discovered.step("source", "first", source=str(SOURCE))
    assert answer == {"source": str(SOURCE), "state": "denied", "reason": answer["reason"]}
    assert "arn:aws" not in answer["reason"]
    (logged,) = [
        facts for message, facts in discovered.observed.logged if message == "A source was not listed"
    ]
    assert logged["details"].startswith("User: arn:aws:sts::1")
    assert logged["denied_by"] == "roleMissingOrTrust"


@pytest.mark.parametrize("fails_to_wake", [False, True])
def test_who_waits_is_woken_also_if_the_watch_failed(discovered: FleetHarness, fails_to_wake: bool) -> None:  # noqa: FBT001 - a parameter of the test
    woken = []

    def wake(deadline: Deadline) -> None:
        woken.append(deadline)
        if fails_to_wake:
            raise WatchUnavailableException("A waiter was not written.")

    discovered.wake = wake
    discovered.source(SOURCE).watch.table.baseline = NOW - timedelta(days=1)
    discovered.source(SOURCE).watch.bus.refuses = lambda _: True
    with pytest.raises(WatchUnavailableException, match="The bus did not accept"):
        discovered.step("source", "first", source=str(SOURCE))
    assert len(woken) == 1
    logged = [message for message, _ in discovered.observed.logged]
    assert ("Some waiters could not be settled" in logged) is fails_to_wake


def test_who_waits_is_woken_also_if_the_listing_failed(discovered: FleetHarness) -> None:
    woken: list[Deadline] = []
    discovered.wake = woken.append
    discovered.source(SOURCE).listing_error = denied()
    assert discovered.step("source", "first", source=str(SOURCE))["state"] == "denied"
    assert len(woken) == 1
