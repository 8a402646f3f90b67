"""Scans with coarse, tied or broken sort orders, jobs that arrive or leave midway, or malformed summaries."""

import itertools
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import ThrottlingException
from customization_jobs.listing.scan import ParallelScan
from tests.fakes import NOW, FakeBedrock, job, text
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


# What Bedrock compares with bounds may be exact to the second, or finer than the times that it sends.
precisions = st.sampled_from(
    [
        lambda created: created,
        lambda created: created.replace(microsecond=0),
        lambda created: created + timedelta(microseconds=999),
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    created=st.lists(ages, max_size=80),
    page_size=st.integers(1, 12),
    keyed=st.booleans(),
    order=orders,
    arrivals=st.lists(st.integers(0, 3), max_size=30),
    departures=st.lists(st.integers(0, 79), max_size=10),
    throttled=st.frozensets(st.integers(2, 40)),
    inclusive=st.booleans(),
    compared=precisions,
)
def test_a_scan_finds_each_job_exactly_once_in_any_order(  # noqa: PLR0913 - what is drawn
    *,
    created: list[float],
    page_size: int,
    keyed: bool,
    order: Order,
    arrivals: list[int],
    departures: list[int],
    throttled: frozenset[int],
    inclusive: bool,
    compared: Callable[[datetime], datetime],
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
        list(initial),
        keyed=keyed,
        order=order,
        before_page=change_jobs,
        throttled=throttled,
        inclusive=inclusive,
        compared=compared,
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


def plain_calls(source: FakeBedrock) -> int:
    """Return how many calls requested all jobs, without bounds."""
    return sum(call.keys().isdisjoint(("creationTimeAfter", "creationTimeBefore")) for call in source.calls)


@pytest.mark.parametrize(
    "order", [coarse_order(3600, unsettled=True), broken_order(1, 5), broken_order(1, 1)]
)
def test_a_scan_does_not_depend_on_the_order(order: Order) -> None:
    jobs = make_jobs(600, apart=timedelta(hours=1))
    source = FakeBedrock(jobs, order=order)
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete) == (arns(jobs), True)
    # 60 full pages.
    assert len(source.calls) < 120


def test_jobs_that_arrivals_repeat_are_yielded_once() -> None:
    jobs = make_jobs(600, apart=timedelta(hours=1))
    numbers = itertools.count(1000)

    def add_jobs(source: FakeBedrock) -> None:
        if len(source.calls) < 20:
            source.jobs += [job(next(numbers), created=NOW + timedelta(hours=1)) for _ in range(3)]

    scan, found = scan_all(FakeBedrock(list(jobs), keyed=False, before_page=add_jobs))
    assert set(arns(jobs)) <= set(found)
    assert len(found) == len(set(found))
    assert scan.complete


@pytest.mark.parametrize("malformed", [None, {"jobName": "a"}, {**job(), "jobArn": "nope"}])
def test_after_a_summary_without_an_arn_one_walk_reads_all_pages(malformed: Any) -> None:
    jobs = make_jobs(600, apart=timedelta(hours=1))
    source = FakeBedrock(jobs, sent=lambda each: malformed if each is jobs[100] else each)
    scan = ParallelScan(source, {"maxResults": 10}, ENDLESS)
    assert contents(each for page in scan for each in page) == contents([malformed, *jobs[:100], *jobs[101:]])
    # 60 pages, and those that the first walk read before it was divided.
    assert 60 < plain_calls(source) < 65


@pytest.mark.parametrize("page_size", [10, 600])
def test_equal_summaries_without_an_arn_are_different_jobs(page_size: int) -> None:
    jobs = make_jobs(600, apart=timedelta(hours=1))
    source = FakeBedrock(jobs, sent=lambda each: None if each["jobArn"].endswith("5") else each)
    scan = ParallelScan(source, {"maxResults": page_size}, ENDLESS)
    assert contents(each for page in scan for each in page) == contents(map(source.sent, jobs))


@pytest.mark.parametrize("created", ["nope", "0001-01-01T00:00:00Z", "1000-01-01T00:00:00Z", text(NOW), None])
@pytest.mark.parametrize("place", [0, 4, 599])
def test_a_job_with_a_wrong_time_is_yielded_once(created: str | None, place: int) -> None:
    jobs = make_jobs(600, apart=timedelta(hours=1))
    source = FakeBedrock(
        jobs, sent=lambda each: {**each, "creationTime": created} if each is jobs[place] else each
    )
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete) == (arns(jobs), True)


def test_many_jobs_of_one_instant_are_found() -> None:
    # All jobs have one creation time, in an order of their own to each walk; one is far from it.
    jobs = [*(job(number, created=NOW) for number in range(100)), job(999, created=NOW - timedelta(days=900))]
    source = FakeBedrock(jobs, order=coarse_order(60, unsettled=True))
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete) == (arns(jobs), True)
