"""The OpenAPI 3.1 document, generated from botocore's model of the list operation and our own schemas."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from customization_jobs import __version__
from customization_jobs.entrypoints.http import JOBS_PATH, OPENAPI_PATH, OVERVIEW_PATH, TIMELINE_PATH
from customization_jobs.errors import (
    CustomizationJobsError,
    InternalServerException,
    MethodNotAllowedException,
    ResourceNotFoundException,
    WatchUnavailableException,
)
from customization_jobs.listing.inputs import Input
from customization_jobs.listing.query import QueryContract
from customization_jobs.reports.timeline import JOB_ARN
from openapi.errors import HTTP_ERRORS, error_components, error_responses
from openapi.schemas import SCHEMAS

if TYPE_CHECKING:
    from botocore.model import OperationModel

# The list and the overview have no identifier that could be unknown, and do not read the table.
_OF_TIMELINES = (ResourceNotFoundException, WatchUnavailableException)
# Bedrock's pattern of a name backtracks exponentially. This one matches the same names in linear time.
_LINEAR_PATTERNS = {r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*": r"[a-zA-Z0-9][a-zA-Z0-9+\-.]*"}
_SIGNATURE = "sigv4"
_JOBS, _API = "Jobs", "API"


def openapi_document(operation: "OperationModel") -> dict[str, Any]:
    """Return the document as JSON."""
    contract = QueryContract(operation)
    summaries: dict[str, Any] = {}
    page = _schema(operation.output_shape, summaries)
    list_errors = [error for error in HTTP_ERRORS if error not in _OF_TIMELINES]
    errors = error_components()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Model customization jobs",
            "version": __version__,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            "contact": {"name": "The operator of the stack"},
            "description": "Amazon Bedrock's ListModelCustomizationJobs in Bedrock's own wire format, an "
            "overview of all jobs, and the timeline of each. HEAD is answered as GET, without the body.",
        },
        # The function puts in the address of the stage that serves the document.
        "servers": [{"url": "/"}],
        "security": [{_SIGNATURE: []}],
        "tags": [
            {"name": _JOBS, "description": "Model customization jobs."},
            {"name": _API, "description": "The API itself."},
        ],
        "paths": {
            JOBS_PATH: _get(
                _JOBS,
                operation_id=operation.name,
                summary="List model customization jobs",
                description="One request is one call to Bedrock; nextToken is Bedrock's own.",
                parameters=[_parameter(each) for each in contract.inputs.values()],
                answer="One page of jobs",
                schema=page,
                errors=list_errors,
            ),
            TIMELINE_PATH: _get(
                _JOBS,
                operation_id="GetModelCustomizationJobTimeline",
                summary="Get a job's timeline",
                description="The transitions that the watch has recorded, if one is deployed.",
                parameters=[_job_identifier(contract)],
                answer="The last known state of the job, and its transitions",
                schema={"$ref": "#/components/schemas/Timeline"},
                errors=HTTP_ERRORS,
            ),
            OVERVIEW_PATH: _get(
                _JOBS,
                operation_id="GetOverview",
                summary="Get an overview of all jobs",
                description="Reads all jobs that the parameters select, as far as the time allows.",
                parameters=[_parameter(each) for each in contract.selecting().inputs.values()],
                answer="Counts, ages, and statistics of the last 30 days",
                schema={"$ref": "#/components/schemas/Overview"},
                errors=list_errors,
            ),
            OPENAPI_PATH: _get(
                _API,
                operation_id="GetOpenApiDocument",
                summary="Get this document",
                description="Its server is the stage that serves it.",
                answer="An OpenAPI 3.1 document",
                schema={"type": "object"},
                errors=[InternalServerException, MethodNotAllowedException],
            ),
        },
        "components": {
            "schemas": {**summaries, **SCHEMAS, **errors["schemas"]},
            "responses": errors["responses"],
            "securitySchemes": {
                _SIGNATURE: {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4 for the service execute-api.",
                    # By this, API Gateway and its clients recognize the signature.
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            },
        },
    }


def _get(
    tag: str,
    *,
    operation_id: str,
    summary: str,
    description: str,
    parameters: Sequence[dict[str, Any]] | None = None,
    answer: str,
    schema: dict[str, Any],
    errors: Iterable[type[CustomizationJobsError]] = (),
) -> dict[str, Any]:
    operation = {
        "operationId": operation_id,
        "tags": [tag],
        "summary": summary,
        "description": description,
        "parameters": parameters,
        "responses": {
            "200": {"description": answer, "content": {"application/json": {"schema": schema}}},
            **error_responses(errors),
        },
    }
    return {"get": {name: value for name, value in operation.items() if value is not None}}


def _parameter(known: Input) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer" if known.type == "integer" else "string"}
    if known.type == "timestamp":
        schema["format"] = "date-time"
    if known.enum:
        schema["enum"] = list(known.enum)
    bounds = ("minimum", "maximum") if known.type == "integer" else ("minLength", "maxLength")
    limits = zip(bounds, (known.minimum, known.maximum), strict=True)
    schema |= {bound: limit for bound, limit in limits if limit is not None}
    if known.pattern:
        schema["pattern"] = _pattern(known)
    return {"name": known.name, "in": "query", "schema": schema}


def _pattern(known: Input) -> str:
    pattern = str(known.pattern)
    return f"^(?:{_LINEAR_PATTERNS.get(pattern, pattern)})$"


def _job_identifier(contract: QueryContract) -> dict[str, Any]:
    name = contract.inputs["nameContains"]
    return {
        "name": "jobIdentifier",
        "in": "path",
        "required": True,
        "description": "The job's name, or its ARN, percent-encoded.",
        "schema": {
            "type": "string",
            "anyOf": [
                {"minLength": name.minimum, "maxLength": name.maximum, "pattern": _pattern(name)},
                {"pattern": f"^(?:{JOB_ARN.pattern})$"},
            ],
        },
    }


def _schema(shape: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a shape. It allows unknown fields and enum values, which pass through."""
    if shape.type_name == "list":
        return {"type": "array", "items": _schema(shape.member, schemas)}
    if shape.type_name == "structure":
        if shape.name not in schemas:
            schemas[shape.name] = {"type": "object"}
            schemas[shape.name] |= {
                "required": list(shape.required_members),
                "properties": {name: _schema(member, schemas) for name, member in shape.members.items()},
            }
        return {"$ref": f"#/components/schemas/{shape.name}"}
    if shape.type_name == "timestamp":
        return {"type": "string", "format": "date-time"}
    schema: dict[str, Any] = {"type": "string"}
    if shape.metadata.get("enum"):
        schema["examples"] = list(shape.metadata["enum"])
    return schema
