"""The answer to a waiter, once all its jobs have ended or it has expired. A pure function."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from customization_jobs.jobs import FAILED, STOPPED
from customization_jobs.timestamps import format_timestamp
from customization_jobs.waits.waiter import Waiter

# The errors with which a wait fails. Workflows match them in `Catch`.
ERROR_OF_STATUS = {FAILED: "JobsFailed", STOPPED: "JobsStopped"}
NO_SUCH_JOBS = "NoSuchJobs"
WAIT_EXPIRED = "WaitExpired"


class Success(NamedTuple):
    """The wait succeeds.

    Attributes
    ----------
    output : mapping
        `counts` by status, `endedBadly`, the first 20 jobs that failed or were stopped, and for the fleet
        `coverage`, as of the registration.
    """

    output: Mapping[str, Any]


class Failure(NamedTuple):
    """The wait fails with a named error."""

    error: str
    cause: str


def result_of(waiter: Waiter, statuses: Iterable[str], now: datetime) -> Success | Failure | None:
    """Return the answer; None if the waiter has to wait longer.

    Parameters
    ----------
    statuses : iterable of str
        The statuses that `counts` contains even if they are 0.
    """
    if waiter.pending or waiter.total < waiter.at_least:
        return _expired(waiter) if now >= waiter.expires_at else None
    for status in (FAILED, STOPPED):
        if status in waiter.fail_on and waiter.ended.get(status):
            return Failure(ERROR_OF_STATUS[status], _cause(waiter, status) + _coverage(waiter))
    counts = {**dict.fromkeys(statuses, 0), **waiter.ended}
    coverage = {"coverage": dict(waiter.coverage)} if waiter.coverage else {}
    return Success({"counts": counts, "endedBadly": list(waiter.ended_badly), **coverage})


def _expired(waiter: Waiter) -> Failure:
    when = format_timestamp(waiter.expires_at)
    if waiter.total < waiter.at_least:
        cause = f"Jobs that matched the query until {when}: {waiter.total}; atLeast is {waiter.at_least}."
        return Failure(NO_SUCH_JOBS, cause + _coverage(waiter))
    cause = f"Jobs that had not ended when the wait expired at {when}: {len(waiter.pending)}."
    return Failure(WAIT_EXPIRED, cause + _coverage(waiter))


def _cause(waiter: Waiter, status: str) -> str:
    count = waiter.ended[status]
    jobs = [each for each in waiter.ended_badly if each["status"] == status]
    others = count - len(jobs)
    described = "; ".join(map(_described, jobs)) + (f"; and {others} more" if jobs and others else "")
    sentence = f"All jobs have ended, {count} of them with the status {status}"
    return f"{sentence}: {described}." if described else f"{sentence}."


def _coverage(waiter: Waiter) -> str:
    """Return a sentence about the coverage of a wait for the fleet."""
    if not waiter.coverage:
        return ""
    sources, listed = waiter.coverage["sources"], waiter.coverage["byState"]["listed"]
    sentence = f" When the wait began, {listed} of {sources} selected sources of the fleet were listed"
    gaps = [f"{each['account']}/{each['region']} ({each['state']})" for each in waiter.coverage["gaps"]]
    if waiter.coverage["moreGaps"]:
        gaps.append(f"and {waiter.coverage['moreGaps']} more")
    return f"{sentence}; not listed: {', '.join(gaps)}." if gaps else f"{sentence}."


def _described(job: Mapping[str, Any]) -> str:
    failure = job.get("failure")
    if not failure:
        return str(job["jobName"])
    message = failure.get("message") or "no reason is known"
    return f"{job['jobName']} ({failure['category']}: {message})"
