"""An observation: the state of a job as a sweep or one of Bedrock's events reported it."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from customization_jobs.errors import Problem, UnexpectedAnswerException, ValidationException
from customization_jobs.jobs import FAILED, Summary, phase_details
from customization_jobs.listing.inputs import shortened
from customization_jobs.watch.failure import Failure, classify
from customization_jobs.watch.job import Job, phases_from, text_or_none
from customization_jobs.watch.job_arn import account_of, is_job_arn, region_of
from customization_jobs.watch.transition import FoundBy

# AWS may add statuses.
_STATUS = re.compile(r"[!-~]{1,64}")


class Observation(NamedTuple):
    """The state of a job at some time.

    Attributes
    ----------
    found_by : FoundBy
        A sweep reports the current state, an event the state when it was sent.
    failure : Failure or None
        Why the job failed, if the source says so.
    tags : mapping of str to str or None
        The job's tags, if they have just been read. No source contains them.
    """

    job: Job
    found_by: FoundBy
    failure: Failure | None = None
    tags: Mapping[str, str] | None = None


def from_summary(summary: Summary) -> Observation:
    """Read a summary of the list operation, ignoring malformed fields that are not required.

    Raises
    ------
    UnexpectedAnswerException
        The summary is not an object, or has no job ARN or no status.
    """
    fields: Mapping[str, Any] = summary if isinstance(summary, Mapping) else {}
    problems = _required(jobArn=fields.get("jobArn"), status=fields.get("status"))
    if problems:
        named = shortened(fields.get("jobArn") or fields.get("jobName") or summary)
        raise UnexpectedAnswerException(
            f"Bedrock listed a job that cannot be watched, {named}: {'; '.join(map(str, problems))}"
        )
    phases = phases_from(fields.get("statusDetails"), phase_details)
    return Observation(Job.from_fields(fields, phases), FoundBy.SWEEP)


def from_event(event: Mapping[str, Any], region: str, account: str | None = None) -> Observation:
    """Read one of Bedrock's state change events.

    Only the job's ARN and status are required. An event rejected for any other field would be a change that
    goes unnoticed until the next sweep.

    Raises
    ------
    ValidationException
        The event has no job ARN or no status, comes from another region, or is about a job of another account
        than the given one.
    """
    given = event.get("detail")
    detail = given if isinstance(given, Mapping) else {}
    arn = detail.get("jobArn") or _first_resource(event)
    status = detail.get("jobStatus")
    problems = _required(**{"detail.jobArn": arn, "detail.jobStatus": status})
    problems = problems or _foreign(event.get("region"), region_of(arn), region)
    problems = problems or _of_another_source(account_of(arn), region_of(arn), account, region)
    if problems:
        raise ValidationException.from_problems(problems)
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


def _first_resource(event: Mapping[str, Any]) -> object:
    resources = event.get("resources")
    return resources[0] if isinstance(resources, list) and resources else None


def _foreign(event_region: object, job_region: str | None, region: str) -> list[Problem]:
    """Return what is wrong with the regions of an event and its job; either may be absent."""
    allowed = f"{region}, the region whose jobs are watched"
    foreign = [each for each in (event_region, job_region) if each not in (None, region)]
    return [Problem("region", shortened(each), allowed) for each in foreign[:1]]


def _of_another_source(
    job_account: str | None, job_region: str | None, account: str | None, region: str
) -> list[Problem]:
    """Return what is wrong with the source of an event's job, if the event's own account is given."""
    if account is None or (job_account, job_region) == (account, region):
        return []
    found = f"{job_account}/{job_region}"
    return [Problem("job", shortened(found), f"a job of {account}/{region}, the source of the event")]


def _required(**fields: object) -> list[Problem]:
    """Return what is wrong with the ARN and the status of a job, given in this order by their names."""
    (arn_field, arn), (status_field, status) = fields.items()
    problems = []
    if not is_job_arn(arn):
        problems.append(Problem(arn_field, shortened(arn), "the ARN of a model customization job"))
    if not isinstance(status, str) or not _STATUS.fullmatch(status):
        problems.append(Problem(status_field, shortened(status), "a status, such as InProgress"))
    return problems
