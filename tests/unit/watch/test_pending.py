"""Transitions that an earlier invocation left pending for jobs that Bedrock no longer lists."""

from collections.abc import Callable

import pytest

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.observability import Observability
from customization_jobs.timeouts import LEASE, Deadline
from customization_jobs.watch.job_arn import job_key
from customization_jobs.watch.run import Run
from customization_jobs.watch.sweep_observer import WatchObserver
from tests.unit.conftest import Lines, metric_values
from tests.unit.watch.faults import FaultInjector, Killed
from tests.unit.watch.harness import SECOND, WatchHarness


def leave_pending(harness: WatchHarness, *numbers: int) -> list[str]:
    """Create jobs whose claimed transitions are not published, and take them out of Bedrock's list."""
    arns = []
    for number in numbers:
        arn = harness.create(number, status="Completed")
        # The calls are baseline, get_many, put, publish.
        with pytest.raises(Killed):
            harness.deliver(harness.event(arn), FaultInjector(kill_at=4))
        del harness.jobs[arn]
        arns.append(arn)
    return arns


def test_a_sweep_publishes_them_after_the_lease_with_the_same_ids(harness: WatchHarness) -> None:
    (arn,) = leave_pending(harness, 1)
    pending = [each.id for each in harness.existing_record(arn).pending]
    harness.now += LEASE - SECOND
    assert harness.sweep().published == {}
    harness.now += SECOND
    assert harness.sweep().published == {"Discovered": 1, "Completed": 1}
    assert harness.published_ids() == pending
    record = harness.existing_record(arn)
    assert (record.pending, record.claim) == ((), None)
    assert harness.sweep().published == {}


def test_the_observer_of_a_sweep_publishes_them_at_its_end(
    harness: WatchHarness, observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    leave_pending(harness, 1)
    harness.now += LEASE
    observer = WatchObserver(
        harness.watch(), Deadline(lambda: 1), observability, region="us-east-1", now=lambda: harness.now
    )
    observer.start()
    assert observer.finish()["published"] == {"Discovered": 1, "Completed": 1}
    metrics, _ = lines()
    assert metric_values(metrics, "Kind")["TransitionsPublished", "Completed"] == 1


def test_without_time_the_table_is_not_read(harness: WatchHarness) -> None:
    faults = FaultInjector()
    harness.watch(faults).publish_pending(harness.now, Run(out_of_time=lambda: True))
    assert faults.calls == []


def test_the_oldest_are_published_first_as_long_as_there_is_time(harness: WatchHarness) -> None:
    arns = []
    for number in range(150):
        arns += leave_pending(harness, number)
        harness.now += SECOND
    harness.now += LEASE
    run = Run(out_of_time=lambda: len(harness.published) >= 200)
    harness.watch().publish_pending(harness.now, run)
    assert [each["job"]["jobArn"] for each in harness.published[::2]] == arns[:100]


def test_those_that_failed_in_this_sweep_are_left_to_the_next(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.bus.refuses = lambda event: event.detail["job"]["jobArn"] == arn
    assert harness.sweep().failed == 1
    assert harness.bus.received == 1
    harness.now += SECOND
    assert harness.sweep().failed == 1
    assert harness.bus.received == 2


def test_one_that_the_bus_always_refuses_does_not_hold_up_the_others(harness: WatchHarness) -> None:
    refused, *others = leave_pending(harness, *range(120))
    harness.bus.refuses = lambda event: event.detail["job"]["jobArn"] == refused
    harness.now += LEASE
    summary = harness.sweep()
    assert (summary.published.total(), summary.failed) == (2 * len(others), 2)
    assert harness.existing_record(refused).pending


def test_a_record_that_another_invocation_writes_in_the_meantime_is_left_to_it(harness: WatchHarness) -> None:
    (arn,) = leave_pending(harness, 1)
    harness.now += LEASE
    # The calls are baseline, pending_keys, get_many, put.
    other_sweep = FaultInjector(interrupt_at=4, interruption=harness.sweep)
    watch = harness.watch(other_sweep)
    watch.start()
    assert watch.publish_pending(harness.now).published == {}
    assert harness.published_kinds(arn) == ["Discovered", "Completed"]


def test_a_record_that_the_index_still_has_is_not_written_again(harness: WatchHarness) -> None:
    arn = harness.create(1)
    started = harness.now
    harness.sweep()
    # The index is eventually consistent.
    harness.table.pending_since[job_key(arn)] = started
    harness.now += SECOND
    faults = FaultInjector()
    harness.watch(faults).publish_pending(harness.now)
    assert faults.calls == ["pending_keys", "get_many"]


@pytest.mark.parametrize("call", [2, 3], ids=["pending_keys", "get_many"])
def test_a_table_that_does_not_answer_is_a_failure(harness: WatchHarness, call: int) -> None:
    leave_pending(harness, 1)
    harness.now += LEASE
    watch = harness.watch(FaultInjector(fail_at={call}))
    watch.start()
    summary = watch.publish_pending(harness.now)
    assert (summary.failed, type(summary.errors[0])) == (1, WatchUnavailableException)
    assert harness.sweep().published == {"Discovered": 1, "Completed": 1}
