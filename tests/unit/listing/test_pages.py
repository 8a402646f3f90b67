import itertools
import json
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.errors import ThrottlingException, UnexpectedAnswerException
from customization_jobs.listing.cursor import Cursor
from customization_jobs.listing.inputs import Input
from customization_jobs.listing.pages import ANSWER_BYTES, Listing, collect, read_pages
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, job
from tests.unit.listing.helpers import Order, Sent, ages, arns, damage, make_jobs, orders


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
    separator_and_token = 2 + 11
    three = make_jobs(3)
    size = sum(len(json.dumps({**each, "note": ""})) + separator_and_token for each in three)
    padding = 200 * 1024 - 4 * 1024 - size + excess
    three = [{**each, "note": "x" * (padding if number == 2 else 0)} for number, each in enumerate(three)]
    query = JobQuery({}).ordered()
    listing = collect(FakeBedrock(three), query, Cursor.start(query), Deadline(lambda: 60))
    assert len(listing.jobs) == delivered
    assert listing.stopped_by == ("bytes" if excess else None)


def test_the_ids_already_in_the_token_reduce_the_room_for_jobs(contract: QueryContract) -> None:
    source = FakeBedrock(make_jobs(100), sent=lambda each: None if each["jobArn"].endswith("1") else each)
    query = JobQuery({}).ordered()
    first = Budget(answer_bytes=30_000).collect(source, query, Cursor.start(query))
    assert first.cursor is not None
    assert first.stopped_by == "bytes"
    ten = list(map(source.sent, source.jobs[len(first.jobs) :][:10]))
    room_for_ten = sum(len(json.dumps(each)) + 2 + 11 for each in ten)
    exact = 4 * 1024 + len(first.jobs) * 11 + room_for_ten
    token = first.cursor.to_token()
    for answer_bytes, delivered in [(exact - 1, 9), (exact, 10)]:
        cursor = Cursor.from_token(token, contract.inputs["nextToken"])
        rest = Budget(answer_bytes=answer_bytes).collect(source, query, cursor)
        assert len(rest.jobs) == delivered


@pytest.mark.parametrize("keyed", [True, False])
def test_jobs_that_push_delivered_ones_to_the_next_page_repeat_none(*, keyed: bool) -> None:
    source = FakeBedrock(make_jobs(450), keyed=keyed)
    query = JobQuery({}).ordered()
    first = Budget(answer_bytes=60_000).collect(source, query, Cursor.start(query))
    assert first.cursor is not None
    assert 100 < len(first.jobs) < 200
    source.jobs[:0] = [job(1000 + number, created=NOW + timedelta(minutes=1)) for number in range(190)]
    rest = Budget(answer_bytes=10**6).collect(source, query, first.cursor)
    assert sorted(each["jobArn"] for each in [*first.jobs, *rest.jobs]) == arns(source.jobs)


def walk(source: FakeBedrock, query: JobQuery, budgets: list[Budget], page_tokens: Input) -> list[Listing]:
    """Follow the tokens to the end, encoding each one as a workflow does."""
    query = query.ordered()
    listings: list[Listing] = []
    cursor: Cursor | None = Cursor.start(query)
    while cursor:
        listings.append(budgets[len(listings) % len(budgets)].collect(source, query, cursor))
        cursor = listings[-1].cursor
        cursor = cursor and Cursor.from_token(cursor.to_token(), page_tokens)
        assert len(listings) < 1000
    return listings


payloads = st.lists(st.integers(0, 3000), min_size=1, max_size=5)
budgets = st.lists(
    st.builds(Budget, st.sampled_from([0.0, 60.0]), st.integers(12_000, 30_000)), min_size=1, max_size=4
)


@settings(max_examples=300, deadline=None)
@given(
    created=st.lists(ages, max_size=60),
    payload=payloads,
    limits=budgets,
    largest_page=st.integers(1, 20),
    max_results=st.none() | st.integers(1, 15),
    ascending=st.booleans(),
    keyed=st.booleans(),
    order=orders,
    arrivals=st.lists(st.integers(0, 4), max_size=30),
    departures=st.lists(st.integers(0, 59), max_size=10),
)
def test_following_the_tokens_delivers_each_job_exactly_once_in_any_order(  # noqa: PLR0913 - the dimensions of the property
    *,
    contract: QueryContract,
    created: list[float],
    payload: list[int],
    limits: list[Budget],
    largest_page: int,
    max_results: int | None,
    ascending: bool,
    keyed: bool,
    order: Order,
    arrivals: list[int],
    departures: list[int],
) -> None:
    initial = [
        job(
            number,
            created=NOW - timedelta(seconds=age),
            status="Failed" if number % 3 else "InProgress",
            note="x" * payload[number % len(payload)],
        )
        for number, age in enumerate(created)
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

    source = FakeBedrock(
        list(initial), largest_page=largest_page, keyed=keyed, order=order, before_page=change_jobs
    )
    parameters: dict[str, Any] = {"sortOrder": "Ascending" if ascending else "Descending"}
    if max_results:
        parameters["maxResults"] = max_results
    listings = walk(source, JobQuery(parameters), limits, contract.inputs["nextToken"])

    delivered = [each["jobArn"] for listing in listings for each in listing.jobs]
    assert len(delivered) == len(set(delivered)), "no job is repeated"
    assert staying <= set(delivered), "no job is skipped"
    in_order = sorted(initial, key=lambda each: order(each, not ascending), reverse=not ascending)
    assert [arn for arn in delivered if arn in staying] == [
        each["jobArn"] for each in in_order if each["jobArn"] in staying
    ], "the order is Bedrock's"
    for number, listing in enumerate(listings):
        limit = limits[number % len(limits)]
        token = listing.cursor.to_token() if listing.cursor else ""
        assert len(json.dumps(listing.jobs)) + len(token) <= limit.answer_bytes
        assert (listing.cursor is None) == (listing.stopped_by is None) == (number == len(listings) - 1)
        assert len(listing.jobs) <= (max_results or len(listing.jobs))


@settings(max_examples=300, deadline=None)
@given(
    created=st.lists(ages, max_size=60),
    limits=budgets,
    largest_page=st.integers(1, 70),
    keyed=st.booleans(),
    order=orders,
    sent=damage(),
)
def test_malformed_summaries_are_listed_as_they_are_exactly_once(
    *,
    contract: QueryContract,
    created: list[float],
    limits: list[Budget],
    largest_page: int,
    keyed: bool,
    order: Order,
    sent: Sent,
) -> None:
    jobs = [
        job(number, created=NOW - timedelta(seconds=age), note="x" * 1000)
        for number, age in enumerate(created)
    ]
    source = FakeBedrock(jobs, largest_page=largest_page, keyed=keyed, order=order, sent=sent)
    listings = walk(source, JobQuery({}), limits, contract.inputs["nextToken"])
    in_order = sorted(jobs, key=lambda each: order(each, *[True]), reverse=True)
    assert [each for listing in listings for each in listing.jobs] == list(map(sent, in_order))
