"""Scans that Bedrock throttles, or that reach their deadline."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from itertools import chain, repeat
from typing import Any

import pytest

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import ThrottlingException
from customization_jobs.listing.scan import ParallelScan
from customization_jobs.timeouts import Deadline
from tests.fakes import FakeBedrock
from tests.unit.listing.helpers import ENDLESS, arns, make_jobs, scan_all


def test_a_scan_cut_by_its_deadline_is_incomplete() -> None:
    times = chain([1.0, 0.1], repeat(0.0))
    scan, found = scan_all(FakeBedrock(make_jobs(400)), Deadline(lambda: next(times)))
    assert scan.complete is False
    assert 0 < len(found) < 400


@pytest.mark.parametrize(("count", "found", "complete"), [(100, 30, False), (25, 25, True)])
def test_pages_under_way_when_the_deadline_passes_still_count(
    *, count: int, found: int, complete: bool
) -> None:
    deadline_passed = threading.Event()

    class SlowFromTheNewest(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            page = super().list_page(parameters)
            if parameters["sortOrder"] == "Descending" and "nextToken" in parameters:
                assert deadline_passed.wait(5)
            return page

    source = SlowFromTheNewest(make_jobs(count, apart=timedelta(hours=1)))
    deadline = Deadline(lambda: 0.0 if deadline_passed.is_set() else 60.0)
    scan = ParallelScan(source, {"maxResults": 10}, deadline)
    jobs = 0
    for number, page in enumerate(scan, 1):
        jobs += len(page)
        if number == 2:
            deadline_passed.set()
    assert (jobs, scan.complete, len(source.calls)) == (found, complete, 3)


def test_throttling_of_the_first_page_is_raised() -> None:
    def throttle(_: FakeBedrock) -> None:
        raise ThrottlingException("slow down")

    with pytest.raises(ThrottlingException):
        scan_all(FakeBedrock(make_jobs(400), before_page=throttle))


def test_throttling_stops_one_walk_and_then_lengthens_the_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    throttled = 0

    def throttle(source: FakeBedrock) -> None:
        nonlocal throttled
        if len(source.calls) > 4 and throttled < 7:
            throttled += 1
            raise ThrottlingException("slow down")

    source = FakeBedrock(make_jobs(400), before_page=throttle)
    pauses: list[float] = []
    scan = ParallelScan(source, {"maxResults": 10}, ENDLESS, sleep=pauses.append)
    found = [each["jobArn"] for page in scan for each in page]
    assert (sorted(found), scan.complete) == (arns(source.jobs), True)
    # The first throttled call stopped its walk.
    assert pauses == [2, 4, 8, 16, 20, 20]
    after = source.calls[4 + 7 + 1 :]
    assert len({call["sortOrder"] for call in after}) == 1


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
