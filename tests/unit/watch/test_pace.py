"""Slow claims, whose transitions must still be published within their leases."""

from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.watch.observation import from_summary
from customization_jobs.watch.pace import Pace
from customization_jobs.watch.run import Run
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import SECOND, WatchHarness


def test_more_jobs_are_claimed_together_while_claims_are_fast() -> None:
    pace, sizes = Pace(), []
    for _ in range(6):
        sizes.append(pace.jobs)
        pace.add(SECOND)
    assert sizes == [8, 16, 32, 64, 100, 100]


def test_fewer_jobs_are_claimed_together_while_claims_are_slow() -> None:
    pace, sizes = Pace(), []
    for seconds in (9, 8, 2, 9, 9, 9):
        sizes.append(pace.jobs)
        pace.add(seconds * SECOND)
    assert sizes == [8, 4, 4, 4, 2, 1]


class SlowWrites(FaultInjector):
    """Lets time pass with each write."""

    def __init__(self, harness: WatchHarness, seconds: float) -> None:
        super().__init__()
        self._harness = harness
        self._seconds = seconds

    def call(self, name: str, effect: Any) -> Any:
        if name == "put":
            self._harness.now += timedelta(seconds=self._seconds)
        return super().call(name, effect)


@pytest.mark.parametrize("seconds", [0.3, 2.4, 3.5])
def test_news_of_a_hundred_jobs_are_published_although_writes_are_slow(
    harness: WatchHarness, seconds: float
) -> None:
    for number in range(100):
        harness.create(number)
    # With one thread; eight threads would need 2.4 s in place of 19 s.
    summary = harness.sweep(SlowWrites(harness, seconds))
    assert (summary.failed, summary.published) == (0, {"Discovered": 100})


def test_the_deadline_is_checked_between_the_groups_of_a_chunk(harness: WatchHarness) -> None:
    for number in range(100):
        harness.create(number)
    end = harness.now + 60 * SECOND
    watch = harness.watch(SlowWrites(harness, 2.4))
    run = Run(lambda: harness.now >= end)
    summary = watch.observe(map(from_summary, harness.jobs.values()), run)
    assert 0 < summary.published["Discovered"] < 50
    assert summary.skipped == 100 - summary.published["Discovered"]
    assert harness.now < end + 40 * SECOND
