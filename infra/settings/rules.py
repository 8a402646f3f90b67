"""Rules for the value of one setting, each in words and as a check."""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from customization_jobs.timeouts import MIN_FUNCTION_TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class Rule:
    """The allowed values of one setting.

    Attributes
    ----------
    allowed : str
        The allowed values, as error messages and docs/settings.md state them.
    violation : callable
        Returns None for an allowed value, otherwise what is allowed instead.
    """

    allowed: str
    violation: Callable[[Any], str | None]


def setting(default: Any, rule: Rule, description: str) -> Any:
    """Declare a setting: a field of a dataclass whose metadata has its rule and its description."""
    return field(default_factory=lambda: copy(default), metadata={"rule": rule, "description": description})


def rule(allowed: str, accepts: Callable[[Any], bool]) -> Rule:
    """Make a rule that states `allowed` for every value that it does not accept."""
    return Rule(allowed, lambda value: None if accepts(value) else allowed)


def optional(other: Rule) -> Rule:
    """Allow null besides the values that another rule allows."""
    allowed = f"{other.allowed}, or null"
    return rule(allowed, lambda value: value is None or other.violation(value) is None)


def whole_number(minimum: int, maximum: int) -> Rule:
    """Allow a range of whole numbers, both bounds included."""
    # `type` instead of `isinstance`, because Python counts true and false as whole numbers.
    return rule(
        f"a whole number from {minimum} to {maximum}",
        lambda value: type(value) is int and minimum <= value <= maximum,
    )


def one_of(*values: str | int) -> Rule:
    """Allow the values listed, but not equal values of another type."""
    *others, last = map(str, values)
    return rule(
        f"{', '.join(others)} or {last}",
        lambda value: type(value) is type(values[0]) and value in values,
    )


def subset_of(values: Sequence[str]) -> Rule:
    """Allow a list of some, all or none of the values listed, without repetition."""
    return rule(
        f"a list of {', '.join(values)}, each at most once",
        lambda value: (
            isinstance(value, list | tuple)
            and all(item in values for item in value)
            and len(set(value)) == len(value)
        ),
    )


def list_of(allowed: str, pattern: str, *, most: int) -> Rule:
    """Allow a list of up to `most` different texts, of which each matches a regular expression."""
    return rule(
        allowed,
        lambda value: (
            isinstance(value, list | tuple)
            and len(value) <= most
            and all(isinstance(each, str) and re.fullmatch(pattern, each) for each in value)
            and len(set(value)) == len(value)
        ),
    )


def text(allowed: str, pattern: str) -> Rule:
    """Allow a text that matches a regular expression as a whole."""
    return rule(allowed, lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value)))


def json_object(allowed: str, violation: Callable[[Mapping[str, Any]], str | None]) -> Rule:
    """Allow a JSON object in which `violation` finds nothing."""
    return Rule(allowed, lambda value: violation(value) if isinstance(value, Mapping) else allowed)


TRUE_OR_FALSE = rule("true or false", lambda value: isinstance(value, bool))
EMAIL = text("an e-mail address", r"[^@\s]+@[^@\s]+")
REGION = text("a region name, such as us-east-1", r"[a-z]{2,}(-[a-z]+)+-\d+")
FUNCTION_TIMEOUT = whole_number(MIN_FUNCTION_TIMEOUT_SECONDS, 900)
