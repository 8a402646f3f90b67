"""The waiters (`waiters-2.json`)."""

from typing import Any

from customization_jobs.errors import ResourceNotFoundException
from customization_jobs.jobs import COMPLETED, FAILED, STOPPED, TERMINAL
from openapi.errors import HTTP_ERRORS

Acceptor = dict[str, Any]

_DELAY_SECONDS = 60
# Two days: fine-tuning can take more than one.
_MAX_ATTEMPTS = 2 * 24 * 60 * 60 // _DELAY_SECONDS
_TIMELINE = "GetModelCustomizationJobTimeline"
# All jobs were read, and each has a final status.
_ALL_ENDED = f"complete && sum([{', '.join(f'byStatus.{status}' for status in TERMINAL)}]) == jobs"
# The watch learns of a new job from its first event, or else from the next sweep.
_UNKNOWN_YET: Acceptor = {
    "matcher": "error",
    "expected": ResourceNotFoundException.__name__,
    "state": "retry",
}
# By status rather than by name, because API Gateway itself also answers with these statuses.
_PASSING = sorted({error.http_status for error in HTTP_ERRORS if error.retry_helps})


def waiters() -> dict[str, Any]:
    """Return the waiters.

    Errors that a retry may resolve do not end the wait. All others do, which is botocore's default.
    """
    all_ended: Acceptor = {"matcher": "path", "argument": _ALL_ENDED, "expected": True, "state": "success"}
    return {
        "version": 2,
        "waiters": {
            "JobsEnded": _waiter(
                "GetOverview",
                "Wait until all jobs that the filters select have completed, failed or stopped. Without such "
                "jobs, it ends at once.",
                all_ended,
            ),
            "JobEnded": _waiter(
                _TIMELINE,
                "Wait until a job has completed, failed or stopped. An unknown one is waited for.",
                *(_status(each, "success") for each in TERMINAL),
                _UNKNOWN_YET,
            ),
            "JobCompleted": _waiter(
                _TIMELINE,
                "Wait until a job has completed. Fails if it fails or stops. An unknown one is waited for.",
                _status(COMPLETED, "success"),
                *(_status(each, "failure") for each in (FAILED, STOPPED)),
                _UNKNOWN_YET,
            ),
        },
    }


def _waiter(operation: str, description: str, *acceptors: Acceptor) -> dict[str, Any]:
    passing = [{"matcher": "status", "expected": status, "state": "retry"} for status in _PASSING]
    return {
        "operation": operation,
        "description": description,
        "delay": _DELAY_SECONDS,
        "maxAttempts": _MAX_ATTEMPTS,
        "acceptors": [*acceptors, *passing],
    }


def _status(status: str, state: str) -> Acceptor:
    return {"matcher": "path", "argument": "job.status", "expected": status, "state": state}
