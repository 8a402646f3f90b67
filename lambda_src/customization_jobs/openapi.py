"""The OpenAPI 3.1 document of the HTTP interface, generated from botocore's model of the operation."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from customization_jobs.callers.http import JOBS_PATH, OPENAPI_PATH, OVERVIEW_PATH, TIMELINE_PATH
from customization_jobs.errors import (
    ERRORS,
    CustomizationJobsError,
    MethodNotAllowedException,
    ResourceNotFoundException,
    UnknownEventException,
    WatchUnavailableException,
)
from customization_jobs.query import Input, QueryContract

if TYPE_CHECKING:
    from botocore.model import OperationModel

# What the list does not answer: there is no path or method to be wrong about, and no table to ask.
_OF_ANOTHER_ROUTE = (ResourceNotFoundException, MethodNotAllowedException, WatchUnavailableException)


def document(operation: "OperationModel", contract: QueryContract) -> dict[str, Any]:
    """Describe the HTTP interface.

    Parameters
    ----------
    operation : botocore.model.OperationModel
        botocore's model of `ListModelCustomizationJobs`: its answer's fields.
    contract : QueryContract
        Its inputs.

    Returns
    -------
    dict
        An OpenAPI 3.1 document as JSON.
    """
    schemas: dict[str, Any] = {}
    answer = _schema(operation.output_shape, schemas)
    errors = [error for error in ERRORS if error is not UnknownEventException]
    of_the_list = _by_status(error for error in errors if error not in _OF_ANOTHER_ROUTE)
    of_a_timeline = _by_status(error for error in errors if error is not MethodNotAllowedException)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Model customization jobs",
            "version": operation.service_model.api_version,
            "description": "Amazon Bedrock's ListModelCustomizationJobs, in Bedrock's own wire format, "
            "and what it does not tell: sums over all jobs, and what happened to one. "
            "Requests are signed with AWS Signature Version 4.",
        },
        "paths": {
            JOBS_PATH: {
                "get": {
                    "operationId": "ListModelCustomizationJobs",
                    "summary": "List model customization jobs",
                    "description": "One request is one call to Bedrock; nextToken is Bedrock's own.",
                    "parameters": [_parameter(each) for each in contract.inputs.values()],
                    "responses": {
                        "200": {
                            "description": "One page of jobs",
                            "content": {"application/json": {"schema": answer}},
                        },
                        **of_the_list,
                    },
                }
            },
            TIMELINE_PATH: {
                "get": {
                    "operationId": "GetModelCustomizationJobTimeline",
                    "summary": "Tell what happened to a job",
                    "description": "The transitions that the watch has recorded, where one is deployed.",
                    "parameters": [_JOB_IDENTIFIER],
                    "responses": {
                        "200": {
                            "description": "The job as it was last seen, and its transitions",
                            "content": {
                                "application/json": {"schema": {"$ref": "#/components/schemas/Timeline"}}
                            },
                        },
                        **of_a_timeline,
                    },
                }
            },
            OVERVIEW_PATH: {
                "get": {
                    "operationId": "GetOverview",
                    "summary": "Sum up all jobs",
                    "description": "Reads all jobs that the parameters select, for as long as there is time.",
                    "parameters": [_parameter(each) for each in contract.filters().inputs.values()],
                    "responses": {
                        "200": {
                            "description": "Counts, ages, and how the last 30 days went",
                            "content": {
                                "application/json": {"schema": {"$ref": "#/components/schemas/Overview"}}
                            },
                        },
                        **of_the_list,
                    },
                }
            },
            OPENAPI_PATH: {
                "get": {
                    "operationId": "GetOpenApiDocument",
                    "summary": "This document",
                    "responses": {
                        "200": {
                            "description": "An OpenAPI 3.1 document",
                            "content": {"application/json": {"schema": {"type": "object"}}},
                        }
                    },
                }
            },
        },
        "components": {
            "schemas": {
                **schemas,
                "Problem": _PROBLEM,
                "Overview": _OVERVIEW,
                "JobInProgress": _JOB_IN_PROGRESS,
                "Timeline": _TIMELINE,
                "Transition": _TRANSITION,
            },
            "responses": {error.__name__: _response(error) for error in errors},
        },
    }


_TEXT: Mapping[str, Any] = {"type": "string"}
_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "description": "An error, as Bedrock tells it (message) and as RFC 9457 does.",
    "required": ["message", "type", "title", "status", "detail"],
    "properties": {
        "message": _TEXT,
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "The error's name, as in x-amzn-ErrorType."},
        "status": {"type": "integer"},
        "detail": _TEXT,
        "problems": {
            "type": "array",
            "description": "Everything that is wrong with the query.",
            "items": {
                "type": "object",
                "required": ["parameter", "sent", "allowed"],
                "properties": {"parameter": _TEXT, "sent": _TEXT, "allowed": _TEXT},
            },
        },
    },
}


_NUMBER: Mapping[str, Any] = {"type": "integer", "minimum": 0}
_SECONDS: Mapping[str, Any] = {"type": ["integer", "null"], "minimum": 0}
_TIME: Mapping[str, Any] = {"type": "string", "format": "date-time"}
_COUNTS: Mapping[str, Any] = {"type": "object", "additionalProperties": _NUMBER}
_JOB_IDENTIFIER: Mapping[str, Any] = {
    "name": "jobIdentifier",
    "in": "path",
    "required": True,
    "description": "The job's name, or its ARN, percent-encoded.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 1011},
}
_JOB_IN_PROGRESS: Mapping[str, Any] = {
    "type": "object",
    "required": ["jobArn", "jobName", "status", "baseModelArn", "creationTime", "ageSeconds", "limitSeconds"],
    "properties": {
        **dict.fromkeys(("jobArn", "jobName", "status", "baseModelArn", "customizationType"), _TEXT),
        "creationTime": _TIME,
        "ageSeconds": _NUMBER,
        "limitSeconds": {**_NUMBER, "description": "How long the job may be in progress."},
    },
}
_OVERVIEW: Mapping[str, Any] = {
    "type": "object",
    "required": [
        "asOf",
        "complete",
        "jobs",
        "byStatus",
        "byCustomizationType",
        "byBaseModel",
        "oldestInProgress",
        "stuck",
        "last30Days",
    ],
    "properties": {
        "asOf": _TIME,
        "complete": {
            "type": "boolean",
            "description": "Whether all jobs were read. If not, every figure is of those that were.",
        },
        "jobs": _NUMBER,
        "byStatus": _COUNTS,
        "byCustomizationType": _COUNTS,
        "byBaseModel": {**_COUNTS, "description": "By foundation model, also for jobs on custom models."},
        "oldestInProgress": {"anyOf": [{"$ref": "#/components/schemas/JobInProgress"}, {"type": "null"}]},
        "stuck": {
            "type": "object",
            "description": "Jobs in progress beyond their limits: how many, and the 20 furthest beyond.",
            "required": ["count", "jobs"],
            "properties": {
                "count": _NUMBER,
                "jobs": {"type": "array", "items": {"$ref": "#/components/schemas/JobInProgress"}},
            },
        },
        "last30Days": {
            "type": "object",
            "description": "Of the jobs that ended in them.",
            "required": ["since", "ended", "byStatus", "successRate", "completedDurationSeconds"],
            "properties": {
                "since": _TIME,
                "ended": _NUMBER,
                "byStatus": _COUNTS,
                "successRate": {
                    "type": ["number", "null"],
                    "minimum": 0,
                    "maximum": 1,
                    "description": "Completed, of Completed and Failed.",
                },
                "completedDurationSeconds": {
                    "type": "object",
                    "description": "From creation to end, within 1 %.",
                    "properties": {"p50": _SECONDS, "p90": _SECONDS, "p99": _SECONDS},
                },
            },
        },
    },
}
_KINDS = ("Seen", "PhaseChanged", "Stopping", "Completed", "Failed", "Stopped", "Stuck", "Unstuck")
_TRANSITION: Mapping[str, Any] = {
    "type": "object",
    "required": ["id", "sequence", "kind", "at", "foundBy", "scope", "details", "told"],
    "properties": {
        "id": {"type": "string", "description": "The id of the event that tells it."},
        "sequence": {"type": "integer", "minimum": 1},
        "kind": {"type": "string", "examples": list(_KINDS)},
        "at": _TIME,
        "foundBy": {"type": "string", "examples": ["sweep", "event"]},
        "scope": {"type": "string", "description": "job, or the phase that it is about."},
        "details": {"type": "object"},
        "told": {
            "type": "boolean",
            "description": "Whether it was published: not yet, or never where it was over before the watch.",
        },
    },
}
_TIMELINE: Mapping[str, Any] = {
    "type": "object",
    "required": ["job", "stuck", "transitions"],
    "properties": {
        "job": {
            "type": "object",
            "description": "As it was last seen.",
            "required": ["jobArn", "jobName", "status"],
            "properties": dict.fromkeys(("jobArn", "jobName", "status"), _TEXT),
        },
        "stuck": {
            "type": "array",
            "description": "Where it is beyond its limit: job, or phases.",
            "items": _TEXT,
        },
        "transitions": {"type": "array", "items": {"$ref": "#/components/schemas/Transition"}},
    },
}


def _by_status(errors: Iterable[type[CustomizationJobsError]]) -> dict[str, Any]:
    """Refer to the answer of each error; OpenAPI has one answer a status, so two of one status share it."""
    by_status: dict[str, list[type[CustomizationJobsError]]] = {}
    for error in errors:
        by_status.setdefault(str(error.http_status), []).append(error)
    return {
        status: {"$ref": f"#/components/responses/{each[0].__name__}"} if len(each) == 1 else _either(each)
        for status, each in by_status.items()
    }


def _either(errors: Sequence[type[CustomizationJobsError]]) -> dict[str, Any]:
    answers = [_response(error) for error in errors]
    return {
        **answers[0],
        "description": " Or: ".join(answer["description"] for answer in answers),
        "headers": {
            **answers[0]["headers"],
            "x-amzn-ErrorType": {"schema": {"enum": [error.__name__ for error in errors]}},
        },
    }


def _parameter(known: Input) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer" if known.type == "integer" else "string"}
    if known.type == "timestamp":
        schema["format"] = "date-time"
    if known.enum:
        schema["enum"] = list(known.enum)
    bounds = ("minimum", "maximum") if known.type == "integer" else ("minLength", "maxLength")
    schema |= {
        bound: limit
        for bound, limit in zip(bounds, (known.least, known.most), strict=True)
        if limit is not None
    }
    if known.pattern:
        schema["pattern"] = f"^(?:{known.pattern})$"
    return {"name": known.name, "in": "query", "schema": schema}


def _response(error: type[CustomizationJobsError]) -> dict[str, Any]:
    headers = {"x-amzn-ErrorType": {"schema": {"const": error.__name__}}}
    if error.retry_after_seconds:
        headers["Retry-After"] = {"schema": {"type": "integer"}}
    return {
        "description": str(error.__doc__).partition("\n")[0],
        "headers": headers,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _schema(shape: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Describe an answer's shape; unknown fields and enum values pass through, so none is excluded."""
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
