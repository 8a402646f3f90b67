"""Counting jobs by owner, and reading owners from the table."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.observability import Observability
from customization_jobs.timeouts import Deadline
from customization_jobs.watch.job import Job
from customization_jobs.watch.owners import OwnerCounts
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.recorded_jobs import RecordedJobs
from customization_jobs.watch.sweep_observer import WatchObserver
from customization_jobs.watch.transition import FoundBy, Kind, Transition
from tests.fakes import NOW, job, text
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import WatchHarness


def counted(*jobs: tuple[str | None, str]) -> OwnerCounts:
    counts = OwnerCounts("team")
    for owner, status in jobs:
        tags = {} if owner is None else {"team": owner}
        counts.add(JobRecord(Job("arn:x/1", "n", status), tags=tags))
    return counts


def test_jobs_are_counted_by_owner_and_status_the_owner_with_most_jobs_first() -> None:
    counts = counted(("a", "Failed"), ("b", "Failed"), ("b", "Failed"), ("b", "Completed"), (None, "Failed"))
    counts.add(JobRecord(Job("arn:x/1", "n", "Failed")))
    document = counts.to_json(7, NOW)
    assert document == {
        "tag": "team",
        "asOf": "2026-03-01T12:00:00Z",
        "counts": {"b": {"Failed": 2, "Completed": 1}, "a": {"Failed": 1}},
        "otherOwners": 0,
        "withoutTag": 1,
        "notRead": 2,
    }
    assert list(document["counts"]) == ["b", "a"]


def test_the_number_of_owners_is_bounded() -> None:
    counts = counted(*((str(number), "Failed") for number in range(1500)), ("7", "Failed"))
    document = counts.to_json(1501, NOW)
    assert len(document["counts"]) == 32
    assert document["counts"]["7"] == {"Failed": 2}
    assert (document["otherOwners"], document["notRead"]) == (1501 - 33, 0)


def sweep(
    harness: WatchHarness,
    observability: Observability,
    *,
    faults: FaultInjector | None = None,
    listed_all_jobs: bool = True,
    seconds_left: float = 1,
) -> None:
    observer = WatchObserver(
        harness.watch(faults),
        Deadline(lambda: seconds_left),
        observability,
        region="us-east-1",
        now=lambda: harness.now,
    )
    observer.start()
    observer.observe_page(list(harness.jobs.values()))
    observer.finish(listed_all_jobs=listed_all_jobs)


@pytest.fixture
def harness() -> WatchHarness:
    harness = WatchHarness(owner_tag="team")
    harness.tags[harness.create(1)] = {"team": "search"}
    harness.create(2, status="Completed", created=NOW - timedelta(days=9))
    return harness


def test_a_complete_sweep_stores_the_counts(harness: WatchHarness, observability: Observability) -> None:
    sweep(harness, observability)
    assert harness.table.owners == {
        "tag": "team",
        "asOf": "2026-03-01T12:00:00Z",
        "counts": {"search": {"InProgress": 1}},
        "otherOwners": 0,
        "withoutTag": 1,
        "notRead": 0,
    }


@pytest.mark.parametrize(
    "options", [{"listed_all_jobs": False}, {"seconds_left": -1.0}], ids=["selection", "cut"]
)
def test_a_sweep_of_some_jobs_stores_no_counts(
    harness: WatchHarness, observability: Observability, options: dict[str, Any]
) -> None:
    sweep(harness, observability, **options)
    assert harness.table.owners is None


def test_a_job_that_is_no_longer_listed_is_published_and_not_counted(
    harness: WatchHarness, observability: Observability
) -> None:
    sweep(harness, observability)
    gone = harness.create(3)
    harness.tags[gone] = {"team": "support"}
    harness.bus.refuses = lambda _: True
    with pytest.raises(WatchUnavailableException):
        sweep(harness, observability)
    harness.bus.refuses = lambda _: False
    del harness.jobs[gone]
    harness.now += timedelta(minutes=15)
    sweep(harness, observability)
    assert harness.published[-1]["owner"] == "support"
    assert harness.table.owners is not None
    assert harness.table.owners["counts"] == {"search": {"InProgress": 1}}


def test_without_an_owner_tag_no_counts_are_stored(
    harness: WatchHarness, observability: Observability
) -> None:
    harness.owner_tag = None
    faults = FaultInjector()
    sweep(harness, observability, faults=faults)
    assert not {"put_owners", "list_tags"} & set(faults.calls)


def test_counts_that_cannot_be_stored_are_a_failure_of_the_sweep(
    harness: WatchHarness, observability: Observability
) -> None:
    faults = FaultInjector()
    sweep(harness, observability, faults=faults)
    number = faults.calls.index("put_owners") + 1
    again = WatchHarness(owner_tag="team", jobs=harness.jobs, tags=harness.tags)
    with pytest.raises(WatchUnavailableException, match="throttled"):
        sweep(again, observability, faults=FaultInjector(fail_at={number}))


class Records:
    """Records by number of the job, of which some cannot be read."""

    def __init__(self, fails: Callable[[str], bool] = lambda _: False) -> None:
        self.fails = fails
        self.reads: list[str] = []
        self.document: Any = {"tag": "team", "counts": {}}

    def get(self, job_key: str) -> JobRecord | None:
        self.reads.append(job_key)
        if self.fails(job_key):
            raise WatchUnavailableException("throttled")
        number = int(job_key[-2:], 16)
        return JobRecord(Job(job_key, "n", "Failed"), tags={"team": f"team-{number}"}) if number else None

    def owners(self) -> Any:
        if self.fails("#owners"):
            raise WatchUnavailableException("throttled")
        return self.document


ARNS = [job(number)["jobArn"] for number in range(60)]


def owners_of(
    records: Records, clock: Callable[[], float] = lambda: 0.0
) -> tuple[RecordedJobs, list[CustomizationJobsError]]:
    failures: list[CustomizationJobsError] = []
    opened: Any = lambda: records  # noqa: E731
    return RecordedJobs(opened, "team", in_parallel=map, on_failure=failures.append, clock=clock), failures


def test_owners_of_the_first_50_jobs_are_read() -> None:
    records = Records()
    owners, failures = owners_of(records)
    found = owners.facts_of(["#owners", "arn:not-a-job", *ARNS])
    assert found == {arn: {"owner": f"team-{number}"} for number, arn in enumerate(ARNS[:50]) if number}
    assert (len(records.reads), failures) == (50, [])


def test_owners_are_left_out_when_the_table_fails_or_is_slow() -> None:
    records = Records(lambda _: True)
    owners, failures = owners_of(records)
    assert owners.facts_of(ARNS) == {}
    assert (len(records.reads), len(failures)) == (3, 1)
    seconds = iter(x / 2 for x in range(100))
    slow, failures = owners_of(Records(), lambda: next(seconds))
    assert len(slow.facts_of(ARNS[1:])) == 3
    assert failures == []


def test_one_unreadable_record_does_not_hide_the_other_owners() -> None:
    owners, failures = owners_of(Records(lambda key: key.endswith("07")))
    assert len(owners.facts_of(ARNS[:20])) == 18
    assert len(failures) == 1


def test_counts_are_those_of_the_same_tag() -> None:
    records = Records()
    owners, failures = owners_of(records)
    assert owners.owner_counts() == records.document
    for other in (None, {}, {"tag": "project"}):
        records.document = other
        assert owners.owner_counts() is None
    assert failures == []
    records.fails = lambda _: True
    assert owners.owner_counts() is None
    assert len(failures) == 1


def test_the_reason_of_a_failure_is_read_also_without_a_tag() -> None:
    failure = {"category": "size", "message": "too large"}
    failed = Transition("1", Kind.FAILED, text(NOW), FoundBy.SWEEP, 1, details={"failure": failure})

    class Failed:
        def get(self, job_key: str) -> JobRecord:
            return JobRecord(Job(job_key, "n", "Failed"), timeline=(failed,), tags={"team": "search"})

    opened: Any = Failed
    recorded = RecordedJobs(opened, None, in_parallel=map, on_failure=lambda _: None)
    assert recorded.facts_of(ARNS[:1]) == {ARNS[0]: {"failure": failure}}
