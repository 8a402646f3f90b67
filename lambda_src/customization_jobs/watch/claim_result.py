"""The outcome of trying to claim an observation."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias, TypeVar

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.record import JobRecord

_Result = TypeVar("_Result")


class ClaimResult(NamedTuple):
    """The outcome of trying to claim an observation.

    Attributes
    ----------
    record : JobRecord or None
        The record whose pending transitions the caller must publish; None if it has nothing to publish.
    recorded_only : int
        Number of transitions that were recorded without being published.
    busy : bool
        Whether other invocations held the claim, or changed the record, at every attempt.
    error : CustomizationJobsError or None
        Why the attempt failed.
    known : JobRecord or None
        What is known of an observed job, whether or not there is anything to publish.
    """

    record: JobRecord | None = None
    recorded_only: int = 0
    busy: bool = False
    error: CustomizationJobsError | None = None
    known: JobRecord | None = None


# Claims one observation, in any thread.
ClaimCalls: TypeAlias = Callable[[], ClaimResult]


def isolated_claim(job_arn: str, step: Callable[[], _Result]) -> _Result | ClaimResult:
    """Return the result of a step that concerns only one job, or its failure as a result."""
    result = isolated(f"the job {job_arn}", step)
    return ClaimResult(error=result) if isinstance(result, CustomizationJobsError) else result
