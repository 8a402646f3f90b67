from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.fleet.lease import LEASE
from tests.unit.fleet.harness import FleetHarness
from tests.unit.watch.faults import FaultInjector, Killed

MINUTE = timedelta(minutes=1)


def test_one_sweep_at_a_time_holds_the_lease(harness: FleetHarness) -> None:
    assert harness.lease().acquire("first")
    assert not harness.lease().acquire("second")
    assert harness.lease().acquire("first"), "the same sweep may ask again"
    harness.lease().release("first")
    assert harness.lease().acquire("second")


def test_a_lease_expires_so_that_a_dead_sweep_blocks_nothing(harness: FleetHarness) -> None:
    assert harness.lease().acquire("first")
    harness.now += LEASE - MINUTE
    assert not harness.lease().acquire("second")
    harness.now += MINUTE
    assert harness.lease().acquire("second")
    assert harness.lease().started("first") is None
    assert harness.lease().started("second") == harness.now


def test_only_the_holder_releases(harness: FleetHarness) -> None:
    harness.lease().acquire("first")
    harness.lease().release("second")
    assert not harness.lease().acquire("second")
    harness.now += LEASE
    harness.lease().acquire("second")
    harness.lease().release("first")
    assert not harness.lease().acquire("third"), "the one that holds it now has not released it"


def test_the_start_is_known_until_another_sweep_begins(harness: FleetHarness) -> None:
    assert harness.lease().started("first") is None
    started = harness.now
    harness.lease().acquire("first")
    harness.now += MINUTE
    harness.lease().acquire("first")
    harness.lease().release("first")
    assert harness.lease().started("first") == started, "its report may be repeated"


def test_of_two_sweeps_that_start_at_the_same_time_one_wins(harness: FleetHarness) -> None:
    others: list[bool] = []
    faults = FaultInjector(
        interrupt_at=2, interruption=lambda: others.append(harness.lease().acquire("second"))
    )
    assert not harness.lease(faults).acquire("first")
    assert others == [True]


def test_a_write_whose_answer_was_lost_has_acquired_the_lease(harness: FleetHarness) -> None:
    assert harness.lease(FaultInjector(repeat_at={2})).acquire("first")
    assert not harness.lease().acquire("second")


def test_a_release_whose_answer_was_lost_has_released(harness: FleetHarness) -> None:
    harness.lease().acquire("first")
    harness.lease(FaultInjector(repeat_at={2})).release("first")
    assert harness.lease().acquire("second")


@given(st.integers(1, 2), st.booleans(), st.booleans())
def test_an_invocation_that_died_or_failed_can_be_repeated(call: int, dies: Any, takes_effect: Any) -> None:
    harness = FleetHarness()
    faults = FaultInjector(
        kill_at=call if dies else 0, fail_at=set() if dies else {call}, takes_effect=takes_effect
    )
    with pytest.raises(Killed if dies else WatchUnavailableException):
        harness.lease(faults).acquire("first")
    assert harness.lease().acquire("first")


@pytest.mark.parametrize("body", ["null", "[]", "{}", '{"since": 3}', '{"since": "x", "sweep": "first"}'])
def test_a_document_that_is_not_a_lease_holds_nothing(harness: FleetHarness, body: str) -> None:
    harness.documents["#fleet/lease"] = (3, body)
    assert harness.lease().acquire("first")
