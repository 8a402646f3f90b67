"""ListModelCustomizationJobs as Bedrock processes it: filter, sort, then cut one page.

It follows AWS's documentation. Three choices are not documented, and nothing may rely on them: the default
order (newest first), the default page size (100), and exclusive creation time bounds (see
`inclusive_bounds`).
"""

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from local.common.timestamps import parse_timestamp
from local.embedded_aws.constraints import RequestError, check
from local.simulated_jobs.job import Job

DEFAULT_PAGE_SIZE = 100
_Key = tuple[datetime, str]


def list_jobs(
    jobs: Iterable[Job], query: Mapping[str, str], *, inclusive_bounds: bool = False
) -> dict[str, Any]:
    """Return the page that a query string requests; raises RequestError if it is invalid.

    A token holds the creation time and the ARN of the last job of its page, not an offset, so new jobs
    neither shift a page nor repeat a job. Jobs with the same creation time are ordered by their ARNs.
    """
    check("ListModelCustomizationJobs", query)
    newest_first = query.get("sortOrder", "Descending") == "Descending"
    found = {_key(job): job for job in jobs if _matches(job, query, inclusive_bounds=inclusive_bounds)}
    keys = sorted(found, reverse=newest_first)
    if (token := query.get("nextToken")) is not None:
        last = _parse_token(token)
        keys = [key for key in keys if (key < last if newest_first else key > last)]
    size = int(query.get("maxResults", DEFAULT_PAGE_SIZE))
    response: dict[str, Any] = {
        "modelCustomizationJobSummaries": [found[key].summary() for key in keys[:size]]
    }
    if len(keys) > size:
        response["nextToken"] = _make_token(keys[size - 1])
    return response


def _key(job: Job) -> _Key:
    return (job.creation_time, job.job_arn)


def _matches(job: Job, query: Mapping[str, str], *, inclusive_bounds: bool) -> bool:
    return (
        query.get("statusEquals", job.status) == job.status
        and query.get("nameContains", "") in job.name
        and _created_within(job.creation_time, query, inclusive_bounds=inclusive_bounds)
    )


def _created_within(created: datetime, query: Mapping[str, str], *, inclusive_bounds: bool) -> bool:
    after, before = (
        parse_timestamp(query[name]) if name in query else None
        for name in ("creationTimeAfter", "creationTimeBefore")
    )
    if inclusive_bounds:
        return (after is None or after <= created) and (before is None or created <= before)
    return (after is None or after < created) and (before is None or created < before)


def _make_token(key: _Key) -> str:
    text = json.dumps([key[0].isoformat(), key[1]])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _parse_token(token: str) -> _Key:
    try:
        time, arn = json.loads(base64.urlsafe_b64decode(token))
        return (datetime.fromisoformat(time), str(arn))
    except (ValueError, TypeError) as error:
        raise RequestError("ValidationException", "The provided nextToken is invalid.") from error
