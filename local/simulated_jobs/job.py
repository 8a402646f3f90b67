"""A model customization job, and its JSON in Bedrock's responses."""

import string
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from local.common.timestamps import format_timestamp

PHASES = ("validationDetails", "dataProcessingDetails", "trainingDetails")
END_STATUSES = ("Completed", "Failed", "Stopped")
_SAME_IN_DETAIL = (
    "jobArn",
    "baseModelArn",
    "jobName",
    "status",
    "statusDetails",
    "lastModifiedTime",
    "creationTime",
    "endTime",
    "customizationType",
)


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a job; its times are None until it starts."""

    status: str
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None

    def to_json(self) -> dict[str, str]:
        """Return the phase as Bedrock's `statusDetails` hold it."""
        times = {"creationTime": self.creation_time, "lastModifiedTime": self.last_modified_time}
        return {"status": self.status} | {
            name: format_timestamp(time) for name, time in times.items() if time
        }


def first_phases(start: datetime) -> tuple[Phase, ...]:
    """Return the phases of a job that has just been created."""
    return (Phase("InProgress", start, start), *(Phase("NotStarted") for _ in PHASES[1:]))


def new_identifier(random: Random) -> str:
    """Return the last part of a job's ARN: twelve lower-case letters and digits."""
    return "".join(random.choices(string.ascii_lowercase + string.digits, k=12))


@dataclass(slots=True)
class Job:
    """A job.

    Attributes
    ----------
    identifier : str
        The last part of its ARN, see `new_identifier`.
    base_model_id : str
        The foundation model, such as `amazon.nova-lite-v1:0:300k`; part of the job's ARN.
    parent_model : str or None
        The identifier of the custom model that the job starts from, if it does not start from
        `base_model_id` itself.
    phases : tuple of Phase
        In the order of `PHASES`; empty for imported models, for which Bedrock reports no phases.
    end_time : datetime or None
        None until the job ends.
    request : dict
        Fields of the request that created the job, which GetModelCustomizationJob returns.
    tags : dict of str to str
        The job's tags.
    """

    name: str
    identifier: str
    region: str
    account: str
    base_model_id: str
    customization_type: str
    status: str
    creation_time: datetime
    last_modified_time: datetime
    end_time: datetime | None
    custom_model_name: str
    parent_model: str | None = None
    phases: tuple[Phase, ...] = ()
    failure_message: str | None = None
    request: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def job_arn(self) -> str:
        """The ARN. moto's tagging expects this attribute name."""
        return self._arn(self.account, f"model-customization-job/{self.base_model_id}/{self.identifier}")

    @property
    def base_model_arn(self) -> str:
        """The ARN of the foundation model or custom model that the job starts from."""
        if self.parent_model:
            return self._arn(self.account, f"custom-model/{self.base_model_id}/{self.parent_model}")
        return self._arn("", f"foundation-model/{self.base_model_id}")

    @property
    def custom_model_arn(self) -> str | None:
        """The ARN of the resulting model; None unless the job completed."""
        if self.status != "Completed":
            return None
        family = "imported" if self.customization_type == "IMPORTED" else self.base_model_id
        return self._arn(self.account, f"custom-model/{family}/{self.identifier}")

    def _arn(self, account: str, resource: str) -> str:
        return f"arn:aws:bedrock:{self.region}:{account}:{resource}"

    def summary(self) -> dict[str, Any]:
        """Return the job as ListModelCustomizationJobs does: missing values are absent, not null."""
        model_arn = self.custom_model_arn
        return _present(
            {
                "jobArn": self.job_arn,
                "baseModelArn": self.base_model_arn,
                "jobName": self.name,
                "status": self.status,
                "statusDetails": {
                    name: phase.to_json() for name, phase in zip(PHASES, self.phases, strict=False)
                },
                "lastModifiedTime": format_timestamp(self.last_modified_time),
                "creationTime": format_timestamp(self.creation_time),
                "endTime": format_timestamp(self.end_time) if self.end_time else None,
                "customModelArn": model_arn,
                "customModelName": self.custom_model_name if model_arn else None,
                "customizationType": self.customization_type,
            }
        )

    def detail(self) -> dict[str, Any]:
        """Return the job as GetModelCustomizationJob does."""
        summary = self.summary()
        bucket = f"s3://{self.account}-customization/{self.name}"
        return (
            {name: summary[name] for name in _SAME_IN_DETAIL if name in summary}
            | _present(
                {
                    "outputModelName": self.custom_model_name,
                    "outputModelArn": self.custom_model_arn,
                    "failureMessage": self.failure_message,
                }
            )
            | {
                "roleArn": f"arn:aws:iam::{self.account}:role/model-customization",
                "trainingDataConfig": {"s3Uri": f"{bucket}/train.jsonl"},
                "validationDataConfig": {"validators": []},
                "outputDataConfig": {"s3Uri": f"{bucket}/output"},
            }
            | self.request
        )


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
