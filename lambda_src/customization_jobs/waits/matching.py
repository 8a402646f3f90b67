"""Jobs of the list, and whether one that appeared later matches a query, without a list call."""

from collections.abc import Mapping
from typing import Any

from customization_jobs.errors import UnexpectedAnswerException
from customization_jobs.timestamps import parse_timestamp_or_none
from customization_jobs.watch.job import Job
from customization_jobs.watch.job_arn import account_of, region_of
from customization_jobs.watch.observation import from_summary

# The inputs of the list call that are applied here.
MATCHED_INPUTS = (
    *("statusEquals", "nameContains", "creationTimeAfter", "creationTimeBefore"),
    *("account", "region"),  # of a wait for jobs of the fleet
)


def listed_job(summary: Any) -> Job | None:
    """Read a job from Bedrock's list; None if it has no ARN or no status, so that nobody can wait for it."""
    try:
        return from_summary(summary).job
    except UnexpectedAnswerException:
        # The watch logs it.
        return None


def matches(job: Job, query: Mapping[str, Any]) -> bool:
    """Return whether a job matches a query.

    Bedrock does not document whether the time bounds are inclusive; here they are. A job without a creation
    time is within all bounds.
    """
    created = parse_timestamp_or_none(job.creation_time)
    after = parse_timestamp_or_none(query.get("creationTimeAfter"))
    before = parse_timestamp_or_none(query.get("creationTimeBefore"))
    return (
        query.get("statusEquals", job.status) == job.status
        and query.get("nameContains", "") in job.name
        and query.get("account") in (None, account_of(job.arn))
        and query.get("region") in (None, region_of(job.arn))
        and (created is None or after is None or after <= created)
        and (created is None or before is None or created <= before)
    )
