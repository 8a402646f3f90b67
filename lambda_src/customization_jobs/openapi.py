"""The OpenAPI 3.1 document of the HTTP interface, generated from botocore's model of the operation."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.callers.http import JOBS_PATH, OPENAPI_PATH
from customization_jobs.errors import (
    ERRORS,
    CustomizationJobsError,
    MethodNotAllowedException,
    ResourceNotFoundException,
    UnknownEventException,
)
from customization_jobs.query import Input, QueryContract

if TYPE_CHECKING:
    from botocore.model import OperationModel

# What the API answers where a path or method is none of those in the document.
_OF_ANOTHER_ROUTE = (ResourceNotFoundException, MethodNotAllowedException)


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
    of_the_list = [error for error in errors if error not in _OF_ANOTHER_ROUTE]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Model customization jobs",
            "version": operation.service_model.api_version,
            "description": "Amazon Bedrock's ListModelCustomizationJobs, in Bedrock's own wire format. "
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
                        **{
                            str(error.http_status): {"$ref": f"#/components/responses/{error.__name__}"}
                            for error in of_the_list
                        },
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
            "schemas": {**schemas, "Problem": _PROBLEM},
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
