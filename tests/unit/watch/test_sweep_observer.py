from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.eta.completed_jobs import CompletedJobs
from customization_jobs.observability import Observability
from customization_jobs.timeouts import Deadline
from customization_jobs.watch.job_arn import job_key
from customization_jobs.watch.observation import Observation, from_summary
from customization_jobs.watch.part import Part
from customization_jobs.watch.sweep_observer import WatchObserver
from tests.unit.conftest import Lines, metric_values
from tests.unit.eta.histories import completed
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import WatchHarness


def observer(
    harness: WatchHarness,
    observability: Observability,
    *,
    faults: FaultInjector | None = None,
    seconds_left: float = 1,
) -> WatchObserver:
    return watch_observer(harness, observability, faults or FaultInjector(), Deadline(lambda: seconds_left))


def watch_observer(
    harness: WatchHarness, observability: Observability, faults: FaultInjector, deadline: Deadline
) -> WatchObserver:
    watch = harness.watch(faults)
    return WatchObserver(watch, deadline, observability, region="eu-west-1", now=lambda: harness.now)


def sweep(observer: WatchObserver, harness: WatchHarness) -> dict[str, Any]:
    observer.start()
    observer.observe_page(list(harness.jobs.values()))
    return observer.finish()


def test_the_figures_of_all_pages_are_returned_and_emitted(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    harness = WatchHarness()
    harness.sweep()
    harness.create(1)
    harness.create(2, status="Completed")
    watch_observer = observer(harness, observability)
    watch_observer.start()
    for job in harness.jobs.values():
        watch_observer.observe_page([job])
    assert watch_observer.finish() == {
        "published": {"Discovered": 2, "Completed": 1},
        "missedEvents": 1,
        "recordedOnly": 0,
    }
    metrics, _ = lines()
    # Each page counts what it published.
    assert [metric_values([line], "Kind") for line in metrics] == [
        {("TransitionsPublished", "Discovered"): 1},
        {("TransitionsPublished", "Discovered"): 1},
        {("TransitionsPublished", "Completed"): 1},
        {("MissedEvents",): 1},
    ]
    assert {line["Region"] for line in metrics} == {"eu-west-1"}


@pytest.mark.parametrize("call", [1, 2], ids=["baseline", "part"])
def test_a_watch_that_did_not_start_observes_nothing_and_raises_at_the_end(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]], call: int
) -> None:
    harness = WatchHarness()
    harness.create(1)
    faults = FaultInjector(fail_at={call})
    watch_observer = observer(harness, observability, faults=faults)
    with pytest.raises(WatchUnavailableException, match="throttled"):
        sweep(watch_observer, harness)
    assert watch_observer.is_complete(), "time was not the reason, and the error is raised"
    assert faults.calls == ["baseline", "part"][:call]
    metrics, _ = lines()
    assert metric_values(metrics, "Kind") == {("MissedEvents",): 0}
    assert harness.published == []


