"""The answer as pydantic models, for the handlers that validate it."""

from datetime import datetime

from pydantic import BaseModel


class Stage(BaseModel):
    status: str | None = None
    creationTime: datetime | None = None
    lastModifiedTime: datetime | None = None


class StatusDetails(BaseModel):
    validationDetails: Stage | None = None
    dataProcessingDetails: Stage | None = None
    trainingDetails: Stage | None = None


class Summary(BaseModel):
    jobArn: str
    baseModelArn: str
    jobName: str
    status: str
    creationTime: datetime
    statusDetails: StatusDetails | None = None
    lastModifiedTime: datetime | None = None
    endTime: datetime | None = None
    customModelArn: str | None = None
    customModelName: str | None = None
    customizationType: str | None = None


class Jobs(BaseModel):
    modelCustomizationJobSummaries: list[Summary]
    nextToken: str | None = None
