"""Batches of transitions: a file a day, which a retry of the same batch replaces."""

from collections.abc import Sequence
from itertools import permutations

import pytest

from customization_jobs.export.columns import TRANSITIONS
from customization_jobs.export.files import ExportFiles
from customization_jobs.export.transition_event import ExportedTransition, read_transition
from customization_jobs.export.transitions import TransitionExport
from tests.unit.export.in_memory import Faults, InMemoryBucket
from tests.unit.export.samples import event
from tests.unit.watch.faults import Killed

DAYS = ("2026-03-01", "2026-03-02", "2026-03-03")


def transitions(count: int) -> list[ExportedTransition]:
    """Return transitions of different jobs, which are spread over three days."""
    return [
        read_transition(event(number, at=f"{DAYS[number % 3]}T12:00:0{number % 2}Z"))
        for number in range(count)
    ]


def write(bucket: InMemoryBucket, batch: Sequence[ExportedTransition]) -> dict[str, str]:
    return TransitionExport(ExportFiles(bucket, lambda *_: None)).write(batch, lambda: False)


def test_a_batch_is_one_file_for_each_day_among_its_transitions() -> None:
    bucket = InMemoryBucket()
    assert write(bucket, transitions(7)) == {}
    assert sorted(key.split("/")[1] for key in bucket.contents) == [f"date={day}" for day in DAYS]
    assert {row["id"] for row in bucket.rows(TRANSITIONS)} == {each.id for each in transitions(7)}
    for key in bucket.contents:
        times = [row["at"] for row in bucket.rows_of(key, TRANSITIONS)]
        assert times == sorted(times)


def test_the_same_batch_in_any_order_replaces_its_own_files_by_the_same_bytes() -> None:
    bucket = InMemoryBucket()
    # Some at the same time.
    write(bucket, transitions(9)[::2])
    first = dict(bucket.contents)
    for order in permutations(transitions(9)[::2]):
        write(bucket, order)
    assert bucket.contents == first


def test_different_batches_never_replace_each_others_files() -> None:
    bucket = InMemoryBucket()
    batches = (transitions(9), transitions(6), transitions(9)[6:])
    for batch in batches:
        write(bucket, batch)
    assert len(bucket.rows(TRANSITIONS)) == sum(map(len, batches))


def test_a_day_that_cannot_be_written_is_reported_alone() -> None:
    bucket = InMemoryBucket(Faults(fail_at={2}))
    batch = transitions(6)
    assert write(bucket, batch) == {each.id: "SlowDown: later" for each in batch if each.date == "2026-03-02"}
    assert len(bucket.rows(TRANSITIONS)) == 4


def test_nothing_is_written_once_no_time_is_left() -> None:
    bucket = InMemoryBucket()
    left = iter([False, True, True])
    export = TransitionExport(ExportFiles(bucket, lambda *_: None))
    batch = transitions(3)
    unwritten = export.write(batch, lambda: next(left))
    assert unwritten == {each.id: "no time was left" for each in batch[1:]}
    assert len(bucket.contents) == 1


@pytest.mark.parametrize("takes_effect", [False, True])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_after_a_crash_at_any_call_a_retry_leaves_each_transition_once(
    call: int, takes_effect: object
) -> None:
    bucket = InMemoryBucket(Faults(kill_at={call}, takes_effect=bool(takes_effect)))
    with pytest.raises(Killed):
        write(bucket, transitions(9))
    assert write(bucket, transitions(9)) == {}
    ids = [row["id"] for row in bucket.rows(TRANSITIONS)]
    assert sorted(ids) == sorted(each.id for each in transitions(9))
