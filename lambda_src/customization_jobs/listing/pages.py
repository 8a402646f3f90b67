"""All pages of a query: as a stream, or collected into one answer of limited size and time."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from customization_jobs.aws.bedrock import JobSource, Page
from customization_jobs.errors import UnexpectedAnswerException
from customization_jobs.listing.cursor import Cursor
from customization_jobs.listing.delivered import ID_BYTES
from customization_jobs.listing.loops import LoopGuard
from customization_jobs.listing.query import JobQuery
from customization_jobs.listing.seen import PageKeys, SeenJobs
from customization_jobs.timeouts import Deadline

# Step Functions limits a state's data to 256 KiB, which includes the workflow's own data and Lambda's
# envelope. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
ANSWER_BYTES = 200 * 1024
# Reserved for the answer's other fields: keys, counts, and a token that contains Bedrock's of up to 2048.
_ENVELOPE_BYTES = 4 * 1024
# A job can add its id to the token, which is base64: four characters for three bytes.
_TOKEN_BYTES_PER_JOB = -(-ID_BYTES * 4 // 3)
# About as many typical summaries (1,079 bytes) as fit into an answer, so that few are read but not delivered.
_PAGE_SIZE = 200

StoppedBy = Literal["bytes", "deadline", "maxResults"]


@dataclass(frozen=True, slots=True)
class Listing:
    """The jobs that fit into one answer.

    Attributes
    ----------
    jobs : list
        Summaries as Bedrock sent them, in its order; a malformed one can be any JSON value.
    cursor : Cursor or None
        Where the remaining jobs begin; None if there are none.
    stopped_by : str or None
        Why the answer ends before the listing does; None if it does not.
    """

    jobs: list[Any]
    cursor: Cursor | None = None
    stopped_by: StoppedBy | None = None


def read_pages(source: JobSource, parameters: Mapping[str, Any]) -> Iterator[Page]:
    """Yield page after page, from `nextToken` to the end.

    Raises
    ------
    UnexpectedAnswerException
        The pages never end (`LoopGuard`).
    CustomizationJobsError
        As `Bedrock.list_page`.
    """
    query = dict(parameters)
    token = query.pop("nextToken", None)
    seen, loop_guard = SeenJobs(), LoopGuard()
    while True:
        page = source.list_page({**query, "nextToken": token} if token else query)
        yield page
        loop_guard.check(token, page, has_new_jobs=bool(seen.add(PageKeys.of(page.jobs))))
        if not page.next_token:
            return
        token = page.next_token


def collect(
    source: JobSource,
    query: JobQuery,
    cursor: Cursor,
    deadline: Deadline,
    *,
    answer_bytes: int = ANSWER_BYTES,
    form: Callable[[Any], Any] = lambda job: job,
) -> Listing:
    """Collect the jobs that fit into one answer. At least one page is read, whatever the deadline.

    A job is left out only if its id shows that it was delivered; nothing depends on the order of the jobs.
    Following the cursors to the end delivers each job that matched throughout exactly once, even when an
    answer ends in the middle of a page, or new jobs arrive meanwhile, which may or may not be delivered.

    If Bedrock's tokens are offsets, which is undocumented, two things cannot be prevented: jobs that stop
    matching meanwhile make a page omit others, and more than `REMEMBERED_JOBS` arrivals between two answers
    repeat some.

    Parameters
    ----------
    query : JobQuery
        In explicit order (`JobQuery.ordered`). With `maxResults`, at most that many jobs of one page.
    cursor : Cursor
        Where to begin. It is advanced in place, so it must not be reused.
    answer_bytes : int
        Maximum size of the answer as JSON.
    form : callable
        Returns the part of a job that the answer contains, whose size counts.

    Raises
    ------
    UnexpectedAnswerException
        A single summary is larger than an answer, or the pages never end, counted over all answers
        (`LoopGuard`).
    CustomizationJobsError
        As `Bedrock.list_page`.
    """
    delivered = cursor.delivered
    page_token = cursor.page_token
    jobs: list[Any] = []
    room = answer_bytes - _ENVELOPE_BYTES
    room -= _TOKEN_BYTES_PER_JOB * (len(delivered.ids) + len(delivered.unidentified))

    def stopped(by: StoppedBy) -> Listing:
        if by == "bytes" and not jobs:
            raise UnexpectedAnswerException("A single job is larger than the maximum answer.")
        return Listing(jobs, replace(cursor, page_token=page_token), by)

    while True:
        page = source.list_page(_page_parameters(query, page_token))
        has_new_jobs = False
        for job in page.jobs:
            if delivered.skip(job):
                continue
            room -= _size(form(job))
            if room < 0:
                return stopped("bytes")
            jobs.append(job)
            has_new_jobs = delivered.add(job) or has_new_jobs
        cursor.loop_guard.check(page_token, page, has_new_jobs=has_new_jobs)
        page_token = page.next_token
        if page_token is None:
            return Listing(jobs)
        delivered.turn_page()
        if "maxResults" in query.parameters:
            return stopped("maxResults")
        if deadline.has_passed():
            return stopped("deadline")


def _page_parameters(query: JobQuery, page_token: str | None) -> dict[str, Any]:
    token = {"nextToken": page_token} if page_token else {}
    return {"maxResults": _PAGE_SIZE, **query.parameters, **token}


def _size(job: object) -> int:
    # json.dumps writes spaces and \u escapes, so no other encoding of the job is longer.
    return len(json.dumps(job)) + len(", ") + _TOKEN_BYTES_PER_JOB
