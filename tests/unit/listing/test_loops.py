"""Listings that would never end."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import UnexpectedAnswerException
from customization_jobs.listing.cursor import Cursor
from customization_jobs.listing.loops import MAX_PAGES_WITHOUT_NEW_JOBS, LoopGuard
from customization_jobs.listing.pages import collect, read_pages
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.listing.scan import ParallelScan
from customization_jobs.timeouts import Deadline
from tests.fakes import FakeBedrock, Job, job
from tests.unit.listing.helpers import ENDLESS, make_jobs, scan_all

SAME_TOKEN = "Bedrock returned the same nextToken twice. Try again later."
NOTHING_NEW = (
    "Bedrock returned 100 pages in a row without a new job, and a nextToken for more. "
    "Try again later, or narrow the query by creation time."
)


class Endless(FakeBedrock):
    """Returns a page and a token for each token, forever."""

    def __init__(self, answer: Callable[[str], tuple[list[Any], Any]]) -> None:
        super().__init__()
        self._answer = answer

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        self.calls.append(dict(parameters))
        assert len(self.calls) < 2000, "the loop was not detected"
        jobs, token = self._answer(parameters.get("nextToken", ""))
        return Page({"modelCustomizationJobSummaries": jobs, "nextToken": token})


def same_token(_: str) -> tuple[list[Job], str]:
    return [], "again"


def alternating_tokens(token: str) -> tuple[list[Job], str]:
    return (make_jobs(300)[:150], "b") if token == "a" else (make_jobs(300)[150:], "a")


def longer_cycle(token: str) -> tuple[list[Job], str]:
    number = int(token or 0)
    jobs = [job(1000 * number + each) for each in range(500)]
    return jobs, str(number + 1 if number < 12 else 3)


def fresh_tokens_and_empty_pages(token: str) -> tuple[list[Job], str]:
    return [], token + "x"


def fresh_tokens_and_the_first_page(token: str) -> tuple[list[Job], str]:
    return make_jobs(20), token + "x"


def fresh_tokens_and_summaries_without_an_arn(token: str) -> tuple[list[None], str]:
    return [None] * 5, token + "x"


LOOPS = [
    (same_token, SAME_TOKEN),
    (alternating_tokens, SAME_TOKEN),
    (longer_cycle, SAME_TOKEN),
    (fresh_tokens_and_empty_pages, NOTHING_NEW),
    (fresh_tokens_and_the_first_page, NOTHING_NEW),
    (fresh_tokens_and_summaries_without_an_arn, NOTHING_NEW),
]


@pytest.mark.parametrize(("answer", "message"), LOOPS)
def test_a_stream_of_pages_that_never_ends_is_an_error(answer: Any, message: str) -> None:
    source = Endless(answer)
    with pytest.raises(UnexpectedAnswerException) as raised:
        list(read_pages(source, {}))
    assert str(raised.value) == message
    assert len(source.calls) <= MAX_PAGES_WITHOUT_NEW_JOBS + 1


@pytest.mark.parametrize(("answer", "message"), LOOPS)
def test_a_scan_that_never_ends_is_an_error(answer: Any, message: str) -> None:
    with pytest.raises(UnexpectedAnswerException) as raised:
        list(ParallelScan(Endless(answer), {}, ENDLESS))
    assert str(raised.value) in (message, NOTHING_NEW)


def listings(source: FakeBedrock, contract: QueryContract, **parameters: Any) -> Iterator[int]:
    """Follow the tokens of a workflow, and yield the number of jobs in each answer."""
    query = JobQuery(parameters).ordered()
    cursor: Cursor | None = Cursor.start(query)
    while cursor:
        listing = collect(source, query, cursor, Deadline(lambda: 1e9))
        yield len(listing.jobs)
        cursor = listing.cursor
        cursor = cursor and Cursor.from_token(cursor.to_token(), contract.inputs["nextToken"])


@pytest.mark.parametrize("parameters", [{}, {"maxResults": 1000}, {"maxResults": 5}])
@pytest.mark.parametrize(("answer", "message"), LOOPS)
def test_a_workflow_whose_tokens_never_end_ends_in_an_error(
    contract: QueryContract, answer: Any, message: str, parameters: dict[str, int]
) -> None:
    with pytest.raises(UnexpectedAnswerException) as raised:
        list(listings(Endless(answer), contract, **parameters))
    assert str(raised.value) in (message, NOTHING_NEW)


def test_empty_pages_before_the_next_job_are_not_a_loop(contract: QueryContract) -> None:
    empty = MAX_PAGES_WITHOUT_NEW_JOBS - 1

    def answer(token: str) -> tuple[list[Job], str | None]:
        pages = len(token)
        is_empty = pages % (empty + 1) < empty
        return [] if is_empty else [job(pages)], token + "x" if pages < 3 * empty else None

    assert sum(len(page.jobs) for page in read_pages(Endless(answer), {})) == 2
    assert sum(listings(Endless(answer), contract)) == 2
    assert sum(listings(Endless(answer), contract, maxResults=10)) == 2
    scan, found = scan_all(Endless(answer))
    assert (len(found), scan.complete) == (2, True)


def test_the_last_page_may_repeat_jobs() -> None:
    source = Endless(lambda token: (make_jobs(5), None if token else "x"))
    assert len(list(read_pages(source, {}))) == 2


def test_a_token_that_is_not_text_is_an_error() -> None:
    with pytest.raises(UnexpectedAnswerException) as raised:
        list(read_pages(Endless(lambda _: ([], 5)), {}))
    assert str(raised.value) == "Bedrock returned a nextToken that is not text. Try again later."


@pytest.mark.parametrize("before", [0, 1, 5, 30])
@pytest.mark.parametrize("length", [1, 2, 3, 7, 40])
def test_a_cycle_of_tokens_is_found_in_constant_memory(before: int, length: int) -> None:
    guard = LoopGuard()
    token: str | None = None
    tokens = itertools.chain(range(before), itertools.cycle(range(1000, 1000 + length)))
    checked = 0

    def check_all() -> None:
        nonlocal token, checked
        for number in tokens:
            page = Page({"modelCustomizationJobSummaries": [], "nextToken": str(number)})
            guard.check(token, page, has_new_jobs=True)
            token, checked = str(number), checked + 1

    with pytest.raises(UnexpectedAnswerException, match="twice"):
        check_all()
    assert checked <= 2 * max(before, length) + length


def test_tokens_that_never_repeat_are_no_loop() -> None:
    guard = LoopGuard()
    for number in range(5000):
        page = Page({"modelCustomizationJobSummaries": [], "nextToken": str(number + 1)})
        guard.check(str(number), page, has_new_jobs=True)
