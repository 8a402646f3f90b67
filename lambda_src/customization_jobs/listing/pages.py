"""All pages of a query: as a stream, or collected into one answer of limited size and time."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from customization_jobs.aws.bedrock import JobSource, Page
from customization_jobs.errors import UnexpectedAnswerException
from customization_jobs.listing.cursor import Cursor
from customization_jobs.listing.position import place_of
from customization_jobs.listing.query import JobQuery
from customization_jobs.timeouts import Deadline

# Step Functions limits a state's data to 256 KiB, which includes the workflow's own data and Lambda's
# envelope. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
ANSWER_BYTES = 200 * 1024
# Reserved for the answer's other fields: keys, counts, and a token that contains Bedrock's of up to 2048.
_ENVELOPE_BYTES = 4 * 1024
# A job can add its id to the token.
_TOKEN_BYTES_PER_JOB = 26
# About as many typical summaries (1,079 bytes) as fit into an answer, so that few are read but not delivered.
_PAGE_SIZE = 200

StoppedBy = Literal["bytes", "deadline", "maxResults"]


@dataclass(frozen=True, slots=True)
class Listing:
    """The jobs that fit into one answer.

    Attributes
    ----------
    jobs : list of dict
        Summaries as Bedrock sent them, in order.
    cursor : Cursor or None
        Where the remaining jobs begin; None if there are none.
    stopped_by : str or None
        Why the answer ends before the listing does; None if it does not.
    """

    jobs: list[dict[str, Any]]
    cursor: Cursor | None = None
    stopped_by: StoppedBy | None = None


def read_pages(source: JobSource, parameters: Mapping[str, Any]) -> Iterator[Page]:
    """Yield page after page, from `nextToken` to the end.

    Raises
    ------
    UnexpectedAnswerException
        Bedrock returned the same token twice, which would never end.
    CustomizationJobsError
        As `Bedrock.list_page`.
    """
    query = dict(parameters)
    token = query.pop("nextToken", None)
    while True:
        page = source.list_page({**query, "nextToken": token} if token else query)
        yield page
        if not page.next_token:
            return
        check_progress(token, page)
        token = page.next_token


def check_progress(token: str | None, page: Page) -> None:
    """Raise UnexpectedAnswerException if the page that `token` requested points to itself."""
    if page.next_token and page.next_token == token:
        raise UnexpectedAnswerException("Bedrock returned the same nextToken twice. Try again later.")


def collect(
    source: JobSource,
    query: JobQuery,
    cursor: Cursor,
    deadline: Deadline,
    *,
    answer_bytes: int = ANSWER_BYTES,
) -> Listing:
    """Collect the jobs that fit into one answer. At least one page is read, whatever the deadline.

    Following the cursors to the end delivers each job that matched throughout exactly once, even when an
    answer ends in the middle of a page, or new jobs arrive meanwhile; those may or may not be delivered. If
    jobs stop matching meanwhile, this requires that Bedrock's tokens identify a place rather than an offset,
    which is undocumented.

    Parameters
    ----------
    query : JobQuery
        In explicit order (`JobQuery.ordered`). With `maxResults`, at most that many jobs of one page.
    cursor : Cursor
        Where to begin. It is advanced in place, so it must not be reused.
    answer_bytes : int
        Maximum size of the answer as JSON.

    Raises
    ------
    UnexpectedAnswerException
        A single summary is larger than an answer.
    CustomizationJobsError
        As `read_pages`.
    """
    position = cursor.position
    page_token = cursor.page_token
    jobs: list[dict[str, Any]] = []
    room = answer_bytes - _ENVELOPE_BYTES - _TOKEN_BYTES_PER_JOB * len(position.delivered)

    def stopped(by: StoppedBy) -> Listing:
        if by == "bytes" and not jobs:
            raise UnexpectedAnswerException("A single job is larger than the maximum answer.")
        return Listing(jobs, replace(cursor, page_token=page_token), by)

    for page in read_pages(source, {"maxResults": _PAGE_SIZE, **query.parameters, "nextToken": page_token}):
        for job in page.jobs:
            place = place_of(job)
            if position.has_passed(place):
                continue
            room -= _size(job)
            if room < 0:
                return stopped("bytes")
            jobs.append(job)
            position.advance(place)
        page_token = page.next_token
        if page_token and "maxResults" in query.parameters:
            return stopped("maxResults")
        if page_token and deadline.has_passed():
            return stopped("deadline")
    return Listing(jobs)


def _size(job: Mapping[str, Any]) -> int:
    # json.dumps writes spaces and \u escapes, so no other encoding of the job is longer.
    return len(json.dumps(job)) + len(", ") + _TOKEN_BYTES_PER_JOB
