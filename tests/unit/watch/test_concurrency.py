"""Invocations that run at the same time."""

import itertools
from datetime import timedelta

import pytest

from customization_jobs.timeouts import LEASE, LEASE_MARGIN
from customization_jobs.watch.claims import MAX_ATTEMPTS
from customization_jobs.watch.job_arn import job_key
from tests.unit.watch.faults import FaultInjector, Killed
from tests.unit.watch.harness import SECOND, WatchHarness
from tests.unit.watch.scenarios import (
    INVOCATIONS,
    Invocation,
    busy_harness,
    call_numbers,
    ids_published_without_faults,
    sweep,
)


@pytest.mark.parametrize(
    ("invocation", "other", "number"),
    [
        (invocation, other, number)
        for invocation, other in itertools.product(INVOCATIONS, repeat=2)
        for number in call_numbers(invocation)
    ],
)
def test_concurrent_invocations_publish_each_transition_once(
    invocation: Invocation, other: Invocation, number: int
) -> None:
    harness = busy_harness()
    invocation(harness, FaultInjector(interrupt_at=number, interruption=lambda: other(harness, None)))
    harness.sweep()
    assert sorted(harness.published_ids()) == ids_published_without_faults(sweep)


def test_a_new_transition_of_a_claimed_job_is_left_to_a_later_invocation(harness: WatchHarness) -> None:
    arn = harness.create(1)
    stopping = harness.change(arn, "Stopping")
    summaries = []

    def deliver_both_events() -> None:
        summaries.append(harness.deliver(stopping))
        summaries.append(harness.deliver(harness.change(arn, "Stopped")))

    # The calls are baseline, get_many, put, publish.
    harness.deliver(stopping, FaultInjector(interrupt_at=4, interruption=deliver_both_events))
    assert [each.busy for each in summaries] == [0, 1]
    assert [each.published for each in summaries] == [{}, {}]
    assert harness.published_kinds() == ["Discovered", "Stopping"]
    assert harness.deliver(harness.event(arn)).published == {"Stopped": 1}


def test_each_claimed_job_with_a_new_transition_is_counted_as_busy(harness: WatchHarness) -> None:
    arns = [harness.create(number) for number in range(3)]
    summaries = []

    def change_two_jobs_and_sweep() -> None:
        for arn in arns[:2]:
            harness.change(arn, "Stopping")
        summaries.append(harness.sweep())

    # The calls are baseline, get_many, three puts, and then publish.
    harness.sweep(FaultInjector(interrupt_at=6, interruption=change_two_jobs_and_sweep))
    assert [each.busy for each in summaries] == [2]
    assert harness.sweep().published == {"Stopping": 2}


def test_a_claimed_job_is_retried_with_growing_pauses(harness: WatchHarness) -> None:
    arn = harness.create(1)
    faults = FaultInjector()

    def deliver_next_event() -> None:
        harness.deliver(harness.change(arn, "Stopping"), faults)

    harness.sweep(FaultInjector(interrupt_at=4, interruption=deliver_next_event))
    assert faults.calls == ["baseline", "get_many", *["get"] * (MAX_ATTEMPTS - 1)]
    assert len(harness.sleeps) == MAX_ATTEMPTS - 1
    for attempt, seconds in enumerate(harness.sleeps, start=1):
        assert 0 <= seconds <= 0.2 * 2**attempt


def test_a_claim_is_taken_over_when_its_lease_expires(harness: WatchHarness) -> None:
    arn = harness.create(1)
    event = harness.event(arn)
    # The calls are baseline, get_many, put; the third takes effect, and nothing else happens.
    harness.deliver(event, FaultInjector(fail_at={3}, takes_effect=True))
    claimed_until = harness.now + LEASE
    harness.now = claimed_until - SECOND
    assert harness.deliver(event).published == {}
    harness.now = claimed_until
    assert harness.deliver(event).published == {"Discovered": 1}


