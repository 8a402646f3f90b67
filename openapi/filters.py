"""The parameters that Bedrock lacks: their schemas, and what they mean."""

from collections.abc import Mapping
from typing import Any

from customization_jobs.listing import filter_inputs as names
from customization_jobs.listing.filter_inputs import BooleanInput, ListInput, TagInput
from customization_jobs.listing.inputs import Input

# What `listing.given_time` accepts. Its own check is stricter.
TIME_SCHEMA: Mapping[str, Any] = {
    "type": "string",
    "anyOf": [
        {"format": "date-time"},
        {"pattern": "^(?:[0-9T:.+Z-]+\\[[A-Za-z0-9_+/-]{1,64}\\])$"},
        {"pattern": "^(?:-[0-9]{1,9}[smhdw]|-?P[0-9WDTHMS]+)$"},
    ],
    "examples": ["2026-01-31T12:00:00Z", "2026-01-31T12:00[Europe/Berlin]", "2026-01-31[UTC]", "-7d", "P7D"],
}
_DURATION_SCHEMA: Mapping[str, Any] = {
    "type": "string",
    "pattern": "^(?:[0-9]{1,9}[smhdw]|P[0-9WDTHMS]+)$",
    "examples": ["90m", "7d", "PT2H", "P1DT12H"],
}
DESCRIPTIONS: Mapping[str, str] = {
    names.STATUS: "Jobs in any of these statuses.",
    names.CUSTOMIZATION_TYPE: "Jobs of any of these types.",
    names.BASE_MODEL: "Part of the base model's ARN, such as the id of a foundation model.",
    names.OUTPUT_MODEL: "Part of the ARN or of the name of the custom model that the job made.",
    names.LAST_MODIFIED_AFTER: "Jobs that were last modified after this time.",
    names.LAST_MODIFIED_BEFORE: "Jobs that were last modified before this time.",
    names.ENDED_AFTER: "Jobs that ended after this time.",
    names.ENDED_BEFORE: "Jobs that ended before this time.",
    names.DURATION_AT_LEAST: "From creation to end, or until now if the job has not ended.",
    names.DURATION_AT_MOST: "From creation to end, or until now if the job has not ended.",
    names.STUCK: "Whether the job has been in progress for longer than its limit.",
    names.FAILURE_CATEGORY: "Failed jobs whose reason, as the watch recorded it, has such a category.",
    names.TAG: "Tags that the job must all have, as the watch recorded them: key=value, or the key alone.",
}


def filter_parameter(known: Input) -> dict[str, Any]:
    """Return the parameter of an input that Bedrock lacks."""
    parameter: dict[str, Any] = {"name": known.name, "in": "query", "description": DESCRIPTIONS[known.name]}
    if isinstance(known, ListInput):
        schema = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(known.enum)}}
        return {**parameter, "style": "form", "explode": False, "schema": schema}
    if isinstance(known, TagInput):
        schema = {"type": "array", "minItems": 1, "maxItems": names.MAX_TAGS, "items": {"type": "string"}}
        return {**parameter, "style": "form", "explode": True, "schema": schema}
    if isinstance(known, BooleanInput):
        return {**parameter, "schema": {"type": "boolean"}}
    if known.type == "timestamp":
        return {**parameter, "schema": dict(TIME_SCHEMA)}
    if known.pattern is None:
        return {**parameter, "schema": dict(_DURATION_SCHEMA)}
    bounds = {"minLength": known.minimum, "maxLength": known.maximum}
    return {**parameter, "schema": {"type": "string", **bounds, "pattern": f"^(?:{known.pattern})$"}}
