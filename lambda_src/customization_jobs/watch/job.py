"""The state of a job, as the watch knows it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from customization_jobs.errors import encodable
from customization_jobs.jobs import NOT_STARTED, PHASES, TERMINAL, Summary, last_change
from customization_jobs.timestamps import parse_timestamp_or_none
from customization_jobs.watch.job_arn import job_key


class Phase(NamedTuple):
    """The state of a phase. Times are Bedrock's text; None if absent or malformed."""

    status: str
    started: str | None = None
    modified: str | None = None

    def to_json(self) -> dict[str, str]:
        """Return the fields that are known, by the names of Bedrock's summaries."""
        fields = (
            ("status", self.status),
            ("creationTime", self.started),
            ("lastModifiedTime", self.modified),
        )
        return {name: value for name, value in fields if value is not None}


class Job(NamedTuple):
    """The state of a job. Times are Bedrock's text; None if absent or malformed.

    Attributes
    ----------
    phases : mapping of str to Phase
        By the names in `jobs.PHASES`; empty if unknown, as in Bedrock's events.
    """

    arn: str
    name: str
    status: str
    phases: Mapping[str, Phase] = {}
    base_model_arn: str | None = None
    customization_type: str | None = None
    creation_time: str | None = None
    last_modified_time: str | None = None
    end_time: str | None = None
    custom_model_arn: str | None = None
    custom_model_name: str | None = None

    @property
    def key(self) -> str:
        """What identifies the job, in whichever form its ARN comes."""
        return job_key(self.arn)

    @property
    def current_phase(self) -> str | None:
        """The last phase that has started and not ended."""
        not_current = (NOT_STARTED, *TERMINAL)
        current = [
            name for name in PHASES if name in self.phases and self.phases[name].status not in not_current
        ]
        return current[-1] if current else None

    @property
    def last_change(self) -> str | None:
        """When the job last changed, as far as Bedrock says."""
        changed: str | None = last_change(self.end_time, self.last_modified_time, self.creation_time)
        return changed

    def to_json(self) -> dict[str, Any]:
        """Return the fields that are known, by the names of Bedrock's summaries, with flat `phases`."""
        fields = {
            "jobArn": self.arn,
            "jobName": self.name,
            "status": self.status,
            "phases": {name: phase.to_json() for name, phase in self.phases.items()} or None,
            "baseModelArn": self.base_model_arn,
            "customizationType": self.customization_type,
            "creationTime": self.creation_time,
            "lastModifiedTime": self.last_modified_time,
            "endTime": self.end_time,
            "customModelArn": self.custom_model_arn,
            "customModelName": self.custom_model_name,
        }
        return {name: value for name, value in fields.items() if value is not None}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Job":
        """Read what `to_json` returned."""
        return cls.from_fields(written, phases_from(written.get("phases"), str))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any], phases: Mapping[str, Phase]) -> "Job":
        """Read a job from fields named as in Bedrock's summaries, ignoring malformed optional ones."""
        return cls(
            arn=fields["jobArn"],
            # Without a name, the last part of the ARN identifies the job.
            name=text_or_none(fields.get("jobName")) or fields["jobArn"].rpartition("/")[2],
            status=fields["status"],
            phases=phases,
            base_model_arn=text_or_none(fields.get("baseModelArn")),
            customization_type=text_or_none(fields.get("customizationType")),
            creation_time=_time_or_none(fields.get("creationTime")),
            last_modified_time=_time_or_none(fields.get("lastModifiedTime")),
            end_time=_time_or_none(fields.get("endTime")),
            custom_model_arn=text_or_none(fields.get("customModelArn")),
            custom_model_name=text_or_none(fields.get("customModelName")),
        )


def ended_at(job: Summary) -> datetime | None:
    """Return when a listed job ended; None if it has not, or Bedrock does not say.

    Only the status and the times are read, because a sweep calls this for every job. The rest may be
    malformed.
    """
    if not isinstance(job, Mapping) or job.get("status") not in TERMINAL:
        return None
    return (
        parse_timestamp_or_none(job.get("endTime"))
        or parse_timestamp_or_none(job.get("lastModifiedTime"))
        or parse_timestamp_or_none(job.get("creationTime"))
    )


def phases_from(fields: object, field_name: Callable[[str], str]) -> dict[str, Phase]:
    """Read the phases that have a status. `field_name` returns the field of a phase."""
    phases = {}
    for name in PHASES:
        phase = fields.get(field_name(name)) if isinstance(fields, Mapping) else None
        if isinstance(phase, Mapping) and (status := text_or_none(phase.get("status"))):
            phases[name] = Phase(
                status, _time_or_none(phase.get("creationTime")), _time_or_none(phase.get("lastModifiedTime"))
            )
    return phases


def text_or_none(value: object) -> str | None:
    """Return a value, in a form that can be stored and sent, if it is text and not empty."""
    return encodable(value) if isinstance(value, str) and value else None


def _time_or_none(value: Any) -> str | None:
    return value if parse_timestamp_or_none(value) else None
