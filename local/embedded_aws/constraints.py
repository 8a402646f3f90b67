"""The constraints that Bedrock's service model puts on requests, checked and reported as Bedrock does.

The function checks the same model with its own code; the two stay separate so that each tests the other.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from botocore.model import Shape, StructureShape

from local.common.service_model import service_model
from local.common.timestamps import parse_timestamp


class RequestError(Exception):
    """A request that Bedrock rejects, with the error's name in the service model and its message."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def error_status(name: str) -> int:
    """Return the HTTP status of an error of the service model; 400 if the model has none."""
    error: Mapping[str, Any] = service_model().shape_for(name).metadata.get("error", {})
    return int(error.get("httpStatusCode", 400))


def check(operation: str, values: Mapping[str, Any]) -> None:
    """Check the values of a request, which are text if they come from a URL.

    Raises
    ------
    RequestError
        A ValidationException that lists all problems in AWS's wording.
    """
    # botocore types the shape as optional: some operations have no input, but these do.
    shape = cast("StructureShape", service_model().operation_model(operation).input_shape)
    problems = [
        f"Value '{value}' at '{name}' failed to satisfy constraint: {problem}"
        for name, member in shape.members.items()
        if (value := values.get(name)) is not None
        for problem in _problems(member, value)
    ] + [
        f"Value null at '{name}' failed to satisfy constraint: Member must not be null"
        for name in shape.required_members
        if values.get(name) is None
    ]
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise RequestError("ValidationException", f"{count}: {'; '.join(problems)}")


def _problems(shape: Shape, value: Any) -> Iterator[str]:
    limits = cast("Mapping[str, Any]", shape.metadata)
    if shape.type_name == "integer":
        yield from _number_problems(limits, value)
    elif shape.type_name == "timestamp":
        try:
            parse_timestamp(value)
        except ValueError:
            yield "Member must be an ISO 8601 timestamp"
    elif shape.type_name == "string":
        yield from _text_problems(limits, value)


def _number_problems(limits: Mapping[str, Any], value: Any) -> Iterator[str]:
    if not re.fullmatch(r"-?[0-9]+", str(value)):
        yield "Member must be an integer"
    elif int(value) > limits.get("max", float("inf")):
        yield f"Member must have value less than or equal to {limits['max']}"
    elif int(value) < limits.get("min", float("-inf")):
        yield f"Member must have value greater than or equal to {limits['min']}"


def _text_problems(limits: Mapping[str, Any], value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield "Member must be a string"
        return
    if len(value) > limits.get("max", float("inf")):
        yield f"Member must have length less than or equal to {limits['max']}"
    if len(value) < limits.get("min", 0):
        yield f"Member must have length greater than or equal to {limits['min']}"
    # Atomic: the pattern of a job name otherwise backtracks exponentially on "a-----...!".
    if "pattern" in limits and not re.fullmatch(f"(?>{limits['pattern']})", value):
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"
    if "enum" in limits and value not in limits["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
