import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import InternalServerException
from customization_jobs.listing.scan import ParallelScan
from tests.fakes import NOW, FakeBedrock, job
from tests.unit.listing.helpers import ENDLESS, arns, make_jobs, scan_all


@pytest.mark.parametrize("count", [0, 1, 10])
def test_jobs_of_one_page_take_one_call(count: int) -> None:
    source = FakeBedrock(make_jobs(count))
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete, scan.pages_read) == (arns(source.jobs), True, 1)


def test_the_two_walks_share_the_pages() -> None:
    source = FakeBedrock(make_jobs(400, apart=timedelta(hours=1)))
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete) == (arns(source.jobs), True)
    orders = [call["sortOrder"] for call in source.calls]
    assert {orders.count("Ascending"), orders.count("Descending")} <= set(range(15, 27))
    # Where the walks meet, each of them may read one page without new jobs.
    assert 40 <= scan.pages_read <= 42
    assert {call["sortBy"] for call in source.calls} == {"CreationTime"}


def test_the_walks_have_opposite_orders_whichever_comes_first() -> None:
    source = FakeBedrock(make_jobs(400))
    scan_all(source, sortOrder="Ascending")
    assert source.calls[0]["sortOrder"] == "Ascending"
    assert {call["sortOrder"] for call in source.calls} == {"Ascending", "Descending"}


def test_the_walks_read_concurrently() -> None:
    meeting = threading.Barrier(2, timeout=5)

    class Slow(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            page = super().list_page(parameters)
            if len(self.calls) in (2, 3):
                meeting.wait()
            return page

    _, found = scan_all(Slow(make_jobs(30)))
    assert len(found) == 30


def test_a_walk_does_not_wait_for_a_slow_page_of_the_other() -> None:
    progressed = threading.Event()

    class SlowFromTheOldest(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            page = super().list_page(parameters)
            orders = [call["sortOrder"] for call in self.calls]
            if orders.count("Descending") >= 5:
                progressed.set()
            if parameters["sortOrder"] == "Ascending":
                assert progressed.wait(5), "the other walk did not progress"
            return page

    source = SlowFromTheOldest(make_jobs(200))
    _, found = scan_all(source)
    assert sorted(found) == arns(source.jobs)
    requested = [(call["sortOrder"], call.get("nextToken")) for call in source.calls]
    assert len(requested) == len(set(requested)), "no page is requested twice"


def test_each_thread_is_initialized_before_it_reads() -> None:
    initialized: list[threading.Thread] = []
    readers: list[threading.Thread] = []
    scan = ParallelScan(
        FakeBedrock(make_jobs(100), before_page=lambda _: readers.append(threading.current_thread())),
        {"maxResults": 10},
        ENDLESS,
        initialize_thread=lambda: initialized.append(threading.current_thread()),
    )
    assert sum(len(page) for page in scan) == 100
    assert readers[0] is threading.main_thread()
    assert set(readers[1:]) <= set(initialized)


def test_raw_bodies_are_released_before_the_jobs_are_processed() -> None:
    class Body(bytes):
        def __del__(self) -> None:
            released.append(1)

    class WithBodies(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            return Page(super().list_page(parameters).answer, Body(b"{}"))

    released: list[int] = []
    source = WithBodies(make_jobs(50))
    token = FakeBedrock(source.jobs).list_page({"maxResults": 10}).next_token
    for number, _ in enumerate(ParallelScan(source, {"maxResults": 10, "nextToken": token}, ENDLESS), 1):
        assert (len(source.calls), len(released)) == (number, number)


def test_with_a_token_one_walk_reads_the_jobs_after_it() -> None:
    source = FakeBedrock(make_jobs(50))
    token = source.list_page({"maxResults": 20, "sortOrder": "Ascending"}).next_token
    scan, found = scan_all(source, nextToken=token, sortOrder="Ascending")
    assert (sorted(found), scan.complete) == (arns(source.jobs[:30]), True)
    assert {call["sortOrder"] for call in source.calls} == {"Ascending"}


def test_all_jobs_with_the_same_creation_time_are_found() -> None:
    source = FakeBedrock([job(number, created=NOW) for number in range(100)])
    for order in ("Ascending", "Descending"):
        scan, found = scan_all(source, sortOrder=order)
        assert (sorted(found), scan.complete) == (arns(source.jobs), True)


@pytest.mark.parametrize("failing_call", [1, 2, 5])
def test_an_error_ends_the_scan(failing_call: int) -> None:
    def fail(source: FakeBedrock) -> None:
        if len(source.calls) == failing_call:
            raise InternalServerException("broken")

    with pytest.raises(InternalServerException):
        scan_all(FakeBedrock(make_jobs(400), before_page=fail))
