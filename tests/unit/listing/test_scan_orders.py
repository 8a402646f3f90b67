"""Scans with coarse, tied or broken sort orders, jobs that arrive or leave midway, or malformed summaries."""

import itertools
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import ThrottlingException
from customization_jobs.listing.scan import ParallelScan
from tests.fakes import NOW, FakeBedrock, Job, job
from tests.unit.listing.helpers import (
    ENDLESS,
    Order,
    Sent,
    ages,
    arns,
    broken_order,
    coarse_order,
    contents,
    damage,
    make_jobs,
    orders,
    scan_all,
)

# How many pages one walk may be ahead of the other.
_MAX_LEAD = 5


class ConcurrentBedrock(FakeBedrock):
    """Answers one walk at a time, and throttles some of the calls."""

    def __init__(self, *args: Any, throttled: frozenset[int] = frozenset(), **options: Any) -> None:
        super().__init__(*args, **options)
        self._throttled = throttled
        self._lock = threading.Lock()

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        with self._lock:
            page = super().list_page(parameters)
            if len(self.calls) in self._throttled:
                raise ThrottlingException("slow down")
            return page


class AbreastBedrock(FakeBedrock):
    """Keeps two walks within a few pages of each other, however the machine schedules their threads."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pages = Counter[str]()
        self._advanced = threading.Condition()

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        order = parameters["sortOrder"]
        opposite = "Ascending" if order == "Descending" else "Descending"
        with self._advanced:
            # The timeout ends the wait of a walk whose opposite one has ended the scan.
            self._advanced.wait_for(lambda: self._pages[order] - self._pages[opposite] < _MAX_LEAD, timeout=5)
            page = super().list_page(parameters)
            self._pages[order] += 1
            self._advanced.notify_all()
            return page


@settings(max_examples=400, deadline=None)
@given(
    created=st.lists(ages, max_size=80),
    page_size=st.integers(1, 12),
    keyed=st.booleans(),
    order=orders,
    arrivals=st.lists(st.integers(0, 3), max_size=30),
    departures=st.lists(st.integers(0, 79), max_size=10),
    throttled=st.frozensets(st.integers(2, 40)),
)
def test_a_scan_finds_each_job_exactly_once_in_any_order(
    *,
    created: list[float],
    page_size: int,
    keyed: bool,
    order: Order,
    arrivals: list[int],
    departures: list[int],
    throttled: frozenset[int],
) -> None:
    initial = [job(number, created=NOW - timedelta(seconds=age)) for number, age in enumerate(created)]
    # If tokens are offsets, a job that no longer matches makes the next page skip one. No client can prevent
    # that, so jobs leave only if tokens are keyed.
    leaving = [number for number in dict.fromkeys(departures) if keyed and number < len(created)]
    staying = {each["jobArn"] for number, each in enumerate(initial) if number not in leaving}
    pending_arrivals, numbers = list(arrivals), itertools.count(1000)

    def change_jobs(source: FakeBedrock) -> None:
        if leaving and len(source.calls) > 1:
            gone = initial[leaving.pop()]["jobArn"]
            source.jobs[:] = [each for each in source.jobs if each["jobArn"] != gone]
        for number in itertools.islice(numbers, pending_arrivals.pop() if pending_arrivals else 0):
            source.jobs.append(job(number, created=NOW + timedelta(seconds=1 + number // 3)))

    source = ConcurrentBedrock(
        list(initial), keyed=keyed, order=order, before_page=change_jobs, throttled=throttled
    )
    scan, found = scan_all(source, maxResults=page_size)
    assert scan.complete
    assert len(found) == len(set(found)), "no job is repeated"
    assert staying <= set(found), "no job is skipped"


@settings(max_examples=400, deadline=None)
@given(
    created=st.lists(ages, max_size=60),
    page_size=st.integers(1, 12),
    keyed=st.booleans(),
    order=orders,
    sent=damage(),
    throttled=st.frozensets(st.integers(2, 40)),
)
def test_a_scan_lists_malformed_summaries_as_they_are_exactly_once(
    *,
    created: list[float],
    page_size: int,
    keyed: bool,
    order: Order,
    sent: Sent,
    throttled: frozenset[int],
) -> None:
    jobs = [job(number, created=NOW - timedelta(seconds=age)) for number, age in enumerate(created)]
    source = ConcurrentBedrock(jobs, keyed=keyed, order=order, sent=sent, throttled=throttled)
    scan = ParallelScan(source, {"maxResults": page_size}, ENDLESS, sleep=lambda _: None)
    assert contents(each for page in scan for each in page) == contents(map(sent, jobs))
    assert scan.complete


def walks_of(source: FakeBedrock) -> list[int]:
    """Return how many pages each walk requested, the longer one first."""
    orders_called = [call["sortOrder"] for call in source.calls]
    return sorted((orders_called.count("Ascending"), orders_called.count("Descending")), reverse=True)


def test_two_walks_meet_although_the_order_is_coarser_than_the_times() -> None:
    jobs = make_jobs(600, apart=timedelta(seconds=25))
    source = AbreastBedrock(jobs, order=coarse_order(60, unsettled=True))
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete) == (arns(jobs), True)
    # 60 pages, and one hour that both walks read.
    assert walks_of(source)[0] < 50


@pytest.mark.parametrize("page_size", [10, 1])
def test_in_a_broken_order_one_walk_reads_all_pages(page_size: int) -> None:
    jobs = make_jobs(600, apart=timedelta(hours=1))
    source = FakeBedrock(jobs, order=broken_order(1, 5))
    scan, found = scan_all(source, maxResults=page_size)
    assert (sorted(found), scan.complete) == (arns(jobs), True)
    longer, shorter = walks_of(source)
    assert longer == 600 / page_size
    assert shorter < 10


def test_jobs_that_arrivals_repeat_are_not_out_of_order() -> None:
    jobs = make_jobs(600, apart=timedelta(hours=1))
    numbers = itertools.count(1000)

    def add_jobs(source: FakeBedrock) -> None:
        if len(source.calls) < 20:
            source.jobs += [job(next(numbers), created=NOW + timedelta(hours=1)) for _ in range(3)]

    source = AbreastBedrock(list(jobs), keyed=False, before_page=add_jobs)
    scan, found = scan_all(source)
    assert set(arns(jobs)) <= set(found)
    assert scan.complete
    assert walks_of(source)[0] < 50


@pytest.mark.parametrize("malformed", [None, {"jobName": "a"}, {**job(), "jobArn": "nope"}])
def test_after_a_summary_without_an_arn_one_walk_reads_all_pages(malformed: Any) -> None:
    jobs = make_jobs(600, apart=timedelta(hours=1))
    source = FakeBedrock(jobs, sent=lambda each: malformed if each is jobs[100] else each)
    scan = ParallelScan(source, {"maxResults": 10}, ENDLESS)
    assert contents(each for page in scan for each in page) == contents([malformed, *jobs[:100], *jobs[101:]])
    assert walks_of(source)[0] == 60


@pytest.mark.parametrize("page_size", [10, 600])
def test_equal_summaries_without_an_arn_are_different_jobs(page_size: int) -> None:
    jobs = make_jobs(600, apart=timedelta(hours=1))
    source = FakeBedrock(jobs, sent=lambda each: None if each["jobArn"].endswith("5") else each)
    scan = ParallelScan(source, {"maxResults": page_size}, ENDLESS)
    assert contents(each for page in scan for each in page) == contents(map(source.sent, jobs))


def test_summaries_without_a_time_do_not_prevent_the_walks_from_meeting() -> None:
    jobs = make_jobs(600, apart=timedelta(hours=1))

    def sent(each: Job) -> Job:
        return {**each, "creationTime": "nope"} if each["jobArn"].endswith("5") else each

    source = AbreastBedrock(jobs, sent=sent)
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete) == (arns(jobs), True)
    assert walks_of(source)[0] < 50


def test_a_job_of_the_opposite_walk_does_not_prove_a_meeting_within_a_tied_hour() -> None:
    # All jobs have one creation time, in an order of their own to each walk.
    jobs = [job(number, created=NOW) for number in range(100)]
    source = FakeBedrock(jobs, order=coarse_order(60, unsettled=True))
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete) == (arns(jobs), True)
