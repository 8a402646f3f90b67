"""Snapshots have every job once, wherever they are cut, and are marked as complete only then."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.export.columns import JOBS, SNAPSHOTS
from customization_jobs.export.files import ExportFiles
from customization_jobs.export.progress import Progress
from customization_jobs.export.snapshot import MAX_ROWS, SnapshotExport
from tests.unit.export.in_memory import Faults, InMemoryBucket, InMemoryQueue, InMemoryScan
from tests.unit.export.samples import key, stored
from tests.unit.watch.faults import Killed

SCHEDULED = datetime(2026, 3, 1, 3, tzinfo=UTC)
SNAPSHOT_AT = "2026-03-01T03:00:00.000Z"


def documents(jobs: int) -> dict[str, Any]:
    """Return the records of jobs, and documents that are none."""
    return {key(number): stored(number) for number in range(jobs)} | {"#baseline": {}, "#wait/1": {}}


def arns(jobs: Iterable[int]) -> list[str]:
    return [stored(number)["job"]["jobArn"] for number in jobs]


@dataclass
class Service:
    """A table, a bucket and a queue, and invocations that read and write them."""

    documents: dict[str, Any]
    faults: Faults = field(default_factory=Faults)
    page_size: Callable[[], int] = lambda: 3
    max_rows: int = 4
    unreadable: list[WatchUnavailableException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bucket = InMemoryBucket(self.faults)
        self.queue = InMemoryQueue(self.faults)

    def run(self, progress: Progress, out_of_time: Callable[[], bool] = lambda: False) -> Progress:
        """Run one invocation."""
        export = SnapshotExport(
            InMemoryScan(self.documents, self.faults, self.page_size),
            ExportFiles(self.bucket, lambda *_: None),
            self.queue,
            owner_tag="team",
            on_unreadable=self.unreadable.append,
            max_rows=self.max_rows,
        )
        return export.run(progress, out_of_time)

    def continued(self) -> Iterator[Progress]:
        """Yield what the queue delivers, until it is empty."""
        while self.queue.messages:
            yield Progress.from_json(json.loads(self.queue.messages.pop(0))["export"])

    def written(self) -> list[str]:
        return [row["job_arn"] for row in self.bucket.rows(JOBS)]


def test_a_snapshot_has_a_row_for_each_job_and_one_that_marks_it_as_complete() -> None:
    service = Service(documents(6))
    assert service.run(Progress(SCHEDULED)) == Progress(SCHEDULED, None, 2, 6)
    assert sorted(service.written()) == arns(range(6))
    assert service.bucket.rows(SNAPSHOTS) == [{"snapshot_at": SNAPSHOT_AT, "jobs": 6, "unreadable": 0}]
    assert {row["snapshot_at"] for row in service.bucket.rows(JOBS)} == {SNAPSHOT_AT}
    *parts, mark = sorted(service.bucket.contents)
    assert mark == "kind=snapshots/date=2026-03-01/20260301T030000.000Z.jsonl.gz"
    assert [part.rpartition("-")[0] for part in parts] == [
        f"kind=jobs/date=2026-03-01/20260301T030000.000Z-0000{number}" for number in range(2)
    ]
    assert service.faults.calls[-1] == "put"
    assert service.queue.messages == []


def test_an_empty_table_has_a_complete_snapshot_without_jobs() -> None:
    service = Service({"#baseline": {}})
    service.run(Progress(SCHEDULED))
    assert service.bucket.rows(SNAPSHOTS) == [{"snapshot_at": SNAPSHOT_AT, "jobs": 0, "unreadable": 0}]
    assert len(service.bucket.contents) == 1


def test_no_part_has_more_rows_than_fit_in_memory() -> None:
    service = Service(documents(MAX_ROWS + 1), page_size=lambda: 1500, max_rows=MAX_ROWS)
    service.run(Progress(SCHEDULED))
    sizes = [len(service.bucket.rows_of(each, JOBS)) for each in sorted(service.bucket.contents)]
    assert sizes == [MAX_ROWS, 1, 0]


def test_records_that_are_not_readable_are_reported_and_the_mark_says_how_many() -> None:
    service = Service({**documents(5), key(2): {"job": {}}, "foreign": None})
    service.run(Progress(SCHEDULED))
    assert sorted(service.written()) == arns([0, 1, 3, 4])
    assert service.bucket.rows(SNAPSHOTS) == [{"snapshot_at": SNAPSHOT_AT, "jobs": 4, "unreadable": 2}]
    assert [word in str(error) for error, word in zip(service.unreadable, (key(2), "foreign"), strict=True)]


def test_each_invocation_reads_at_least_one_page_however_little_time_is_left() -> None:
    # The first page has no job.
    service = Service(documents(7), page_size=lambda: 2)
    service.run(Progress(SCHEDULED), lambda: True)
    invocations = 1
    for progress in service.continued():
        service.run(progress, lambda: True)
        invocations += 1
    assert invocations == 5
    assert sorted(service.written()) == arns(range(7))
    assert service.bucket.rows(SNAPSHOTS) == [{"snapshot_at": SNAPSHOT_AT, "jobs": 7, "unreadable": 0}]


def test_after_the_time_has_run_out_there_are_at_most_two_more_calls() -> None:
    service = Service(documents(20), page_size=lambda: 2)
    checks: list[int] = []

    def out_of_time() -> bool:
        checks.append(len(service.faults.calls))
        return len(checks) > 3

    service.run(Progress(SCHEDULED), out_of_time)
    assert service.faults.calls[checks[3] :] == ["put", "send"]


@given(
    jobs=st.integers(0, 9),
    page_sizes=st.lists(st.integers(1, 5), min_size=1),
    cuts=st.lists(st.booleans()),
    max_rows=st.integers(1, 5),
)
def test_a_snapshot_that_is_cut_anywhere_and_resumed_has_each_job_exactly_once(
    jobs: int, page_sizes: list[int], cuts: list[bool], max_rows: int
) -> None:
    sizes, left = iter(page_sizes * 20), iter(cuts)
    service = Service(documents(jobs), page_size=lambda: next(sizes, 3), max_rows=max_rows)
    progress = service.run(Progress(SCHEDULED), lambda: next(left, False))
    for progress in service.continued():
        assert service.bucket.rows(SNAPSHOTS) == []
        progress = service.run(progress, lambda: next(left, False))  # noqa: PLW2901 - as above
    assert progress.start is None
    assert sorted(service.written()) == arns(range(jobs))
    assert service.bucket.rows(SNAPSHOTS) == [{"snapshot_at": SNAPSHOT_AT, "jobs": jobs, "unreadable": 0}]
    assert all(len(service.bucket.rows_of(each, JOBS)) <= max_rows for each in service.bucket.contents)


@given(
    jobs=st.integers(0, 8),
    page_sizes=st.lists(st.integers(1, 4), min_size=1),
    cuts=st.lists(st.booleans()),
    killed=st.sets(st.integers(1, 25), max_size=4),
    failed=st.sets(st.integers(1, 25), max_size=4),
    takes_effect=st.booleans(),
    repeated=st.lists(st.integers(0, 3)),
    order=st.randoms(use_true_random=False),
)
def test_with_crashes_retries_and_repeated_messages_nothing_is_lost_and_the_mark_comes_last(
    *,
    jobs: int,
    page_sizes: list[int],
    cuts: list[bool],
    killed: set[int],
    failed: set[int],
    takes_effect: bool,
    repeated: list[int],
    order: Any,
) -> None:
    sizes, left, copies = iter(page_sizes * 100), iter(cuts), iter(repeated)
    faults = Faults(kill_at=killed, fail_at=failed, takes_effect=takes_effect)
    service = Service(documents(jobs), faults, page_size=lambda: next(sizes, 2), max_rows=3)

    def check(name: str) -> None:
        # Whoever marks the snapshot as complete, all jobs are in it by then, and stay in it.
        if name.startswith(f"kind={SNAPSHOTS}") or service.bucket.rows(SNAPSHOTS):
            assert set(service.written()) == set(arns(range(jobs)))

    service.bucket.before_put = check
    # Lambda repeats the schedule's event, and SQS a message, until the invocation succeeds. SQS may also
    # deliver a message twice, so several invocations can work on one snapshot, in any order.
    pending = [Progress(SCHEDULED)]
    while pending:
        progress = pending.pop(order.randrange(len(pending)))
        pending += [progress] * (next(copies, 0) == 1)
        try:
            service.run(progress, lambda: next(left, False))
        except (Killed, Exception) as error:
            if isinstance(error, AssertionError):
                raise
            pending.append(progress)
        pending += service.continued()
    assert set(service.written()) == set(arns(range(jobs)))
    assert {row["snapshot_at"] for row in service.bucket.rows(SNAPSHOTS)} == {SNAPSHOT_AT}
    assert [row["jobs"] for row in service.bucket.rows(SNAPSHOTS)] == [jobs]


@pytest.mark.parametrize("takes_effect", [False, True])
@pytest.mark.parametrize("call", range(1, 7))
def test_a_retry_after_a_crash_at_any_call_replaces_the_files_of_the_first_attempt(
    call: int, takes_effect: Any
) -> None:
    service = Service(documents(6), Faults(kill_at={call}, takes_effect=takes_effect))
    with pytest.raises(Killed):
        service.run(Progress(SCHEDULED))
    service.run(Progress(SCHEDULED))
    assert len(service.faults.calls) == call + 6
    assert sorted(service.written()) == arns(range(6))
    assert len(service.bucket.rows(SNAPSHOTS)) == 1
