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


@pytest.mark.parametrize("order", ["Ascending", "Descending"])
def test_a_scan_reads_few_pages_more_than_one_walk(order: str) -> None:
    source = FakeBedrock(make_jobs(2000, apart=timedelta(hours=1)))
    scan, found = scan_all(source, sortOrder=order)
    assert (sorted(found), scan.complete) == (arns(source.jobs), True)
    # 200 full pages.
    assert scan.pages_read < 280
    assert {call["sortBy"] for call in source.calls} == {"CreationTime"}
    # One call finds the other end of the list.
    others = [call["maxResults"] for call in source.calls if call["sortOrder"] != order]
    assert others == [1]


def test_a_scan_finds_jobs_of_which_most_are_of_one_day() -> None:
    bunched = [job(number, created=NOW - timedelta(days=500, minutes=number / 2)) for number in range(1800)]
    spread = [job(9000 + number, created=NOW - timedelta(days=5 * number)) for number in range(200)]
    source = FakeBedrock(bunched + spread)
    scan, found = scan_all(source)
    assert (sorted(found), scan.complete) == (arns(source.jobs), True)
    assert scan.pages_read < 280


def test_parts_are_read_concurrently() -> None:
    meeting = threading.Barrier(2, timeout=5)

    class Slow(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            page = super().list_page(parameters)
            if len(self.calls) in (2, 3):
                meeting.wait()
            return page

    _, found = scan_all(Slow(make_jobs(30)))
    assert len(found) == 30


def test_a_scan_does_not_wait_for_a_slow_call() -> None:
    progressed = threading.Event()

    class SlowAtTheFarEnd(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            page = super().list_page(parameters)
            if len(self.calls) >= 5:
                progressed.set()
            if parameters["sortOrder"] == "Ascending":
                assert progressed.wait(5), "the scan did not progress"
            return page

    source = SlowAtTheFarEnd(make_jobs(200))
    _, found = scan_all(source)
    assert sorted(found) == arns(source.jobs)


def test_no_page_is_requested_twice() -> None:
    source = FakeBedrock(make_jobs(1000))
    scan_all(source)
    requested = [str(sorted(call.items())) for call in source.calls]
    assert len(requested) == len(set(requested))


@pytest.mark.parametrize("inclusive", [True, False])
def test_the_bounds_of_the_query_stay_in_force(inclusive: bool) -> None:  # noqa: FBT001 - a parameter of the test
    jobs = make_jobs(1000)
    source = FakeBedrock(jobs, inclusive=inclusive)
    after, before = NOW - timedelta(minutes=900), NOW - timedelta(minutes=100)
    scan, found = scan_all(source, creationTimeAfter=after, creationTimeBefore=before)
    assert (sorted(found), scan.complete) == (arns(jobs[100:901] if inclusive else jobs[101:900]), True)


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


def test_one_page_is_parsed_at_a_time_and_its_body_released_before_its_jobs_are_processed() -> None:
    released: list[int] = []

    class Body(bytes):
        def __del__(self) -> None:
            released.append(1)

    class Unparsed(Page):
        @property
        def answer(self) -> dict[str, Any]:
            assert threading.current_thread() is threading.main_thread()
            return super().answer

    class WithBodies(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            return Unparsed(super().list_page(parameters).answer, Body(b"{}"))

    source = WithBodies(make_jobs(500))
    scan = ParallelScan(source, {"maxResults": 10}, ENDLESS)
    for _ in scan:
        # One body for each page, and one for the call that finds the other end.
        assert len(released) in (scan.pages_read, scan.pages_read + 1)
    assert scan.complete


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
