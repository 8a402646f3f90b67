"""Powertools with `enable_validation`: pydantic validates the query and the answer."""

from datetime import datetime
from typing import Annotated, Literal

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.metrics import MetricUnit
from jobs_model import Jobs

logger = Logger(service="jobs")
tracer = Tracer(service="jobs")
metrics = Metrics(namespace="Jobs", service="jobs")
app = APIGatewayRestResolver(enable_validation=True)
bedrock = boto3.client("bedrock")


@app.get("/model-customization-jobs")
@tracer.capture_method(capture_response=False)
def list_jobs(
    maxResults: Annotated[int | None, Query(ge=1, le=1000)] = None,
    nextToken: Annotated[str | None, Query(max_length=2048)] = None,
    statusEquals: Annotated[
        Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"] | None, Query()
    ] = None,
    nameContains: Annotated[str | None, Query(min_length=1, max_length=63)] = None,
    creationTimeAfter: Annotated[datetime | None, Query()] = None,
    creationTimeBefore: Annotated[datetime | None, Query()] = None,
    sortBy: Annotated[Literal["CreationTime"] | None, Query()] = None,
    sortOrder: Annotated[Literal["Ascending", "Descending"] | None, Query()] = None,
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
    answer = bedrock.list_model_customization_jobs(**query)
    metrics.add_metric(name="Listings", unit=MetricUnit.Count, value=1)
    return Jobs.model_validate(answer)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event, context):
    logger.info("Listing jobs")
    return app.resolve(event, context)
