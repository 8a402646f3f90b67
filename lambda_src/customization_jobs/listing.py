"""Pages and budgets: everything that a query selects, in one stream or in answers that fit."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from customization_jobs.bedrock import JobPages, Page
from customization_jobs.cursor import Cursor, place_of
from customization_jobs.errors import UnexpectedAnswerException
from customization_jobs.query import JobQuery

# Step Functions' hard limit of a state is 256 KiB, the workflow's own data and Lambda's envelope included, so
# 200 KiB of answer leave them 56. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
ANSWER_BYTES = 200 * 1024
# What the answer holds beside its jobs: its own keys, the counts, and a token with Bedrock's of 2048 in it.
_ENVELOPE_BYTES = 4 * 1024
# What a job of the last instant adds to the token.
_MARK_BYTES = 26
# About as many typical summaries (1,079 bytes) as an answer holds, so that little is read and not delivered.
_PAGE_SIZE = 200

StoppedBy = Literal["bytes", "deadline", "maxResults"]


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one answer may hold, and how long it may take.

    Attributes
    ----------
    remaining_seconds : callable
        The time that is left.
    reserve_seconds : float
        No page is begun with no more time left than this, the first one excepted.
    answer_bytes : int
        The most bytes of an answer as JSON.
    """

    remaining_seconds: Callable[[], float]
    reserve_seconds: float
    answer_bytes: int = ANSWER_BYTES

    def is_out_of_time(self) -> bool:
        """Whether no more time is left than the reserve."""
        return self.remaining_seconds() <= self.reserve_seconds


@dataclass(frozen=True, slots=True)
class Listing:
    """What fitted.

    Attributes
    ----------
    jobs : list of dict
        Summaries as Bedrock sent them, in order.
    cursor : Cursor or None
        Where the rest begins; None when there is no rest.
    stopped_by : str or None
        Why there is a rest.
    """

    jobs: list[dict[str, Any]]
    cursor: Cursor | None = None
    stopped_by: StoppedBy | None = None


def pages(source: JobPages, parameters: Mapping[str, Any]) -> Iterator[Page]:
    """Read page after page, to the end.

    Parameters
    ----------
    source : JobPages
        Bedrock.
    parameters : mapping
        The query; `maxResults` is the size of a page, `nextToken` where to begin.

    Yields
    ------
    Page
        One at a time, none kept.

    Raises
    ------
    CustomizationJobsError
        As `JobPages.list_page`; and UnexpectedAnswerException when Bedrock sends one token twice, which would
        never end.
    """
    query = dict(parameters)
    token = query.pop("nextToken", None)
    while True:
        page = source.list_page({**query, "nextToken": token} if token else query)
        yield page
        if not page.next_token:
            return
        if page.next_token == token:
            raise UnexpectedAnswerException("Bedrock sent the same nextToken twice. Try again later.")
        token = page.next_token


def collect(source: JobPages, query: JobQuery, cursor: Cursor, budget: Budget) -> Listing:
    """Gather what fits into one answer.

    Parameters
    ----------
    source : JobPages
        Bedrock.
    query : JobQuery
        With its order made explicit (`JobQuery.ordered`). With `maxResults`: at most so many, of one page.
    cursor : Cursor
        Where to begin; it is used up.
    budget : Budget
        Bytes and time.

    Returns
    -------
    Listing
        Walking its cursors to the end delivers each job that matched throughout exactly once, also when the
        budget ends inside a page, and when new jobs arrive meanwhile: those may be delivered or not. While
        jobs stop matching, that holds if Bedrock's tokens name a place and not a number (undocumented).

    Raises
    ------
    CustomizationJobsError
        As `pages`; UnexpectedAnswerException also for a summary that is larger than a whole answer.
    """
    parameters = {"maxResults": _PAGE_SIZE, **query.parameters, "nextToken": cursor.page_token}
    position = cursor.position
    page_token = cursor.page_token
    jobs: list[dict[str, Any]] = []
    room = budget.answer_bytes - _ENVELOPE_BYTES - _MARK_BYTES * len(position.delivered)

    def stopped(by: StoppedBy) -> Listing:
        if by == "bytes" and not jobs:
            raise UnexpectedAnswerException("One job is larger than a whole answer may be.")
        return Listing(jobs, replace(cursor, page_token=page_token), by)

    for page in pages(source, parameters):
        for job in page.jobs:
            place = place_of(job)
            if position.has_passed(place):
                continue
            room -= _bytes(job)
            if room < 0:
                return stopped("bytes")
            jobs.append(job)
            position.advance(place)
        page_token = page.next_token
        if page_token and "maxResults" in query.parameters:
            return stopped("maxResults")
        if page_token and budget.is_out_of_time():
            return stopped("deadline")
    return Listing(jobs)


def _bytes(job: Mapping[str, Any]) -> int:
    # With spaces and \u escapes, which no other spelling exceeds, Lambda's Python runtime included.
    return len(json.dumps(job)) + len(", ") + _MARK_BYTES
