"""Scenarios in which a sweep and an event each have work to do, for tests that inject faults into them."""

from collections.abc import Callable

from customization_jobs.watch.summary import WatchSummary
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import HOUR, WatchHarness

# An invocation of the watch, with the faults that it meets.
Invocation = Callable[[WatchHarness, FaultInjector | None], WatchSummary]


def started_harness(owner_tag: str | None = None) -> WatchHarness:
    """Return a harness whose watch started an hour ago."""
    harness = WatchHarness(owner_tag=owner_tag)
    harness.sweep()
    harness.now += HOUR
    return harness


def busy_harness() -> WatchHarness:
    """Return a harness with transitions to find: several of the first job, and some of two others."""
    harness = started_harness()
    first, second = harness.create(1), harness.create(2)
    harness.sweep()
    harness.now += 13 * HOUR
    harness.change(first, "Failed", validation="Completed", training="Failed")
    harness.change(second, training="InProgress")
    harness.create(3, status="Stopping")
    harness.now += HOUR
    return harness


def sweep(harness: WatchHarness, faults: FaultInjector | None) -> WatchSummary:
    return harness.sweep(faults)


def event_of_first_job(harness: WatchHarness, faults: FaultInjector | None) -> WatchSummary:
    return harness.deliver(harness.event(next(iter(harness.jobs))), faults)


INVOCATIONS = (sweep, event_of_first_job)


def ids_published_without_faults(invocation: Invocation) -> list[str]:
    """Return, sorted, the ids that an invocation and a following sweep publish in a busy harness."""
    harness = busy_harness()
    invocation(harness, None)
    harness.sweep()
    return sorted(harness.published_ids())


def call_numbers(invocation: Invocation) -> range:
    """Return the numbers of the calls that an invocation makes in a busy harness."""
    faults = FaultInjector()
    invocation(busy_harness(), faults)
    return range(1, len(faults.calls) + 1)