def test_a_failure_is_raised_at_the_end_and_further_ones_are_logged(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    harness = WatchHarness()
    harness.create(1)
    watch_observer = observer(harness, observability, faults=FaultInjector(fail_at={3, 4}))
    watch_observer.start()
    for _ in range(3):
        watch_observer.observe_page(list(harness.jobs.values()))
    with pytest.raises(WatchUnavailableException, match="throttled"):
        watch_observer.finish()
    _, logged = lines()
    failures = [each for each in logged if each["message"] == "The watch failed for some jobs"]
    assert [(each["error"], each["reason"]) for each in failures] == [
        ("WatchUnavailableException", "throttled")
    ]


def test_jobs_skipped_for_lack_of_time_are_logged_as_a_warning(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    harness = WatchHarness()
    harness.create(1)
    figures = sweep(observer(harness, observability, seconds_left=0), harness)
    assert figures == {"published": {}, "missedEvents": 0, "recordedOnly": 0}
    _, logged = lines()
    assert (logged[-1]["level"], logged[-1]["jobs_skipped"]) == ("WARNING", 1)
    assert logged[-1]["message"] == (
        "The watch did not observe all jobs; the next sweep goes on where this one ended. If nothing "
        "failed, the time ran out; if this happens again, raise the function's timeout."
    )


def test_a_malformed_job_is_logged_once_by_name_and_harms_no_other(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    harness = WatchHarness()
    harness.create(1, status="Completed", endTime="nope", statusDetails=[7])
    malformed: list[Any] = [None, "text", {"jobName": "nameless", "status": "Failed"}]
    watch_observer = observer(harness, observability)
    watch_observer.start()
    watch_observer.observe_page([*malformed, *harness.jobs.values()])
    assert watch_observer.finish()["published"] == {"Discovered": 1, "Completed": 1}
    _, logged = lines()
    warnings = [each for each in logged if each["message"] == "A job is not watched"]
    assert [each["level"] for each in warnings] == ["WARNING"] * 3
    assert warnings[2]["reason"] == (
        "Bedrock listed a job that cannot be watched, 'nameless': "
        "jobArn: got None, allowed: the ARN of a model customization job"
    )


def cut_sweep(harness: WatchHarness, observability: Observability, *, reads: int, page: int = 300) -> None:
    """Sweep in no order, as the scan does, until a number of reads of the table have been made."""
    faults = FaultInjector()
    deadline = Deadline(lambda: reads - faults.calls.count("get_many"))
    cut = watch_observer(harness, observability, faults, deadline)
    cut.start()
    left = list(harness.jobs.values())
    from_start = True
    while left and not deadline.has_passed():
        cut.observe_page(left[:page] if from_start else left[-page:])
        left = left[page:] if from_start else left[:-page]
        from_start = not from_start
    cut.finish()


def test_a_sweep_that_is_cut_every_time_reaches_all_jobs(observability: Observability) -> None:
    harness = WatchHarness()
    harness.watch().start()
    for number in range(5000):
        harness.create(number)
    for _ in range(6):
        # 36 of 50 reads.
        cut_sweep(harness, observability, reads=36)
    assert len(harness.published) == 5000
    # The job in the middle is observed again and again.
    middle = list(harness.jobs)[2500]
    for status in ("Stopping", "Stopped"):
        harness.change(middle, status)
        for _ in range(3):
            cut_sweep(harness, observability, reads=36)
        assert harness.published_kinds(middle)[-1] == status
    # With enough time, sweeps observe everything again.
    for _ in range(3):
        cut_sweep(harness, observability, reads=1000)
    assert harness.table.part == Part()


def test_an_outage_does_not_change_the_part_of_the_next_sweep(observability: Observability) -> None:
    harness = WatchHarness()
    for number in range(2000):
        harness.create(number)
    harness.table.part = Part(0.5, 0.5)
    faults = FaultInjector(fail_at=set(range(3, 1000)))
    with pytest.raises(WatchUnavailableException):
        sweep(observer(harness, observability, faults=faults), harness)
    assert harness.table.part == Part(0.5, 0.5)


def test_a_part_that_cannot_be_stored_is_a_failure(observability: Observability) -> None:
    harness = WatchHarness()
    watch_observer = observer(harness, observability, faults=FaultInjector(fail_at={3}), seconds_left=0)
    with pytest.raises(WatchUnavailableException, match="throttled"):
        sweep(watch_observer, harness)


def test_a_sweep_of_a_part_is_incomplete(observability: Observability) -> None:
    harness = WatchHarness()
    for number in range(50):
        harness.create(number)
    harness.table.part = Part(0.5, 0.5)
    watch_observer = observer(harness, observability)
    sweep(watch_observer, harness)
    assert not watch_observer.is_complete()
    assert 0 < len(harness.table.items) < 50


class Histories:
    """Receives the durations of completed jobs."""

    def __init__(self, error: Exception | None = None) -> None:
        self.added: list[Any] = []
        self._error = error

    def add(self, jobs: Any) -> int:
        self.added.append(jobs)
        if self._error:
            raise self._error
        return len(jobs)


def observer_with(harness: WatchHarness, observability: Observability, histories: Any) -> WatchObserver:
    deadline = Deadline(lambda: -1.0)
    return WatchObserver(
        harness.watch(), deadline, observability, region="r", now=lambda: harness.now, histories=histories
    )


def test_completed_jobs_of_all_pages_are_added_to_the_histories_even_if_the_sweep_is_cut(
    harness: WatchHarness, observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    histories = Histories()
    observer = observer_with(harness, observability, histories)
    observer.start()
    observer.observe_page([completed(1), completed(2), {}])
    observer.observe_page([completed(3)])
    observer.finish()
    (added,) = histories.added
    assert {len(jobs) for jobs in added.values()} == {3}
    assert metric_values(lines()[0], "Region")["HistoryFailures", "r"] == 0


def test_the_histories_do_not_get_jobs_again_that_are_known(
    harness: WatchHarness, observability: Observability
) -> None:
    known_until = harness.now - timedelta(hours=25)
    harness.table.part = Part(known_until=known_until, all_at=harness.now - timedelta(hours=1))
    histories = Histories()
    observer = observer_with(harness, observability, histories)
    observer.start()
    known = completed(1, ended=known_until - timedelta(seconds=1))
    observer.observe_page([known, completed(2, ended=known_until)])
    observer.finish()
    (added,) = histories.added
    assert {job.end for jobs in added.values() for job in jobs} == {int(known_until.timestamp())}


@pytest.mark.parametrize("error", [WatchUnavailableException("throttled"), LookupError("unforeseen")])
def test_a_failure_of_the_histories_is_logged_and_counted_and_fails_nothing(
    harness: WatchHarness,
    observability: Observability,
    lines: Callable[[], tuple[Lines, Lines]],
    error: Exception,
) -> None:
    observer = observer_with(harness, observability, Histories(error))
    observer.start()
    observer.observe_page([completed(1)])
    observer.finish()
    metrics, logged = lines()
    assert metric_values(metrics, "Region")["HistoryFailures", "r"] == 1
    assert str(error) in next(each["reason"] for each in logged if "durations" in each["message"])


def test_a_page_that_cannot_be_added_to_the_histories_is_counted_as_well(
    harness: WatchHarness,
    observability: Observability,
    lines: Callable[[], tuple[Lines, Lines]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise LookupError("unforeseen")

    monkeypatch.setattr(CompletedJobs, "add", fail)
    observer = observer_with(harness, observability, Histories())
    observer.start()
    observer.observe_page([completed(1)])
    assert observer.finish()["published"] == {}
    assert metric_values(lines()[0], "Region")["HistoryFailures", "r"] == 1


def test_the_histories_get_the_jobs_of_a_sweep_that_failed(
    harness: WatchHarness, observability: Observability
) -> None:
    histories: Any = Histories()
    watch = harness.watch(FaultInjector(fail_at={1}))
    observer = WatchObserver(
        watch,
        Deadline(lambda: 1.0),
        observability,
        region="r",
        now=lambda: harness.now,
        histories=histories,
    )
    observer.start()
    observer.observe_page([completed(1)])
    with pytest.raises(WatchUnavailableException):
        observer.finish()
    assert len(histories.added) == 1


def complete_sweep(harness: WatchHarness, observability: Observability, *, fail_at: int = 0) -> FaultInjector:
    """Sweep all jobs, and return the calls of the watch."""
    faults = FaultInjector(fail_at={fail_at})
    swept = observer(harness, observability, faults=faults)
    swept.start()
    swept.observe_page(list(harness.jobs.values()))
    with suppress(WatchUnavailableException):
        swept.finish(listed_all_jobs=True)
    return faults


def ended_long_ago(harness: WatchHarness, number: int) -> str:
    arn = harness.create(number)
    harness.change(arn, "Completed")
    return arn


@pytest.fixture
def old_jobs(observability: Observability) -> WatchHarness:
    """Return a watch with jobs that ended two days before its last sweep, and one that is in progress."""
    harness = WatchHarness()
    for number in range(3):
        ended_long_ago(harness, number)
    harness.create(9)
    harness.now += timedelta(days=2)
    complete_sweep(harness, observability)
    harness.now += timedelta(hours=1)
    return harness


def test_a_quiet_sweep_reads_only_the_jobs_that_have_not_ended_long_ago(
    old_jobs: WatchHarness, observability: Observability
) -> None:
    old_jobs.table.read.clear()
    complete_sweep(old_jobs, observability)
    in_progress = [job_key(arn) for arn, job in old_jobs.jobs.items() if job["status"] == "InProgress"]
    assert old_jobs.table.read == in_progress


def test_a_change_of_a_job_that_is_still_in_progress_is_found_however_old_the_job_is(
    old_jobs: WatchHarness, observability: Observability
) -> None:
    (arn,) = (arn for arn, job in old_jobs.jobs.items() if job["status"] == "InProgress")
    old_jobs.change(arn, "Failed")
    complete_sweep(old_jobs, observability)
    assert old_jobs.published_kinds(arn)[-2:] == ["Failed", "Unstuck"]


def test_a_failed_read_leaves_every_job_to_the_next_sweep(observability: Observability) -> None:
    harness = WatchHarness()
    arn = ended_long_ago(harness, 1)
    harness.now += timedelta(days=2)
    failed = complete_sweep(harness, observability, fail_at=3)
    assert failed.calls[2] == "get_many"
    assert harness.record(arn) is None
    harness.now += timedelta(hours=1)
    complete_sweep(harness, observability)
    assert harness.existing_record(arn).job.status == "Completed"


def test_the_reason_of_a_failure_is_sought_for_a_day(observability: Observability) -> None:
    harness = WatchHarness()
    complete_sweep(harness, observability)
    arn = harness.create(1)
    harness.change(arn, "Failed")
    calls = complete_sweep(harness, observability).calls
    harness.bus.published.clear()
    assert "get_job" in calls
    for _ in range(3):
        harness.now += timedelta(hours=7)
        assert "get_job" in complete_sweep(harness, observability).calls
    harness.failure_messages[arn] = "Internal error"
    complete_sweep(harness, observability)
    assert harness.published_kinds(arn) == ["FailureExplained"]


@pytest.mark.parametrize("part", [Part(0.5, 0.5), Part(0, 0.5)])
def test_a_sweep_of_a_part_knows_no_further_jobs(
    old_jobs: WatchHarness, observability: Observability, part: Part
) -> None:
    known_until = old_jobs.table.part.known_until
    old_jobs.table.part = old_jobs.table.part._replace(start=part.start, size=part.size)
    old_jobs.now += timedelta(hours=5)
    complete_sweep(old_jobs, observability)
    assert old_jobs.table.part.known_until == known_until


def test_a_watch_that_reads_tags_reads_every_record(
    old_jobs: WatchHarness, observability: Observability
) -> None:
    old_jobs.owner_tag = "team"
    complete_sweep(old_jobs, observability)
    assert old_jobs.table.owners is not None
    assert old_jobs.table.owners["notRead"] == 0


def test_all_jobs_are_recorded_although_the_bus_refuses_their_events(observability: Observability) -> None:
    harness = WatchHarness()
    harness.sweep()
    harness.create(1)
    harness.bus.refuses = lambda _: True
    watch_observer = observer(harness, observability)
    watch_observer.start()
    watch_observer.observe_page(list(harness.jobs.values()))
    assert watch_observer.summary.failed
    assert watch_observer.has_recorded_all()


@pytest.mark.parametrize("call", [1, 2, 3, 4], ids=["baseline", "part", "get_many", "put"])
def test_a_job_that_the_table_does_not_accept_is_not_recorded(
    observability: Observability, call: int
) -> None:
    harness = WatchHarness()
    harness.create(1)
    watch_observer = observer(harness, observability, faults=FaultInjector(fail_at={call}))
    watch_observer.start()
    watch_observer.observe_page(list(harness.jobs.values()))
    assert not watch_observer.has_recorded_all()


def test_jobs_that_are_skipped_or_in_another_part_are_not_recorded(observability: Observability) -> None:
    harness = WatchHarness()
    for number in range(20):
        harness.create(number)
    skipped = observer(harness, observability, seconds_left=0)
    of_a_part = WatchHarness(jobs=harness.jobs)
    of_a_part.table.part = Part().shorter()
    for each in (skipped, observer(of_a_part, observability)):
        each.start()
        each.observe_page(list(harness.jobs.values()))
        assert not each.has_recorded_all()


class Threads:
    """Counts what is given to threads."""

    def __init__(self) -> None:
        self.items = 0

    def __call__(self, function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]:
        given = list(items)
        self.items += len(given)
        return map(function, given)


def items_in_threads(harness: WatchHarness, observability: Observability) -> int:
    threads = Threads()
    swept = WatchObserver(
        harness.watch(in_parallel=threads),
        Deadline(lambda: 1.0),
        observability,
        region="r",
        now=lambda: harness.now,
    )
    swept.start()
    swept.observe_page(list(harness.jobs.values()))
    swept.finish(listed_all_jobs=True)
    return threads.items


@pytest.mark.parametrize("observes_all", [False, True])
def test_a_quiet_sweep_starts_no_thread(
    old_jobs: WatchHarness, observability: Observability, *, observes_all: bool
) -> None:
    if observes_all:
        old_jobs.table.part = Part()
    assert items_in_threads(old_jobs, observability) == 0


def test_only_a_changed_job_needs_a_thread(old_jobs: WatchHarness, observability: Observability) -> None:
    old_jobs.table.part = Part()
    (arn,) = (arn for arn, job in old_jobs.jobs.items() if job["status"] == "InProgress")
    old_jobs.change(arn, "Completed")
    # To claim its transitions, and to record that they are published.
    assert items_in_threads(old_jobs, observability) == 2
    assert items_in_threads(old_jobs, observability) == 0


def test_only_a_failure_without_a_reason_is_fetched_again_in_a_thread(observability: Observability) -> None:
    harness = WatchHarness()
    complete_sweep(harness, observability)
    arn = harness.create(1)
    harness.change(arn, "Failed")
    complete_sweep(harness, observability)
    harness.now += timedelta(hours=1)
    assert items_in_threads(harness, observability) == 1


def test_nothing_of_a_known_job_is_read(
    old_jobs: WatchHarness, observability: Observability, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def from_summary_counted(summary: Any) -> Observation:
        read.append(summary["status"])
        return from_summary(summary)

    monkeypatch.setattr("customization_jobs.watch.sweep_observer.from_summary", from_summary_counted)
    complete_sweep(old_jobs, observability)
    assert read == ["InProgress"]


def test_known_jobs_of_other_parts_do_not_make_a_sweep_incomplete(
    old_jobs: WatchHarness, observability: Observability
) -> None:
    ended = {arn: job for arn, job in old_jobs.jobs.items() if job["status"] != "InProgress"}
    old_jobs.jobs.clear()
    old_jobs.jobs.update(ended)
    old_jobs.table.part = old_jobs.table.part._replace(size=1 / 64)
    swept = observer(old_jobs, observability)
    swept.start()
    swept.observe_page(list(ended.values()))
    assert swept.is_complete()
