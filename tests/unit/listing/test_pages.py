import itertools
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import ThrottlingException, UnexpectedAnswerException
from customization_jobs.listing.cursor import Cursor
from customization_jobs.listing.pages import ANSWER_BYTES, Listing, collect, read_pages
from customization_jobs.listing.query import JobQuery
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, Job, job


def jobs(count: int) -> list[Job]:
    return [job(number, created=NOW - timedelta(minutes=number)) for number in range(count)]


class Budget(NamedTuple):
    """How long an answer may take, and how large it may be."""

    seconds: float = 60
    answer_bytes: int = ANSWER_BYTES

    def collect(self, source: FakeBedrock, query: JobQuery, cursor: Cursor) -> Listing:
        deadline = Deadline(lambda: self.seconds)
        return collect(source, query, cursor, deadline, answer_bytes=self.answer_bytes)


def first(source: FakeBedrock, budget: Budget, **parameters: Any) -> Listing:
    query = JobQuery(parameters).ordered()
    return budget.collect(source, query, Cursor.start(query))


def test_pages_are_read_to_the_end() -> None:
    source = FakeBedrock(jobs(25))
    assert [len(page.jobs) for page in read_pages(source, {"maxResults": 10})] == [10, 10, 5]


def test_pages_begin_where_they_are_told() -> None:
    source = FakeBedrock(jobs(25), keyed=False)
    begin = source.list_page({"maxResults": 20}).next_token
    assert [len(page.jobs) for page in read_pages(source, {"maxResults": 10, "nextToken": begin})] == [5]


def test_one_token_twice_does_not_loop_for_ever() -> None:
    class Stuck(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            self.calls.append(dict(parameters))
            return Page({"modelCustomizationJobSummaries": [], "nextToken": "again"})

    source = Stuck()
    with pytest.raises(UnexpectedAnswerException, match="twice"):
        list(read_pages(source, {}))
    assert len(source.calls) == 2


def test_an_error_on_the_way_is_raised() -> None:
    def throttle(source: FakeBedrock) -> None:
        if len(source.calls) == 2:
            raise ThrottlingException("slow down")

    with pytest.raises(ThrottlingException):
        first(FakeBedrock(jobs(10), largest_page=5, before_page=throttle), Budget())


def test_everything_that_fits_comes_at_once_newest_first() -> None:
    source = FakeBedrock(jobs(450))
    listing = first(source, Budget())
    assert listing.jobs == jobs(450)
    assert (listing.cursor, listing.stopped_by) == (None, None)
    assert [call["maxResults"] for call in source.calls] == [200, 200, 200]


def test_the_deadline_stops_between_pages_but_never_before_the_first() -> None:
    listing = first(FakeBedrock(jobs(450)), Budget(seconds=0))
    assert (len(listing.jobs), listing.stopped_by) == (200, "deadline")


def test_max_results_stops_after_one_page() -> None:
    source = FakeBedrock(jobs(30))
    listing = first(source, Budget(), maxResults=7)
    assert (len(listing.jobs), listing.stopped_by, len(source.calls)) == (7, "maxResults", 1)


def test_bytes_stop_inside_a_page() -> None:
    listing = first(FakeBedrock(jobs(450)), Budget(answer_bytes=20_000))
    assert listing.stopped_by == "bytes"
    assert 0 < len(listing.jobs) < 200


def test_a_job_larger_than_an_answer_is_an_error_not_an_endless_walk() -> None:
    with pytest.raises(UnexpectedAnswerException, match="larger"):
        first(FakeBedrock([job(1, note="x" * 20_000)]), Budget(answer_bytes=20_000))


def walk(source: FakeBedrock, query: JobQuery, budgets: list[Budget]) -> list[Listing]:
    """Follow the tokens to the end, through text as a workflow does."""
    query = query.ordered()
    listings: list[Listing] = []
    cursor: Cursor | None = Cursor.start(query)
    while cursor:
        listings.append(budgets[len(listings) % len(budgets)].collect(source, query, cursor))
        cursor = listings[-1].cursor
        cursor = cursor and Cursor.from_token(cursor.to_token())
        assert len(listings) < 1000
    return listings


created_minutes = st.lists(
    # Skewed on purpose: most jobs bunched, many at the very same instant.
    st.one_of(st.integers(0, 3), st.integers(0, 50), st.integers(0, 100_000)),
    max_size=60,
)
payloads = st.lists(st.integers(0, 3000), min_size=1, max_size=5)
budgets = st.lists(
    st.builds(Budget, st.sampled_from([0.0, 60.0]), st.integers(9_000, 30_000)), min_size=1, max_size=4
)


@settings(max_examples=300, deadline=None)
@given(
    created=created_minutes,
    payload=payloads,
    limits=budgets,
    largest_page=st.integers(1, 20),
    max_results=st.none() | st.integers(1, 15),
    ascending=st.booleans(),
    keyed=st.booleans(),
    arrivals=st.lists(st.integers(0, 4), max_size=30),
    departures=st.lists(st.integers(0, 59), max_size=10),
)
def test_walking_the_tokens_delivers_each_job_exactly_once(  # noqa: PLR0913 - what the property ranges over
    *,
    created: list[int],
    payload: list[int],
    limits: list[Budget],
    largest_page: int,
    max_results: int | None,
    ascending: bool,
    keyed: bool,
    arrivals: list[int],
    departures: list[int],
) -> None:
    there_from_the_start = [
        job(
            number,
            created=NOW - timedelta(minutes=minutes),
            status="Failed" if number % 3 else "InProgress",
            note="x" * payload[number % len(payload)],
        )
        for number, minutes in enumerate(created)
    ]
    coming, numbers = list(arrivals), itertools.count(1000)
    # A job that no longer matches is gone. By tokens that count, the next page then begins too late: no
    # client can help that, so it is not asked for.
    leaving = [number for number in dict.fromkeys(departures) if keyed and number < len(created)]
    staying = {each["jobArn"] for number, each in enumerate(there_from_the_start) if number not in leaving}

    def arrive(source: FakeBedrock) -> None:
        if leaving and len(source.calls) > 1:
            gone = there_from_the_start[leaving.pop()]["jobArn"]
            source.jobs[:] = [each for each in source.jobs if each["jobArn"] != gone]
        for _ in range(coming.pop() if coming else 0):
            # New jobs are the newest; several can share one instant, the newest so far included.
            source.jobs.append(
                job(next(numbers), created=NOW + timedelta(minutes=len(source.calls) // 3), status="Stopping")
            )

    source = FakeBedrock(
        list(there_from_the_start), largest_page=largest_page, keyed=keyed, before_page=arrive
    )
    parameters: dict[str, Any] = {"sortOrder": "Ascending" if ascending else "Descending"}
    if max_results:
        parameters["maxResults"] = max_results
    listings = walk(source, JobQuery(parameters), limits)

    delivered = [each["jobArn"] for listing in listings for each in listing.jobs]
    assert len(delivered) == len(set(delivered)), "nothing twice"
    assert staying <= set(delivered), "nothing lost"
    times = [each["creationTime"] for listing in listings for each in listing.jobs]
    assert times == sorted(times, reverse=not ascending)
    for number, listing in enumerate(listings):
        limit = limits[number % len(limits)]
        token = listing.cursor.to_token() if listing.cursor else ""
        assert len(json.dumps(listing.jobs)) + len(token) <= limit.answer_bytes
        assert (listing.cursor is None) == (listing.stopped_by is None) == (number == len(listings) - 1)
        assert len(listing.jobs) <= (max_results or len(listing.jobs))
