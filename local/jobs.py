"""A model customization job as Bedrock keeps it, and the JSON in which Bedrock tells of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

PHASES = ("validationDetails", "dataProcessingDetails", "trainingDetails")


def wire_time(moment: datetime) -> str:
    """Write an instant as Bedrock does: ISO 8601, UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Phase:
    """One sub-task of a job: validation, data processing or training.

    Attributes
    ----------
    status : str
        InProgress, Completed, Stopping, Stopped, Failed or NotStarted.
    creation_time, last_modified_time : datetime or None
        None until the phase starts.
    """

    status: str
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None

    def wire(self) -> dict[str, str]:
        """Return the phase as JSON."""
        times = {"creationTime": self.creation_time, "lastModifiedTime": self.last_modified_time}
        return {"status": self.status} | {name: wire_time(time) for name, time in times.items() if time}


@dataclass(slots=True)
class Job:
    """A job. `identifier` is the end of its ARN, twelve lower-case letters and digits.

    Attributes
    ----------
    base_model_id : str
        The foundation model, such as `amazon.nova-lite-v1:0:300k`; part of the job's ARN.
    parent_model : str or None
        The identifier of the custom model that the job starts from, where it is not the foundation model.
    phases : tuple of Phase
        In the order of `PHASES`; empty where Bedrock tells none (imported models).
    end_time : datetime or None
        None until the job ends.
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

    @property
    def job_arn(self) -> str:
        """The ARN; moto's tagging reads it by this name."""
        return self._arn(self.account, f"model-customization-job/{self.base_model_id}/{self.identifier}")

    @property
    def base_model_arn(self) -> str:
        """The ARN of the foundation model, or of the custom model that the job starts from."""
        if self.parent_model:
            return self._arn(self.account, f"custom-model/{self.base_model_id}/{self.parent_model}")
        return self._arn("", f"foundation-model/{self.base_model_id}")

    @property
    def custom_model_arn(self) -> str | None:
        """The ARN of the model that the job made; None until it has made one."""
        if self.status != "Completed":
            return None
        family = "imported" if self.customization_type == "IMPORTED" else self.base_model_id
        return self._arn(self.account, f"custom-model/{family}/{self.identifier}")

    def _arn(self, account: str, resource: str) -> str:
        return f"arn:aws:bedrock:{self.region}:{account}:{resource}"

    def summary(self) -> dict[str, Any]:
        """Return the job as ListModelCustomizationJobs tells it: what does not exist is absent, not null."""
        model_arn = self.custom_model_arn
        return _present(
            {
                "jobArn": self.job_arn,
                "baseModelArn": self.base_model_arn,
                "jobName": self.name,
                "status": self.status,
                "statusDetails": {
                    name: phase.wire() for name, phase in zip(PHASES, self.phases, strict=False)
                },
                "lastModifiedTime": wire_time(self.last_modified_time),
                "creationTime": wire_time(self.creation_time),
                "endTime": wire_time(self.end_time) if self.end_time else None,
                "customModelArn": model_arn,
                "customModelName": self.custom_model_name if model_arn else None,
                "customizationType": self.customization_type,
            }
        )

    def detail(self) -> dict[str, Any]:
        """Return the job as GetModelCustomizationJob tells it."""
        same = (
            "jobArn",
            "baseModelArn",
            "jobName",
            "status",
            "statusDetails",
            "lastModifiedTime",
            "creationTime",
        )
        summary = self.summary()
        bucket = f"s3://{self.account}-customization/{self.name}"
        return (
            {name: summary[name] for name in (*same, "endTime", "customizationType") if name in summary}
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
