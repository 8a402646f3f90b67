"""Reads the settings from the CDK context, the only place where they are read and refused."""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import chain
from typing import Any

from infra.settings.consistency import inconsistencies
from infra.settings.model import Settings

# The one key of the context that belongs to this stack; all others belong to the CDK.
CONTEXT_KEY = "customizationJobs"
_PREFIX = f"{CONTEXT_KEY}."
# Characters of a value in a message: a list can have 150 accounts.
_LONGEST_VALUE = 400


class SettingsError(Exception):
    """A setting is unknown or its value is not allowed; names it, its value, and what is allowed."""


def read_settings(context: Mapping[str, Any]) -> Settings:
    """Read the settings from the whole CDK context.

    Parameters
    ----------
    context : mapping
        `customizationJobs` is the object in `cdk.json`. `customizationJobs.NAME`, from the command line
        (`-c customizationJobs.memoryMegabytes=512`), overrides it.

    Raises
    ------
    SettingsError
        A setting is unknown, or its value is not allowed.
    """
    in_file = context.get(CONTEXT_KEY, {})
    if not isinstance(in_file, Mapping):
        raise SettingsError(f"{CONTEXT_KEY} is {json.dumps(in_file)}; allowed: an object of settings.")
    on_command_line = {
        key.removeprefix(_PREFIX): _parse_argument(value)
        for key, value in context.items()
        if key.startswith(_PREFIX)
    }
    settings = Settings(**_by_field({**in_file, **on_command_line}))
    # `chain` evaluates the second check, which relies on the first, only if the first finds nothing.
    violation = next(chain(_rule_violations(settings), inconsistencies(settings)), None)
    if violation:
        name, allowed = violation
        value = json.dumps(getattr(settings, name), default=str)
        if len(value) > _LONGEST_VALUE:
            value = f"{value[:_LONGEST_VALUE]}... ({len(value)} characters)"
        raise SettingsError(f"{_PREFIX}{camel_case(name)} is {value}; allowed: {allowed}.")
    return settings


def camel_case(field: str) -> str:
    """Return the name of a field as users write it: `schedule_query` is `scheduleQuery`."""
    first, *others = field.split("_")
    return first + "".join(map(str.title, others))


def _parse_argument(argument: Any) -> Any:
    # `-c name=value` passes text. Numbers, true, false, null, lists and objects are written as JSON.
    try:
        return json.loads(argument)
    except (TypeError, ValueError):
        return argument


def _by_field(given: Mapping[str, Any]) -> dict[str, Any]:
    known = {camel_case(each.name): each.name for each in fields(Settings)}
    for name, value in given.items():
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"Did you mean {nearest[0]}?" if nearest else f"Known: {', '.join(known)}."
            raise SettingsError(f"{_PREFIX}{name} (given {json.dumps(value)}) is not a setting. {hint}")
    return {known[name]: value for name, value in given.items()}


def _rule_violations(settings: Settings) -> Iterator[tuple[str, str]]:
    for each in fields(settings):
        allowed = each.metadata["rule"].violation(getattr(settings, each.name))
        if allowed is not None:
            yield each.name, allowed
