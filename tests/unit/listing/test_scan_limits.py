"""Scans that Bedrock throttles, or that reach their deadline."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import chain, repeat
from typing import Any

import pytest

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import ThrottlingException
from customization_jobs.listing.scan import ParallelScan
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, Job, job
from tests.unit.listing.helpers import ENDLESS, arns, make_jobs, scan_all


def test_a_scan_cut_by_its_deadline_is_incomplete() -> None:
    times = chain([1.0, 0.1], repeat(0.0))
    scan, found = scan_all(FakeBedrock(make_jobs(400)), Deadline(lambda: next(times)))
    assert scan.complete is False
    assert 0 < len(found) < 400


@pytest.mark.parametrize(("count", "found", "complete"), [(100, 20, False), (20, 20, True)])
def test_pages_under_way_when_the_deadline_passes_still_count(
    *, count: int, found: int, complete: bool
) -> None:
    deadline_passed = threading.Event()

    class SecondPageAtTheDeadline(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            page = super().list_page(parameters)
            if "nextToken" in parameters:
                deadline_passed.set()
            return page

    source = SecondPageAtTheDeadline(make_jobs(count, apart=timedelta(hours=1)))
    deadline = Deadline(lambda: 0.0 if deadline_passed.is_set() else 60.0)
    scan, arns_found = scan_all(source, deadline)
    assert (len(arns_found), scan.complete) == (found, complete)
    # The first page, the second one, and the call that finds the other end of the list.
    assert len(source.calls) <= 3


def test_throttling_of_the_first_page_is_raised() -> None:
    def throttle(_: FakeBedrock) -> None:
        raise ThrottlingException("slow down")

    with pytest.raises(ThrottlingException):
        scan_all(FakeBedrock(make_jobs(400), before_page=throttle))


def test_a_patient_scan_pauses_while_its_first_page_is_throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _, most: most)

    def throttle(source: FakeBedrock) -> None:
        if len(source.calls) <= 3:
            raise ThrottlingException("slow down")

    source = FakeBedrock(make_jobs(400), before_page=throttle)
    pauses: list[float] = []
    scan = ParallelScan(source, {"maxResults": 10}, ENDLESS, sleep=pauses.append, patience_seconds=60)
    assert sum(len(page) for page in scan) == 400
    assert (scan.complete, pauses) == (True, [2, 3, 3])


@pytest.mark.parametrize(
    ("patience", "left", "pauses"), [(8, 1000.0, [2, 3, 3]), (1000, 7.0, [2, 3, 2]), (0, 1000.0, [])]
)
def test_the_patience_and_the_time_for_the_first_page_are_limited(
    monkeypatch: pytest.MonkeyPatch, patience: float, left: float, pauses: list[float]
) -> None:
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    paused: list[float] = []

    def throttle(_: FakeBedrock) -> None:
        raise ThrottlingException("slow down")

    scan = ParallelScan(
        FakeBedrock(make_jobs(40), before_page=throttle),
        {"maxResults": 10},
        Deadline(lambda: left - sum(paused)),
        sleep=paused.append,
        patience_seconds=patience,
    )
    with pytest.raises(ThrottlingException):
        list(scan)
    assert paused == pauses


def is_part(parameters: Mapping[str, Any]) -> bool:
    """Whether a call reads a part of the list, which the first calls of a scan do not."""
    return "creationTimeAfter" in parameters or "creationTimeBefore" in parameters


class CountingBedrock(FakeBedrock):
    """Counts concurrent calls. Calls for parts of the list wait until `expected` calls have run at once."""

    def __init__(
        self, jobs: list[Job], expected: int, before_page: Callable[[FakeBedrock], None] = lambda _: None
    ) -> None:
        super().__init__(jobs, before_page=before_page)
        self._lock = threading.Lock()
        self._expected = expected
        self._met = threading.Event()
        self._under_way = 0
        self.concurrent: list[int] = []

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        with self._lock:
            self._under_way += 1
            self.concurrent.append(self._under_way)
            if self._under_way == self._expected:
                self._met.set()
        try:
            assert not is_part(parameters) or self._met.wait(10), "too few calls run at once"
            with self._lock:
                return super().list_page(parameters)
        finally:
            with self._lock:
                self._under_way -= 1


def test_throttling_stops_one_thread_after_the_other_and_then_lengthens_the_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("random.uniform", lambda _, most: most)

    def throttle(source: FakeBedrock) -> None:
        if 10 < sum(map(is_part, source.calls)) <= 21:
            raise ThrottlingException("slow down")

    source = CountingBedrock(make_jobs(1000), 6, throttle)
    pauses: list[float] = []
    scan = ParallelScan(source, {"maxResults": 10}, ENDLESS, sleep=pauses.append)
    found = [each["jobArn"] for page in scan for each in page]
    assert (sorted(found), scan.complete) == (arns(source.jobs), True)
    # The first five throttled calls only reduce the number of threads, without a pause.
    assert pauses == [2, 3, 3, 3, 3, 3]
    assert max(source.concurrent) == 6
    assert set(source.concurrent[-50:]) == {1}


def test_a_pause_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    remaining = 8.0

    def throttle(source: FakeBedrock) -> None:
        if len(source.calls) > 1:
            raise ThrottlingException("slow down")

    def sleep(seconds: float) -> None:
        nonlocal remaining
        remaining -= seconds + 0.001

    source = FakeBedrock(make_jobs(400), before_page=throttle)
    scan = ParallelScan(source, {"maxResults": 10}, Deadline(lambda: remaining), sleep=sleep)
    assert sum(len(page) for page in scan) == 10
    assert scan.complete is False
    assert -0.1 < remaining <= 0


def test_no_pause_follows_a_call_that_outlasted_the_deadline() -> None:
    remaining = 8.0

    def throttle(source: FakeBedrock) -> None:
        nonlocal remaining
        if len(source.calls) > 1:
            remaining = -5.0
            raise ThrottlingException("slow down")

    source = FakeBedrock(make_jobs(40), before_page=throttle)
    pauses: list[float] = []
    token = FakeBedrock(source.jobs).list_page({"maxResults": 10}).next_token
    parameters = {"maxResults": 10, "nextToken": token}
    scan = ParallelScan(source, parameters, Deadline(lambda: remaining), sleep=pauses.append)
    assert sum(len(page) for page in scan) == 10
    assert (scan.complete, pauses) == (False, [0.0])


@pytest.mark.parametrize("calls", [60, 100])
@pytest.mark.parametrize("order", ["Descending", "Ascending"])
def test_a_scan_that_is_cut_has_most_of_the_jobs_that_come_first(order: str, calls: int) -> None:
    source = FakeBedrock(make_jobs(2000))
    first = sorted(source.jobs, key=lambda each: each["creationTime"], reverse=order == "Descending")
    deadline = Deadline(lambda: float(len(source.calls) < calls))
    scan, found = scan_all(source, deadline, sortOrder=order)
    assert not scan.complete
    # A seventh of the calls are for the other end of the list, and a few are under way.
    foremost = {each["jobArn"] for each in first[: len(found)]}
    assert len(foremost & set(found)) > 0.7 * len(found)


def test_a_scan_that_was_throttled_once_still_reads_several_pages_at_once() -> None:
    def throttle(source: FakeBedrock) -> None:
        if len(source.calls) == 2:
            raise ThrottlingException("slow down")

    source = CountingBedrock(make_jobs(1000), 5, throttle)
    scan = ParallelScan(source, {"maxResults": 10}, ENDLESS, sleep=lambda _: None)
    found = [each["jobArn"] for page in scan for each in page]
    assert (sorted(found), scan.complete) == (arns(source.jobs), True)
    assert max(source.concurrent) == 5


@pytest.mark.parametrize("together", [10, 25])
def test_jobs_of_one_instant_cost_few_calls_beside_their_pages(together: int) -> None:
    jobs = [job(number, created=NOW - timedelta(hours=number // together)) for number in range(1000)]
    source = FakeBedrock(jobs)
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete) == (arns(jobs), True)
    assert len(source.calls) <= 130


def test_pages_of_one_job_cost_no_further_calls() -> None:
    source = FakeBedrock(make_jobs(50))
    scan, found = scan_all(source, maxResults=1)
    assert (sorted(found), scan.complete) == (arns(source.jobs), True)
    # A last page may be empty, and one call finds the other end.
    assert len(source.calls) <= 52
