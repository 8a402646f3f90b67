"""Invocations that die or fail at any of their calls."""

from collections import Counter

import pytest

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.timeouts import LEASE
from tests.unit.watch.faults import FaultInjector, Killed
from tests.unit.watch.harness import WatchHarness
from tests.unit.watch.scenarios import (
    INVOCATIONS,
    Invocation,
    busy_harness,
    call_numbers,
    ids_published_without_faults,
    sweep,
)

EVERY_CALL = [
    (invocation, number, takes_effect)
    for invocation in INVOCATIONS
    for number in call_numbers(invocation)
    for takes_effect in (False, True)
]


def has_pending_transitions(harness: WatchHarness) -> bool:
    return any(record.pending for arn in harness.jobs if (record := harness.record(arn)))


@pytest.mark.parametrize(("invocation", "number", "takes_effect"), EVERY_CALL)
def test_an_invocation_that_dies_loses_no_transition_and_only_unrecorded_ones_are_repeated(
    invocation: Invocation,
    number: int,
    takes_effect: bool,  # noqa: FBT001 - a case
) -> None:
    harness = busy_harness()
    with pytest.raises(Killed):
        invocation(harness, FaultInjector(kill_at=number, takes_effect=takes_effect))
    published_before_death = set(harness.published_ids())
    harness.now += LEASE
    harness.sweep()
    assert sorted(set(harness.published_ids())) == ids_published_without_faults(invocation)
    assert not has_pending_transitions(harness)
    repeated = {each for each, times in Counter(harness.published_ids()).items() if times > 1}
    assert repeated <= published_before_death
    assert harness.sweep().published == {}


@pytest.mark.parametrize(("invocation", "number", "takes_effect"), EVERY_CALL)
def test_the_next_sweep_makes_up_for_a_failed_call(
    invocation: Invocation,
    number: int,
    takes_effect: bool,  # noqa: FBT001 - a case
) -> None:
    harness = busy_harness()
    faults = FaultInjector(fail_at={number}, takes_effect=takes_effect)
    try:
        summary = invocation(harness, faults)
    except WatchUnavailableException:
        assert faults.calls == ["baseline"]
    else:
        failed_call = faults.calls[number - 1]
        jobs = len(harness.jobs) if invocation is sweep else 1
        # A failure is published even if its reason cannot be fetched.
        assert summary.failed == {"get_job": 0, "get_many": jobs}.get(failed_call, 1)
        assert len(summary.errors) == min(summary.failed, 1)
    harness.now += LEASE
    harness.sweep()
    assert sorted(set(harness.published_ids())) == ids_published_without_faults(invocation)
    assert not has_pending_transitions(harness)


def test_a_failed_record_of_a_published_transition_is_counted_as_a_failure(harness: WatchHarness) -> None:
    harness.create(1)
    # The calls are baseline, get_many, put (claim), publish, put (record).
    summary = harness.sweep(FaultInjector(fail_at={5}))
    assert (dict(summary.published), summary.failed) == ({"Discovered": 1}, 1)
    assert [str(error) for error in summary.errors] == ["throttled"]


def test_a_write_whose_answer_was_lost_is_recognized_as_its_own(harness: WatchHarness) -> None:
    arn = harness.create(1)
    # Each put is repeated, which conflicts with its first execution.
    faults = FaultInjector(repeat_at={3, 6})
    summary = harness.sweep(faults)
    assert (dict(summary.published), summary.busy, summary.errors) == ({"Discovered": 1}, 0, [])
    assert faults.calls == ["baseline", "get_many", "put", "get", "publish", "put", "get", "pending_keys"]
    record = harness.existing_record(arn)
    assert (len(record.timeline), record.pending) == (1, ())


