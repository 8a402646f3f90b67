"""Bedrock's side of ListModelCustomizationJobs: filter, sort, then one page.

What AWS documents is followed. What it does not, is a choice made here, and nothing may rely on it: the
default order (newest first), the default page (100 jobs), and whether a job created at the very instant of a
bound counts (`inclusive_bounds`; by the words "after" and "before" it does not).
"""

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from local.constraints import RequestError, check, instant
from local.jobs import Job

DEFAULT_PAGE = 100
_Key = tuple[datetime, str]


def page(jobs: Iterable[Job], query: Mapping[str, str], *, inclusive_bounds: bool = False) -> dict[str, Any]:
    """Answer a request's query string.

    A token holds the creation time and the ARN of the last job of its page, not a count: jobs that arrive
    meanwhile neither shift a page nor repeat a job. Jobs of the same instant are ordered by their ARNs.

    Raises
    ------
    RequestError
        A ValidationException.
    """
    check("ListModelCustomizationJobs", query)
    newest_first = query.get("sortOrder", "Descending") == "Descending"
    found = {_key(job): job for job in jobs if _matches(job, query, inclusive_bounds=inclusive_bounds)}
    keys = sorted(found, reverse=newest_first)
    if (token := query.get("nextToken")) is not None:
        last = _read_token(token)
        keys = [key for key in keys if (key < last if newest_first else key > last)]
    size = int(query.get("maxResults", DEFAULT_PAGE))
    answer: dict[str, Any] = {"modelCustomizationJobSummaries": [found[key].summary() for key in keys[:size]]}
    if len(keys) > size:
        answer["nextToken"] = _write_token(keys[size - 1])
    return answer


def _key(job: Job) -> _Key:
    return (job.creation_time, job.job_arn)


def _matches(job: Job, query: Mapping[str, str], *, inclusive_bounds: bool) -> bool:
    after, before = query.get("creationTimeAfter"), query.get("creationTimeBefore")
    for earlier, later in (
        (after and instant(after), job.creation_time),
        (job.creation_time, before and instant(before)),
    ):
        if earlier and later and not (earlier < later or (inclusive_bounds and earlier == later)):
            return False
    return query.get("statusEquals", job.status) == job.status and query.get("nameContains", "") in job.name


def _write_token(key: _Key) -> str:
    text = json.dumps([key[0].isoformat(), key[1]])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read_token(token: str) -> _Key:
    try:
        time, arn = json.loads(base64.urlsafe_b64decode(token))
        return (datetime.fromisoformat(time), str(arn))
    except (ValueError, TypeError) as error:
        raise RequestError("ValidationException", "The provided nextToken is invalid.") from error
