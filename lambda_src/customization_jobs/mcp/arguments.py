"""The arguments of tools, made from the OpenAPI document, and thus from the query contract."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from customization_jobs.errors import Problem
from customization_jobs.listing.filter_inputs import PREFIX
from customization_jobs.listing.inputs import FIELDS, unknown_names

Schema = Mapping[str, Any]
# In a tool, the filter on several statuses takes its place.
_LEFT_OUT = ("statusEquals",)
# Needed because the OpenAPI document leaves Bedrock's inputs to Bedrock's own documentation.
_DESCRIPTIONS = {
    "creationTimeAfter": "Jobs that were created after this time.",
    "creationTimeBefore": "Jobs that were created before this time.",
    "nameContains": "Part of the job's name.",
    "maxResults": "How many to return at most. There are fewer if the result would be too long.",
    "nextToken": "The nextToken of an earlier result, with the same other arguments, for what follows it.",
    "sortOrder": "By creation time. Default: Descending, the newest first.",
    "account": "Id of an AWS account.",
    "region": "An AWS region, such as us-east-1.",
    "state": "Sources in this state.",
}
_TIME = "ISO 8601 with a zone, or relative to now, such as -7d."


class Arguments:
    """The arguments of a tool that lists or reports.

    Parameters
    ----------
    parameters : iterable of mapping
        Of the operation in the OpenAPI document.

    Attributes
    ----------
    schemas : dict of str to mapping
        By the name of the argument, which is the input's name without the prefix of filters.
    """

    def __init__(self, parameters: Iterable[Schema]) -> None:
        chosen = [each for each in parameters if _is_argument(each)]
        self.schemas = {_argument(each["name"]): _schema(each) for each in chosen}
        self._inputs = {_argument(each["name"]): each["name"] for each in chosen}

    def to_inputs(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Return the inputs that arguments stand for, and describe unknown names."""
        inputs = {self._inputs[name]: value for name, value in given.items() if name in self._inputs}
        return inputs, unknown_names(given, tuple(self._inputs))


def as_arguments(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems of inputs as those of arguments."""
    return [
        Problem(*(text.replace(PREFIX, "") for text in (each.parameter, each.sent, each.allowed)))
        for each in problems
    ]


def input_schema(schemas: Schema, required: Sequence[str] = ()) -> dict[str, Any]:
    """Return the schema of all arguments of a tool."""
    return {
        "type": "object",
        "properties": dict(schemas),
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }


def outline(schema: Schema, schemas: Schema, *, all_optional: bool) -> dict[str, Any]:
    """Return the schema of an answer without what is inside its properties, for the context of a model.

    Parameters
    ----------
    schemas : mapping
        The schemas to which references lead.
    """
    resolved = _resolved(schema, schemas)
    properties = {name: _outside(each, schemas) for name, each in resolved["properties"].items()}
    required = [] if all_optional else list(resolved.get("required", ()))
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _resolved(schema: Schema, schemas: Schema) -> Schema:
    reference = schema.get("$ref")
    found: Schema = schemas[reference.rpartition("/")[2]] if reference else schema
    return found


def _outside(schema: Schema, schemas: Schema) -> dict[str, Any]:
    whole = {**_resolved(schema, schemas), **schema}
    outside: dict[str, Any] = {key: whole[key] for key in ("type", "format", "description") if key in whole}
    if "anyOf" in whole:
        outside["anyOf"] = [_outside(each, schemas) for each in whole["anyOf"]]
    return outside


def _is_argument(parameter: Schema) -> bool:
    is_choice = len(parameter["schema"].get("enum", "ab")) > 1
    return parameter["in"] == "query" and is_choice and parameter["name"] not in _LEFT_OUT


def _argument(name: str) -> str:
    return name.removeprefix(PREFIX)


def _schema(parameter: Schema) -> Schema:
    name = parameter["name"]
    schema = dict(parameter["schema"])
    description = parameter.get("description") or _DESCRIPTIONS.get(name, "")
    if name == FIELDS:
        description = "The fields to return. Choose few to keep the result short."
    # The check of times is stricter than any pattern, and explains itself.
    if schema.pop("anyOf", None):
        description = f"{description} {_TIME}"
        schema.pop("examples", None)
    return {**schema, "description": description}