def test_an_event_that_the_bus_refuses_is_published_by_the_next_invocation(harness: WatchHarness) -> None:
    arn = harness.create(1)
    harness.change(arn, "Stopping", training="InProgress")
    harness.bus.refused = {2}
    summary = harness.sweep()
    assert harness.published_kinds() == ["Discovered", "Stopping"]
    assert (summary.failed, len(summary.errors)) == (1, 1)
    assert str(summary.errors[0]) == "The bus did not accept 1 of 3 events: ThrottlingException."
    record = harness.existing_record(arn)
    # The lease was released: the next invocation need not wait until it expires.
    assert record.claim is None
    assert [each.kind for each in record.pending] == ["PhaseChanged"]
    assert harness.deliver(harness.event(arn)).published == {"PhaseChanged": 1}
    assert [each.sequence for each in harness.existing_record(arn).timeline] == [1, 2, 3]
    assert sorted(each["sequence"] for each in harness.published) == [1, 2, 3]


def test_each_reason_of_refused_events_is_reported_once(harness: WatchHarness) -> None:
    for number in range(3):
        harness.create(number)
    harness.bus.refused = {1, 2}
    # The calls are baseline, get_many, three puts, three times publish.
    summary = harness.sweep(FaultInjector(fail_at={8}))
    assert summary.failed == 3
    assert [str(error) for error in summary.errors] == [
        "The bus did not accept 3 of 3 events: ThrottlingException, throttled."
    ]


def test_a_sweep_spares_a_table_that_accepts_nothing(harness: WatchHarness) -> None:
    for number in range(3000):
        harness.create(number)
    faults = FaultInjector(fail_at=set(range(2, 10_000)))
    summary = harness.sweep(faults)
    tried = faults.calls.count("get_many")
    assert tried < 15
    # The last failure is that of reading which transitions are pending.
    assert (summary.failed, summary.skipped) == (100 * tried + 1, 3000 - 100 * tried)


def test_entries_that_the_bus_refuses_forever_do_not_hold_up_those_behind_them(harness: WatchHarness) -> None:
    poison = {harness.create(number) for number in range(150)}
    others = {harness.create(number) for number in range(150, 400)}
    refusals = 0
    while not others <= {each["job"]["jobArn"] for each in harness.published}:
        # The bus refuses every event of these jobs.
        harness.bus.refuses = lambda event: event.resource in poison
        assert harness.sweep().failed > 0
        refusals += 1
        assert refusals < 50
    assert len(harness.published) == len(others)
    harness.bus.refuses = lambda _: False
    assert harness.sweep().published == {"Discovered": len(poison)}


def test_failures_of_a_sweep_do_not_lose_the_figures_of_what_it_published(harness: WatchHarness) -> None:
    for number in range(200):
        harness.create(number, status="Stopping")
    harness.bus.refused = set(range(1, 101))
    summary = harness.sweep()
    assert (summary.failed, summary.missed_events) == (100, 150)
    assert summary.published == {"Discovered": 150, "Stopping": 150}
    assert summary.published.total() == len(harness.counted) == len(harness.published)


def test_an_event_counts_the_missed_event_that_a_dead_sweep_claimed(harness: WatchHarness) -> None:
    arn = harness.create(1, status="Stopping")
    # The calls are baseline, get_many, put, publish.
    with pytest.raises(Killed):
        harness.sweep(FaultInjector(kill_at=4))
    harness.now += LEASE
    assert harness.deliver(harness.event(arn)).missed_events == 1
    assert [(each.kind, each.found_by) for each in harness.counted] == [
        ("Discovered", "sweep"),
        ("Stopping", "sweep"),
    ]


def test_a_failure_for_one_job_does_not_affect_the_others(harness: WatchHarness) -> None:
    arns = [harness.create(number) for number in range(3)]
    # The calls are baseline, get_many, and one put for each job.
    summary = harness.sweep(FaultInjector(fail_at={4}))
    assert (dict(summary.published), summary.failed) == ({"Discovered": 2}, 1)
    assert harness.published_kinds(arns[1]) == []
    assert harness.sweep().published == {"Discovered": 1}
