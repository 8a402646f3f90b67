"""The positions of jobs, and the records from before there were any."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.watch.job import Job
from customization_jobs.watch.position import (
    SHARDS,
    first_position,
    just_above,
    just_below,
    last_position,
    position_of,
    shard_of,
)
from tests.fakes import NOW, text
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import WatchHarness
from tests.unit.watch.scenarios import INVOCATIONS, Invocation, busy_harness, call_numbers

PREFIX = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/"
JOB = Job(PREFIX + "000000000001", "n", "InProgress", creation_time=text(NOW), end_time=text(NOW))
_TIMES = st.datetimes(timezones=st.just(UTC))
_KEYS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=1011)


def position(created: datetime, key: str) -> str:
    return position_of(Job(key, "n", "InProgress", creation_time=created.isoformat()))


def test_a_position_is_the_creation_time_and_the_key() -> None:
    assert position_of(JOB) == f"2026-03-01T12:00:00.000000Z|{JOB.key}"
    early = JOB._replace(arn=PREFIX + "amazon.nova-lite-v1:0:300k/000000000001", creation_time="0031-01-01")
    assert position_of(early) == f"0031-01-01T00:00:00.000000Z|{JOB.key}"


def test_without_a_creation_time_a_position_stays_as_it_was_until_there_is_one() -> None:
    unknown = JOB._replace(creation_time=None, end_time=None)
    first = position_of(unknown)
    assert first == f"1970-01-01T00:00:00.000000Z|{JOB.key}"
    ended = unknown._replace(end_time=text(NOW))
    assert position_of(ended, first) == first
    assert position_of(ended) == position_of(JOB)
    assert position_of(JOB._replace(end_time=None), first) == position_of(JOB)


@given(_TIMES, _KEYS, _TIMES, _KEYS)
def test_positions_are_ordered_like_times_and_fit_into_a_key_of_the_index(
    time: datetime, key: str, other_time: datetime, other_key: str
) -> None:
    one, other = position(time, key), position(other_time, other_key)
    assert len(just_above(one).encode()) <= 1024
    if time != other_time:
        assert (one < other) == (time < other_time)
    assert (one < last_position(other_time)) == (time < other_time)
    assert (one > first_position(other_time)) == (time > other_time)
    assert (one == other) == ((time, key) == (other_time, other_key))
    assert (other <= just_below(one)) == (other < one)
    assert (other >= just_above(one)) == (other > one)


def test_jobs_are_spread_over_all_shards() -> None:
    shards = [shard_of(f"{PREFIX}{number:012x}") for number in range(800)]
    assert set(shards) == {*SHARDS}
    assert min(map(shards.count, SHARDS)) > 60


def recorded_harness(*, lists_all_records: bool) -> WatchHarness:
    """Return a harness with two recorded jobs, whose records an older version has written."""
    harness = busy_harness()
    harness.sweep()
    harness.table.positions.clear()
    harness.lists_all_records = lists_all_records
    return harness


def test_without_a_fleet_no_record_is_written_only_for_its_position() -> None:
    harness, faults = recorded_harness(lists_all_records=False), FaultInjector()
    harness.sweep(faults)
    assert "put" not in faults.calls
    assert harness.table.positions == {}


def test_with_a_fleet_each_record_without_a_position_is_written_once_and_nothing_is_published() -> None:
    harness, faults = recorded_harness(lists_all_records=True), FaultInjector()
    published, items = harness.published_ids(), dict(harness.table.items)
    summary = harness.sweep(faults)
    assert faults.calls.count("put") == len(harness.jobs) > 1
    assert set(harness.table.positions) == set(items)
    assert {key: written for key, (_, written) in harness.table.items.items()} == {
        key: written for key, (_, written) in items.items()
    }, "only the versions differ"
    assert (harness.published_ids(), summary.published, summary.recorded_only) == (published, {}, 0)
    again = FaultInjector()
    harness.sweep(again)
    assert "put" not in again.calls


def test_a_claimed_record_is_left_to_the_invocation_that_holds_the_claim() -> None:
    harness = busy_harness()
    harness.lists_all_records = True
    versions, faults = [], FaultInjector()

    def sweep_during_the_publication() -> None:
        harness.table.positions.clear()
        before = dict(harness.table.items)
        harness.sweep(faults)
        versions.append((before, dict(harness.table.items)))

    number = _call_number("publish")
    harness.sweep(FaultInjector(interrupt_at=number, interruption=sweep_during_the_publication))
    ((before, after),) = versions
    assert before == after
    assert len(harness.table.positions) == len(harness.table.items)


def _call_number(name: str) -> int:
    faults = FaultInjector()
    busy_harness().sweep(faults)
    return faults.calls.index(name) + 1


@pytest.mark.parametrize(
    ("invocation", "number"), [(each, number) for each in INVOCATIONS for number in call_numbers(each)]
)
def test_writing_positions_disturbs_no_other_invocation(invocation: Invocation, number: int) -> None:
    def write_positions() -> None:
        harness.table.positions.clear()
        harness.sweep()

    harness, undisturbed = busy_harness(), busy_harness()
    harness.lists_all_records = True
    invocation(harness, FaultInjector(interrupt_at=number, interruption=write_positions))
    harness.now += timedelta(hours=1)
    harness.sweep()
    undisturbed.sweep()
    assert sorted(harness.published_ids()) == sorted(undisturbed.published_ids())
    assert set(harness.table.positions) == set(harness.table.items)
