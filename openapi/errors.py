"""The errors of the HTTP API: a schema for each, and responses, one for each status, as OpenAPI requires."""

from collections.abc import Iterable, Sequence
from typing import Any

from customization_jobs.entrypoints.paths import METHODS
from customization_jobs.errors import (
    ERRORS,
    BedrockUnavailableException,
    CustomizationJobsError,
    FleetNotCoveredException,
    MethodNotAllowedException,
    UnknownEventException,
    WatchUnavailableException,
)

# Raised only for callers that are not HTTP clients.
_NOT_HTTP = (FleetNotCoveredException, UnknownEventException)
HTTP_ERRORS = [error for error in ERRORS if error not in _NOT_HTTP]
# Always listed together in one response, because they have the same status.
_SHARING = (BedrockUnavailableException, WatchUnavailableException)


def error_components() -> dict[str, dict[str, Any]]:
    """Return the schemas of all errors, and the responses that are one error each."""
    return {
        "schemas": {each.__name__: _error_schema(each) for each in HTTP_ERRORS},
        "responses": {each.__name__: error_response([each]) for each in HTTP_ERRORS if each not in _SHARING},
    }


def error_responses(errors: Iterable[type[CustomizationJobsError]]) -> dict[str, Any]:
    """Return one response for each status, as OpenAPI requires. Errors of the same status share it."""
    by_status: dict[str, list[type[CustomizationJobsError]]] = {}
    for error in errors:
        by_status.setdefault(str(error.http_status), []).append(error)
    return {
        status: {"$ref": f"#/components/responses/{each[0].__name__}"}
        if len(each) == 1
        else error_response(each)
        for status, each in by_status.items()
    }


def error_response(errors: Sequence[type[CustomizationJobsError]]) -> dict[str, Any]:
    """Return the response of errors that share a status."""
    headers: dict[str, Any] = {
        "x-amzn-ErrorType": {"schema": {"enum": [error.__name__ for error in errors]}},
        "Vary": {"schema": {"const": "Accept"}},
    }
    if ranges := [error.retry_after for error in errors if error.retry_after]:
        headers["Retry-After"] = {
            "description": "In seconds, at random, so that callers do not return together.",
            "schema": {
                "type": "integer",
                "minimum": min(each.start for each in ranges),
                "maximum": max(each[-1] for each in ranges),
            },
        }
    if MethodNotAllowedException in errors:
        headers["Allow"] = {"schema": {"const": ", ".join(METHODS)}}
    schemas = [{"$ref": f"#/components/schemas/{error.__name__}"} for error in errors]
    return {
        "description": " Or: ".join(map(_description, errors)),
        "headers": headers,
        "content": {
            "application/problem+json": {"schema": schemas[0] if len(schemas) == 1 else {"oneOf": schemas}}
        },
    }


def _error_schema(error: type[CustomizationJobsError]) -> dict[str, Any]:
    """Return the schema that the `type` of a problem refers to."""
    return {
        "description": _description(error),
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"title": {"const": error.__name__}, "status": {"const": error.http_status}}},
        ],
    }


def _description(error: type[CustomizationJobsError]) -> str:
    return str(error.__doc__).partition("\n")[0]
