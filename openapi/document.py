"""The OpenAPI 3.1 document, generated from botocore's model of the list operation and our own schemas."""

from typing import TYPE_CHECKING, Any

from customization_jobs import __version__
from customization_jobs.entrypoints.documents import JWT_SCHEME
from customization_jobs.entrypoints.paths import (
    BOARD_PATH,
    JOBS_PATH,
    MCP_PATH,
    MODEL_PATH,
    OPENAPI_PATH,
    OVERVIEW_PATH,
    TIMELINE_PATH,
    TRENDS_PATH,
)
from customization_jobs.errors import (
    InternalServerException,
    MethodNotAllowedException,
    ResourceNotFoundException,
)
from customization_jobs.listing.fields import shape_names
from customization_jobs.listing.query import QueryContract
from customization_jobs.reports.overview import OverviewReport
from customization_jobs.reports.timeline import JOB_ARN, TimelineReport
from customization_jobs.reports.trends import TrendsReport
from openapi.answers import Answer
from openapi.board import board_path
from openapi.errors import HTTP_ERRORS, error_components
from openapi.mcp import MCP_SCHEMAS, post_message
from openapi.operations import JOBS_TAG, get, parameter, pattern, shape_schema
from openapi.schemas import SCHEMAS, ref

if TYPE_CHECKING:
    from botocore.model import OperationModel

_OF_DOCUMENTS = (InternalServerException, MethodNotAllowedException)
_SIGNATURE = "sigv4"
_API = "API"


def openapi_document(operation: "OperationModel") -> dict[str, Any]:
    """Return the document of the routes that every stack has, as JSON."""
    contract = QueryContract(operation)
    summaries: dict[str, Any] = {}
    page = shape_schema(operation.output_shape, summaries)
    # Lists, overviews and trends have no identifier that could be unknown.
    list_errors = [error for error in HTTP_ERRORS if error is not ResourceNotFoundException]
    errors = error_components()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Model customization jobs",
            "version": __version__,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            "contact": {"name": "The operator of the stack"},
            "description": "Amazon Bedrock's ListModelCustomizationJobs in Bedrock's own wire format, an "
            "overview of all jobs, trends of the last 90 days, and the timeline of each job. HEAD is "
            "answered as GET, without the body. Agents have tools at /mcp.",
        },
        # The function replaces the URL with that of the stage that serves the document.
        "servers": [{"url": "/"}],
        "security": [{_SIGNATURE: []}],
        "tags": [
            {"name": JOBS_TAG, "description": "Model customization jobs."},
            {"name": _API, "description": "The API itself."},
        ],
        "paths": {
            JOBS_PATH: get(
                JOBS_TAG,
                operation_id=operation.name,
                summary="List model customization jobs",
                description="Without filters and relative times, one request is one call to Bedrock, and "
                "nextToken is Bedrock's own.",
                parameters=[parameter(each) for each in contract.inputs.values()],
                answer=Answer(
                    "One page of jobs",
                    page,
                    row="job",
                    line="each job",
                    fields=tuple(shape_names(contract.summary)),
                    has_pages=True,
                    can_be_cached=True,
                ),
                errors=list_errors,
            ),
            TIMELINE_PATH: get(
                JOBS_TAG,
                operation_id="GetModelCustomizationJobTimeline",
                summary="Get a job's timeline",
                description="The transitions that the watch has recorded, if one is deployed.",
                parameters=[_job_identifier(contract)],
                answer=Answer(
                    "The last known state of the job, and its transitions",
                    ref("Timeline"),
                    row="transition",
                    line="each transition",
                    fields=TimelineReport.fields,
                ),
                errors=HTTP_ERRORS,
            ),
            OVERVIEW_PATH: get(
                JOBS_TAG,
                operation_id="GetOverview",
                summary="Get an overview of all jobs",
                description="Reads all jobs that the parameters select, as far as the time allows.",
                parameters=[parameter(each) for each in contract.selecting().inputs.values()],
                answer=Answer(
                    "Counts, ages, and statistics of the last 30 days",
                    ref("Overview"),
                    row="figure",
                    line="the whole overview",
                    fields=OverviewReport.fields,
                    is_dated=True,
                ),
                errors=list_errors,
            ),
            TRENDS_PATH: get(
                JOBS_TAG,
                operation_id="GetTrends",
                summary="Get the trends of the last 90 days",
                description="Reads all jobs that the parameters select, as far as the time allows.",
                parameters=[parameter(each) for each in contract.selecting().inputs.values()],
                answer=Answer(
                    "The jobs that ended: by week, how long they took, and why they failed",
                    ref("Trends"),
                    row="figure",
                    line="all trends",
                    fields=TrendsReport.fields,
                    is_dated=True,
                ),
                errors=list_errors,
            ),
            BOARD_PATH: board_path(_API, contract.inputs.values()),
            OPENAPI_PATH: get(
                _API,
                operation_id="GetOpenApiDocument",
                summary="Get this document",
                description="Its server is the stage that serves it.",
                answer=Answer("An OpenAPI 3.1 document", {"type": "object"}),
                errors=_OF_DOCUMENTS,
            ),
            MODEL_PATH: get(
                _API,
                operation_id="GetServiceModel",
                summary="Get the service model for AWS clients",
                description="With it, AWS CLI and boto3 have a client of this API: customization-jobs.",
                answer=Answer("A service model in the format of botocore", {"type": "object"}),
                errors=_OF_DOCUMENTS,
            ),
            MCP_PATH: post_message(_API),
        },
        "components": {
            "schemas": {**summaries, **SCHEMAS, **MCP_SCHEMAS, **errors["schemas"]},
            "responses": errors["responses"],
            "securitySchemes": {
                _SIGNATURE: {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4 for the service execute-api.",
                    # API Gateway and its clients recognize the signature by this extension.
                    "x-amazon-apigateway-authtype": "awsSigv4",
                },
                JWT_SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token of the identity provider, at the address for single sign-on.",
                },
            },
        },
    }


def _job_identifier(contract: QueryContract) -> dict[str, Any]:
    name = contract.inputs["nameContains"]
    return {
        "name": "jobIdentifier",
        "in": "path",
        "required": True,
        "description": "The job's name, or its ARN.",
        "schema": {
            "type": "string",
            # So that clients that do not read anyOf also refuse an empty identifier.
            "minLength": name.minimum,
            "anyOf": [
                {"minLength": name.minimum, "maxLength": name.maximum, "pattern": pattern(name)},
                {"pattern": f"^(?:{JOB_ARN.pattern})$"},
            ],
        },
    }
