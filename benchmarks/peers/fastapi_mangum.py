"""FastAPI behind Mangum, with boto3."""

from datetime import datetime
from typing import Annotated, Literal

import boto3
from fastapi import FastAPI, Query
from jobs_model import Jobs
from mangum import Mangum

app = FastAPI()
bedrock = boto3.client("bedrock")


@app.get("/model-customization-jobs", response_model_exclude_none=True)
def list_jobs(
    maxResults: Annotated[int | None, Query(ge=1, le=1000)] = None,
    nextToken: Annotated[str | None, Query(max_length=2048)] = None,
    statusEquals: Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"] | None = None,
    nameContains: Annotated[str | None, Query(min_length=1, max_length=63)] = None,
    creationTimeAfter: datetime | None = None,
    creationTimeBefore: datetime | None = None,
    sortBy: Literal["CreationTime"] | None = None,
    sortOrder: Literal["Ascending", "Descending"] | None = None,
) -> Jobs:
    given = {
        "maxResults": maxResults,
        "nextToken": nextToken,
        "statusEquals": statusEquals,
        "nameContains": nameContains,
        "creationTimeAfter": creationTimeAfter,
        "creationTimeBefore": creationTimeBefore,
        "sortBy": sortBy,
        "sortOrder": sortOrder,
    }
    query = {name: value for name, value in given.items() if value is not None}
    return Jobs.model_validate(bedrock.list_model_customization_jobs(**query))


handler = Mangum(app, lifespan="off")
