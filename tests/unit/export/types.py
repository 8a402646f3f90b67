"""Athena's types, as far as the columns have them."""

from typing import Any


def is_of_type(value: Any, athena_type: str) -> bool:
    """Whether a JSON value can be read as a value of a type. Every type has null."""
    if value is None:
        return True
    match athena_type:
        case "string":
            return _is_text(value)
        case "int":
            return type(value) is int and -(2**31) <= value < 2**31
        case "boolean":
            return type(value) is bool
        case "array<string>":
            return isinstance(value, list) and all(map(_is_text, value))
        case "map<string,string>":
            return isinstance(value, dict) and all(map(_is_text, [*value, *value.values()]))
    raise AssertionError(f"the type {athena_type} is not known")


def _is_text(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
