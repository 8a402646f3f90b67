"""Parts of an OpenAPI document that all routes share: a GET operation, and its parameters."""

from collections.abc import Iterable, Sequence
from typing import Any

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.listing.filter_inputs import PREFIX
from customization_jobs.listing.inputs import Input
from openapi.answers import Answer
from openapi.errors import error_responses
from openapi.filters import TIME_SCHEMA, filter_parameter

JOBS_TAG = "Jobs"
# Bedrock's pattern of a name backtracks exponentially. This one matches the same names in linear time.
_LINEAR_PATTERNS = {r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*": r"[a-zA-Z0-9][a-zA-Z0-9+\-.]*"}


def get(
    tag: str,
    *,
    operation_id: str,
    summary: str,
    description: str,
    parameters: Sequence[dict[str, Any]] = (),
    answer: Answer,
    errors: Iterable[type[CustomizationJobsError]] = (),
) -> dict[str, Any]:
    """Return a path whose only method is GET."""
    operation = {
        "operationId": operation_id,
        "tags": [tag],
        "summary": summary,
        "description": description,
        "parameters": [*parameters, *answer.parameters()],
        "responses": {**answer.responses(), **error_responses(errors)},
    }
    return {"get": operation}


def parameter(known: Input) -> dict[str, Any]:
    """Return a parameter of the query string."""
    if known.name.startswith(PREFIX):
        return filter_parameter(known)
    if known.type == "timestamp":
        return {"name": known.name, "in": "query", "schema": dict(TIME_SCHEMA)}
    schema: dict[str, Any] = {"type": "integer" if known.type == "integer" else "string"}
    if known.enum:
        schema["enum"] = list(known.enum)
    bounds = ("minimum", "maximum") if known.type == "integer" else ("minLength", "maxLength")
    limits = zip(bounds, (known.minimum, known.maximum), strict=True)
    schema |= {bound: limit for bound, limit in limits if limit is not None}
    if known.pattern:
        schema["pattern"] = pattern(known)
    return {"name": known.name, "in": "query", "schema": schema}


def pattern(known: Input) -> str:
    """Return a pattern that matches a whole value, in linear time."""
    given = str(known.pattern)
    return f"^(?:{_LINEAR_PATTERNS.get(given, given)})$"


def shape_schema(shape: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a shape. It allows unknown fields and enum values, which pass through."""
    if shape.type_name == "list":
        return {"type": "array", "items": shape_schema(shape.member, schemas)}
    if shape.type_name == "structure":
        if shape.name not in schemas:
            schemas[shape.name] = {"type": "object"}
            schemas[shape.name] |= {
                "required": list(shape.required_members),
                "properties": {name: shape_schema(member, schemas) for name, member in shape.members.items()},
            }
        return {"$ref": f"#/components/schemas/{shape.name}"}
    if shape.type_name == "timestamp":
        return {"type": "string", "format": "date-time"}
    schema: dict[str, Any] = {"type": "string"}
    if shape.metadata.get("enum"):
        schema["examples"] = list(shape.metadata["enum"])
    return schema
