"""An observation: the state of a job as a sweep or one of Bedrock's events reported it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customization_jobs.errors import Problem, ValidationException
from customization_jobs.jobs import FAILED, Summary, phase_details
from customization_jobs.watch.failure import Failure, classify
from customization_jobs.watch.job import Job, phases_from, text_or_none
from customization_jobs.watch.transition import FoundBy


@dataclass(frozen=True, slots=True)
class Observation:
    """The state of a job at some time.

    Attributes
    ----------
    found_by : FoundBy
        A sweep reports the current state, an event the state when it was sent.
    failure : Failure or None
        Why the job failed, if the source says so.
    """

    job: Job
    found_by: FoundBy
    failure: Failure | None = None


def from_summary(summary: Summary) -> Observation:
    """Read a summary of the list operation."""
    phases = phases_from(summary.get("statusDetails"), phase_details)
    return Observation(Job.from_fields(summary, phases), FoundBy.SWEEP)


def from_event(event: Mapping[str, Any]) -> Observation:
    """Read one of Bedrock's state change events.

    Only the job's ARN and status are required. An event rejected for any other field would be a change that
    goes unnoticed until the next sweep.

    Raises
    ------
    ValidationException
        The event has no job ARN or no status.
    """
    given = event.get("detail")
    detail = given if isinstance(given, Mapping) else {}
    arn = text_or_none(detail.get("jobArn")) or _first_resource(event)
    status = text_or_none(detail.get("jobStatus"))
    if arn is None or status is None:
        required = {"detail.jobArn": arn, "detail.jobStatus": status}
        raise ValidationException.from_problems(
            [
                Problem(name, "nothing", "text, as in Bedrock's events")
                for name, value in required.items()
                if value is None
            ]
        )
    # Events name the custom model like GetModelCustomizationJob does, not like summaries do.
    fields = {
        **detail,
        "jobArn": arn,
        "status": status,
        "lastModifiedTime": detail.get("lastModifiedTime") or event.get("time"),
        "customModelArn": detail.get("outputModelArn"),
        "customModelName": detail.get("outputModelName"),
    }
    phases = phases_from(detail.get("statusDetails"), phase_details)
    message = text_or_none(detail.get("failureMessage"))
    failure = classify(message) if status == FAILED and message else None
    return Observation(Job.from_fields(fields, phases), FoundBy.EVENT, failure)


def _first_resource(event: Mapping[str, Any]) -> str | None:
    resources = event.get("resources")
    return text_or_none(resources[0]) if isinstance(resources, list) and resources else None
