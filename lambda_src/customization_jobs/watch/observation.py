"""What someone saw of a job at some moment: a sweep its summary, or an event its change of state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customization_jobs.errors import Problem, ValidationException
from customization_jobs.instants import instant
from customization_jobs.watch.failure import Failure, classify
from customization_jobs.watch.transition import Source

# The sub-tasks of a job, in their order, as they are called in `statusDetails` without "Details".
PHASES = ("validation", "dataProcessing", "training")


@dataclass(frozen=True, slots=True)
class Phase:
    """A sub-task of a job.

    Attributes
    ----------
    status : str
        NotStarted, InProgress, Completed, Stopping, Stopped, Failed, or what Bedrock will think of.
    started, modified : str or None
        As Bedrock sent them.
    """

    status: str
    started: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What is known of a job. Times are Bedrock's text, and None where it says nothing, or no time.

    Attributes
    ----------
    arn, name, status : str
        As Bedrock sent them; a status may be one that is not known yet.
    phases : mapping of str to Phase
        By the names in `PHASES`; empty where nothing is known of them, as in Bedrock's events.
    base_model_arn, customization_type, custom_model_arn, custom_model_name : str or None
        As Bedrock sent them.
    creation_time, last_modified_time, end_time : str or None
        ISO 8601.
    """

    arn: str
    name: str
    status: str
    phases: Mapping[str, Phase] = field(default_factory=dict)
    base_model_arn: str | None = None
    customization_type: str | None = None
    creation_time: str | None = None
    last_modified_time: str | None = None
    end_time: str | None = None
    custom_model_arn: str | None = None
    custom_model_name: str | None = None

    @property
    def phase(self) -> str | None:
        """The phase that the job is in: the last one that is neither over nor yet to come."""
        under_way = [
            name
            for name in PHASES
            if name in self.phases
            and self.phases[name].status not in ("NotStarted", "Completed", "Failed", "Stopped")
        ]
        return under_way[-1] if under_way else None

    @property
    def changed(self) -> str | None:
        """When the job last changed, as far as Bedrock says it."""
        return self.end_time or self.last_modified_time or self.creation_time

    def to_json(self) -> dict[str, Any]:
        """Write it in the manner of Bedrock's summaries, the phases as one flat object each; no None."""
        phases = {
            name: {
                key: value
                for key, value in (
                    ("status", phase.status),
                    ("creationTime", phase.started),
                    ("lastModifiedTime", phase.modified),
                )
                if value is not None
            }
            for name, phase in self.phases.items()
        }
        written = {
            "jobArn": self.arn,
            "jobName": self.name,
            "status": self.status,
            "phases": phases or None,
            "baseModelArn": self.base_model_arn,
            "customizationType": self.customization_type,
            "creationTime": self.creation_time,
            "lastModifiedTime": self.last_modified_time,
            "endTime": self.end_time,
            "customModelArn": self.custom_model_arn,
            "customModelName": self.custom_model_name,
        }
        return {key: value for key, value in written.items() if value is not None}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Job":
        """Read what `to_json` wrote."""
        return _job(written, _phases(written.get("phases"), ""))


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen.

    Attributes
    ----------
    job : Job
        The job as it was then.
    source : Source
        Who saw it. A sweep sees what is so now; an event says what was so when it was sent.
    failure : Failure or None
        Why the job failed, where the source says it.
    """

    job: Job
    source: Source
    failure: Failure | None = None


def from_summary(summary: Mapping[str, Any]) -> Observation:
    """Read one of the summaries of `ListModelCustomizationJobs`."""
    return Observation(_job(summary, _phases(summary.get("statusDetails"), "Details")), Source.SWEEP)


def from_event(event: Mapping[str, Any]) -> Observation:
    """Read Bedrock's event `Model Customization Job State Change`.

    Only the job's ARN and status have to be there: fields come and go, and an event that is dropped for one
    of the others would be a change that nobody hears of before the next sweep.

    Raises
    ------
    ValidationException
        It names no job, or no status.
    """
    detail = event.get("detail")
    detail = detail if isinstance(detail, Mapping) else {}
    resources = event.get("resources")
    arn = _text(detail.get("jobArn")) or _text(
        resources[0] if isinstance(resources, list) and resources else None
    )
    status = _text(detail.get("jobStatus"))
    missing = [
        name for name, value in (("detail.jobArn", arn), ("detail.jobStatus", status)) if value is None
    ]
    if arn is None or status is None:
        raise ValidationException.from_problems(
            [Problem(name, "nothing", "text, as Bedrock's events have it") for name in missing]
        )
    # An event names the model that comes out as GetModelCustomizationJob does, not as a summary does.
    told = {
        **detail,
        "jobArn": arn,
        "status": status,
        "lastModifiedTime": detail.get("lastModifiedTime") or event.get("time"),
        "customModelArn": detail.get("outputModelArn"),
        "customModelName": detail.get("outputModelName"),
    }
    message = _text(detail.get("failureMessage"))
    failure = classify(message) if status == "Failed" and message else None
    return Observation(_job(told, _phases(detail.get("statusDetails"), "Details")), Source.EVENT, failure)


def _job(told: Mapping[str, Any], phases: Mapping[str, Phase]) -> Job:
    return Job(
        arn=told["jobArn"],
        # The last part of an ARN names the job too, if nothing else does.
        name=_text(told.get("jobName")) or told["jobArn"].rsplit("/", 1)[-1],
        status=told["status"],
        phases=phases,
        base_model_arn=_text(told.get("baseModelArn")),
        customization_type=_text(told.get("customizationType")),
        creation_time=_time(told.get("creationTime")),
        last_modified_time=_time(told.get("lastModifiedTime")),
        end_time=_time(told.get("endTime")),
        custom_model_arn=_text(told.get("customModelArn")),
        custom_model_name=_text(told.get("customModelName")),
    )


def _phases(told: Any, ending: str) -> dict[str, Phase]:
    phases = {}
    for name in PHASES:
        phase = told.get(name + ending) if isinstance(told, Mapping) else None
        if isinstance(phase, Mapping) and (status := _text(phase.get("status"))):
            started, modified = _time(phase.get("creationTime")), _time(phase.get("lastModifiedTime"))
            phases[name] = Phase(status, started, modified)
    return phases


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(value: Any) -> str | None:
    try:
        instant(value)
    except (TypeError, ValueError):
        return None
    text: str = value
    return text


def later(one: str | None, other: str | None) -> str | None:
    """Return the later of two of Bedrock's times."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=instant)


def moment(text: str | None) -> datetime | None:
    """Read one of a job's times, which may not be there."""
    return None if text is None else instant(text)
