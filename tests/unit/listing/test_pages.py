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
from tests.fakes import NOW, FakeBedrock, job
from tests.unit.listing.helpers import make_jobs


class Budget(NamedTuple):
    """Limits of one answer."""

    seconds: float = 60
    answer_bytes: int = ANSWER_BYTES

    def collect(self, source: FakeBedrock, query: JobQuery, cursor: Cursor) -> Listing:
        deadline = Deadline(lambda: self.seconds)
        return collect(source, query, cursor, deadline, answer_bytes=self.answer_bytes)


def first_listing(source: FakeBedrock, budget: Budget, **parameters: Any) -> Listing:
    query = JobQuery(parameters).ordered()
    return budget.collect(source, query, Cursor.start(query))


def test_pages_are_read_to_the_end() -> None:
    source = FakeBedrock(make_jobs(25))
    assert [len(page.jobs) for page in read_pages(source, {"maxResults": 10})] == [10, 10, 5]


def test_reading_starts_at_the_given_token() -> None:
    source = FakeBedrock(make_jobs(25), keyed=False)
    token = source.list_page({"maxResults": 20}).next_token
    assert [len(page.jobs) for page in read_pages(source, {"maxResults": 10, "nextToken": token})] == [5]


def test_a_page_that_points_to_itself_is_an_error() -> None:
    class Looping(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            self.calls.append(dict(parameters))
            return Page({"modelCustomizationJobSummaries": [], "nextToken": "again"})

    source = Looping()
    with pytest.raises(UnexpectedAnswerException) as raised:
        list(read_pages(source, {}))
    assert str(raised.value) == "Bedrock returned the same nextToken twice. Try again later."
    assert len(source.calls) == 2


def test_an_error_of_a_later_page_is_raised() -> None:
    def throttle(source: FakeBedrock) -> None:
        if len(source.calls) == 2:
            raise ThrottlingException("slow down")

    with pytest.raises(ThrottlingException):
        first_listing(FakeBedrock(make_jobs(10), largest_page=5, before_page=throttle), Budget())


def test_all_jobs_that_fit_are_in_one_answer_newest_first() -> None:
    source = FakeBedrock(make_jobs(450))
    listing = first_listing(source, Budget())
    assert listing.jobs == make_jobs(450)
    assert (listing.cursor, listing.stopped_by) == (None, None)
    assert [call["maxResults"] for call in source.calls] == [200, 200, 200]


def test_the_deadline_ends_the_answer_after_a_page_but_never_before_the_first() -> None:
    listing = first_listing(FakeBedrock(make_jobs(450)), Budget(seconds=0))
    assert (len(listing.jobs), listing.stopped_by) == (200, "deadline")


def test_max_results_ends_the_answer_after_one_page() -> None:
    source = FakeBedrock(make_jobs(30))
    listing = first_listing(source, Budget(), maxResults=7)
    assert (len(listing.jobs), listing.stopped_by, len(source.calls)) == (7, "maxResults", 1)


def test_the_size_limit_ends_the_answer_inside_a_page() -> None:
    listing = first_listing(FakeBedrock(make_jobs(450)), Budget(answer_bytes=20_000))
    assert listing.stopped_by == "bytes"
    assert 0 < len(listing.jobs) < 200


def test_a_job_larger_than_an_answer_is_an_error() -> None:
    with pytest.raises(UnexpectedAnswerException) as raised:
        first_listing(FakeBedrock([job(1, note="x" * 20_000)]), Budget(answer_bytes=20_000))
    assert str(raised.value) == "A single job is larger than the maximum answer."


@pytest.mark.parametrize(("excess", "delivered"), [(0, 3), (1, 2)])
def test_an_answer_holds_200_kib_to_the_byte(excess: int, delivered: int) -> None:
    # Each job takes its JSON, a separator, and room for its id in the token. 4 KiB are left for other fields.
    separator_and_token = 2 + 26
    three = make_jobs(3)
    size = sum(len(json.dumps({**each, "note": ""})) + separator_and_token for each in three)
    padding = 200 * 1024 - 4 * 1024 - size + excess
    three = [{**each, "note": "x" * (padding if number == 2 else 0)} for number, each in enumerate(three)]
    query = JobQuery({}).ordered()
    listing = collect(FakeBedrock(three), query, Cursor.start(query), Deadline(lambda: 60))
    assert len(listing.jobs) == delivered
    assert listing.stopped_by == ("bytes" if excess else None)


def test_the_ids_already_in_the_token_reduce_the_room_for_jobs() -> None:
    simultaneous = [job(number, created=NOW) for number in range(100)]
    query = JobQuery({"maxResults": 90}).ordered()
    first = Budget().collect(FakeBedrock(simultaneous), query, Cursor.start(query))
    assert first.cursor is not None
    room_for_ten = sum(len(json.dumps(each)) + 2 + 26 for each in simultaneous[:10])
    exact = 4 * 1024 + 90 * 26 + room_for_ten
    token = first.cursor.to_token()
    for answer_bytes, delivered in [(exact - 1, 9), (exact, 10)]:
        budget = Budget(answer_bytes=answer_bytes)
        rest = budget.collect(FakeBedrock(simultaneous), query, Cursor.from_token(token))
        assert len(rest.jobs) == delivered


def walk(source: FakeBedrock, query: JobQuery, budgets: list[Budget]) -> list[Listing]:
    """Follow the tokens to the end, encoding each one as a workflow does."""
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
    # Deliberately skewed: most jobs are close together, and many have the same creation time.
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
def test_following_the_tokens_delivers_each_job_exactly_once(  # noqa: PLR0913 - the dimensions of the property
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
    initial = [
        job(
            number,
            created=NOW - timedelta(minutes=minutes),
            status="Failed" if number % 3 else "InProgress",
            note="x" * payload[number % len(payload)],
        )
        for number, minutes in enumerate(created)
    ]
    pending_arrivals, numbers = list(arrivals), itertools.count(1000)
    # If tokens are offsets, a job that no longer matches makes the next page skip one. No client can prevent
    # that, so jobs leave only if tokens are keyed.
    leaving = [number for number in dict.fromkeys(departures) if keyed and number < len(created)]
    staying = {each["jobArn"] for number, each in enumerate(initial) if number not in leaving}

    def change_jobs(source: FakeBedrock) -> None:
        if leaving and len(source.calls) > 1:
            gone = initial[leaving.pop()]["jobArn"]
            source.jobs[:] = [each for each in source.jobs if each["jobArn"] != gone]
        for _ in range(pending_arrivals.pop() if pending_arrivals else 0):
            # New jobs are the newest. Several can share a creation time, also with the newest job so far.
            source.jobs.append(
                job(next(numbers), created=NOW + timedelta(minutes=len(source.calls) // 3), status="Stopping")
            )

    source = FakeBedrock(list(initial), largest_page=largest_page, keyed=keyed, before_page=change_jobs)
    parameters: dict[str, Any] = {"sortOrder": "Ascending" if ascending else "Descending"}
    if max_results:
        parameters["maxResults"] = max_results
    listings = walk(source, JobQuery(parameters), limits)

    delivered = [each["jobArn"] for listing in listings for each in listing.jobs]
    assert len(delivered) == len(set(delivered)), "no job is repeated"
    assert staying <= set(delivered), "no job is skipped"
    times = [each["creationTime"] for listing in listings for each in listing.jobs]
    assert times == sorted(times, reverse=not ascending)
    for number, listing in enumerate(listings):
        limit = limits[number % len(limits)]
        token = listing.cursor.to_token() if listing.cursor else ""
        assert len(json.dumps(listing.jobs)) + len(token) <= limit.answer_bytes
        assert (listing.cursor is None) == (listing.stopped_by is None) == (number == len(listings) - 1)
        assert len(listing.jobs) <= (max_results or len(listing.jobs))
