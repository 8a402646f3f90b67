"""The OpenAPI 3.1 document, generated from botocore's model of the list operation and our own schemas."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from customization_jobs import __version__
from customization_jobs.entrypoints.http import JOBS_PATH, OPENAPI_PATH, OVERVIEW_PATH, TIMELINE_PATH
from customization_jobs.errors import (
    ERRORS,
    CustomizationJobsError,
    MethodNotAllowedException,
    ResourceNotFoundException,
    UnknownEventException,
    WatchUnavailableException,
)
from customization_jobs.listing.inputs import Input
from customization_jobs.listing.query import QueryContract
from customization_jobs.reports.timeline import JOB_ARN
from openapi.schemas import SCHEMAS

if TYPE_CHECKING:
    from botocore.model import OperationModel

_HTTP_ERRORS = [error for error in ERRORS if error is not UnknownEventException]
# The list and the overview have no identifier that could be unknown, and do not read the table.
_OF_TIMELINES = (ResourceNotFoundException, WatchUnavailableException)


def openapi_document(operation: "OperationModel") -> dict[str, Any]:
    """Return the document as JSON."""
    contract = QueryContract(operation)
    summaries: dict[str, Any] = {}
    page = _schema(operation.output_shape, summaries)
    timeline_errors = [error for error in _HTTP_ERRORS if error is not MethodNotAllowedException]
    list_errors = [error for error in timeline_errors if error not in _OF_TIMELINES]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Model customization jobs",
            "version": __version__,
            "description": "Amazon Bedrock's ListModelCustomizationJobs in Bedrock's own wire format, an "
            "overview of all jobs, and the timeline of each. "
            "Requests are signed with AWS Signature Version 4.",
        },
        "paths": {
            JOBS_PATH: _get(
                operation_id=operation.name,
                summary="List model customization jobs",
                description="One request is one call to Bedrock; nextToken is Bedrock's own.",
                parameters=[_parameter(each) for each in contract.inputs.values()],
                answer="One page of jobs",
                schema=page,
                errors=list_errors,
            ),
            TIMELINE_PATH: _get(
                operation_id="GetModelCustomizationJobTimeline",
                summary="Get a job's timeline",
                description="The transitions that the watch has recorded, if one is deployed.",
                parameters=[_job_identifier(contract)],
                answer="The last known state of the job, and its transitions",
                schema={"$ref": "#/components/schemas/Timeline"},
                errors=timeline_errors,
            ),
            OVERVIEW_PATH: _get(
                operation_id="GetOverview",
                summary="Get an overview of all jobs",
                description="Reads all jobs that the parameters select, as far as the time allows.",
                parameters=[_parameter(each) for each in contract.selecting().inputs.values()],
                answer="Counts, ages, and statistics of the last 30 days",
                schema={"$ref": "#/components/schemas/Overview"},
                errors=list_errors,
            ),
            OPENAPI_PATH: _get(
                operation_id="GetOpenApiDocument",
                summary="Get this document",
                answer="An OpenAPI 3.1 document",
                schema={"type": "object"},
            ),
        },
        "components": {
            "schemas": {**summaries, **SCHEMAS},
            "responses": {error.__name__: _error_response(error) for error in _HTTP_ERRORS},
        },
    }


def _get(
    *,
    operation_id: str,
    summary: str,
    description: str | None = None,
    parameters: Sequence[dict[str, Any]] | None = None,
    answer: str,
    schema: dict[str, Any],
    errors: Iterable[type[CustomizationJobsError]] = (),
) -> dict[str, Any]:
    operation = {
        "operationId": operation_id,
        "summary": summary,
        "description": description,
        "parameters": parameters,
        "responses": {
            "200": {"description": answer, "content": {"application/json": {"schema": schema}}},
            **_error_responses(errors),
        },
    }
    return {"get": {name: value for name, value in operation.items() if value is not None}}


def _error_responses(errors: Iterable[type[CustomizationJobsError]]) -> dict[str, Any]:
    """Return a response for each status. OpenAPI allows one each, so errors of the same status share it."""
    by_status: dict[str, list[type[CustomizationJobsError]]] = {}
    for error in errors:
        by_status.setdefault(str(error.http_status), []).append(error)
    return {
        status: {"$ref": f"#/components/responses/{each[0].__name__}"} if len(each) == 1 else _shared(each)
        for status, each in by_status.items()
    }


def _shared(errors: Sequence[type[CustomizationJobsError]]) -> dict[str, Any]:
    responses = [_error_response(error) for error in errors]
    return {
        **responses[0],
        "description": " Or: ".join(response["description"] for response in responses),
        "headers": {
            **responses[0]["headers"],
            "x-amzn-ErrorType": {"schema": {"enum": [error.__name__ for error in errors]}},
        },
    }


def _error_response(error: type[CustomizationJobsError]) -> dict[str, Any]:
    headers = {"x-amzn-ErrorType": {"schema": {"const": error.__name__}}}
    if error.retry_after_seconds:
        headers["Retry-After"] = {"schema": {"type": "integer"}}
    return {
        "description": str(error.__doc__).partition("\n")[0],
        "headers": headers,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


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
        schema["pattern"] = f"^(?:{known.pattern})$"
    return {"name": known.name, "in": "query", "schema": schema}


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
                {"minLength": name.minimum, "maxLength": name.maximum, "pattern": f"^(?:{name.pattern})$"},
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