@pytest.mark.parametrize(
    ("late", "is_published"),
    [(LEASE - LEASE_MARGIN, True), (LEASE - LEASE_MARGIN + SECOND, False)],
)
def test_nothing_is_published_in_the_last_part_of_a_lease(
    harness: WatchHarness,
    late: timedelta,
    is_published: bool,  # noqa: FBT001 - a case
) -> None:
    harness.create(1)

    def freeze() -> None:
        harness.now += late

    # The calls are baseline, get_many, put: the environment is frozen between claiming and publishing.
    summary = harness.sweep(FaultInjector(interrupt_at=3, interruption=freeze))
    assert (summary.failed, len(harness.published)) == ((0, 1) if is_published else (1, 0))
    assert harness.sweep().published == ({} if is_published else {"Discovered": 1})


def test_the_earliest_lease_of_several_jobs_limits_their_publication(harness: WatchHarness) -> None:
    for number in (1, 2):
        harness.create(number)

    def pass_time() -> None:
        harness.now += LEASE - LEASE_MARGIN + SECOND

    # The calls are baseline, get_many, put, put: only the first claim is old.
    summary = harness.sweep(FaultInjector(interrupt_at=4, interruption=pass_time))
    assert (summary.failed, harness.published) == (2, [])


def test_a_transition_published_by_two_invocations_is_recorded_once(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.sweep()
    stopping = harness.change(arn, "Stopping")

    def take_over() -> None:
        harness.now += LEASE
        harness.deliver(harness.event(arn))

    # The calls are baseline, get_many, put, publish: the publication takes longer than the lease.
    harness.deliver(stopping, FaultInjector(interrupt_at=4, interruption=take_over))
    assert harness.published_kinds() == ["Discovered", "Stopping", "Stopping"]
    record = harness.existing_record(arn)
    assert (len(record.timeline), record.pending) == (2, ())


def test_a_publication_is_recorded_over_the_claim_of_an_invocation_that_died(harness: WatchHarness) -> None:
    arn = harness.create(1)

    def take_over_and_die() -> None:
        harness.now += LEASE
        with pytest.raises(Killed):
            harness.deliver(harness.event(arn), FaultInjector(kill_at=4))

    # The calls are baseline, get_many, put, publish, put.
    faults = FaultInjector(interrupt_at=5, interruption=take_over_and_die)
    summary = harness.sweep(faults)
    assert (dict(summary.published), summary.failed) == ({"Discovered": 1}, 0)
    assert faults.calls[4:] == ["put", "get", "put", "pending_keys"]
    record = harness.existing_record(arn)
    assert ([each.published for each in record.timeline], record.pending, record.claim) == ([True], (), None)


def test_recording_a_publication_keeps_the_claim_of_another_invocation(harness: WatchHarness) -> None:
    arn = harness.create(1, status="Stopping")
    # The first invocation publishes one of two transitions.
    harness.bus.refused = {2}

    def take_over_and_die() -> None:
        harness.now += LEASE
        with pytest.raises(Killed):
            harness.deliver(harness.event(arn), FaultInjector(kill_at=4))

    # The calls are baseline, get_many, put, publish, publish, put.
    harness.sweep(FaultInjector(interrupt_at=6, interruption=take_over_and_die))
    record = harness.existing_record(arn)
    assert [each.kind for each in record.timeline] == ["Discovered"]
    assert [each.kind for each in record.pending] == ["Stopping"]
    assert record.claim is not None
    assert record.claim.until == harness.now + LEASE


def test_a_record_that_was_deleted_before_its_publication_was_recorded_is_no_failure(
    harness: WatchHarness,
) -> None:
    harness.create(1)
    # The calls are baseline, get_many, put, publish, put.
    summary = harness.sweep(FaultInjector(interrupt_at=5, interruption=harness.table.items.clear))
    assert (dict(summary.published), summary.failed) == ({"Discovered": 1}, 0)
    assert harness.table.items == {}


def test_a_publication_that_cannot_be_recorded_for_other_writers_is_a_failure(harness: WatchHarness) -> None:
    arn = harness.create(1)
    faults = FaultInjector()

    def write_before_each_put() -> None:
        version, written = harness.table.items[job_key(arn)]
        harness.table.items[job_key(arn)] = (version + 1, written)
        faults.interrupt_at += 2

    faults.interrupt_at, faults.interruption = 5, write_before_each_put
    summary = harness.sweep(faults)
    assert summary.failed == 1
    expected = "Too many concurrent writes to this record. Try again later."
    assert [str(error) for error in summary.errors] == [expected]
    assert faults.calls[4:] == [*["put", "get"] * MAX_ATTEMPTS, "pending_keys"]
