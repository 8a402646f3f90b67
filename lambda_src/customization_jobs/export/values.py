"""Values of columns: one of another type becomes null, so that no bad value spoils a query."""

from collections.abc import Mapping
from typing import Any

from customization_jobs.errors import encodable
from customization_jobs.timestamps import format_milliseconds, parse_timestamp_or_none

# The maximum of Athena's type `int`.
MAX_INT = 2**31 - 1


def text(value: Any) -> str | None:
    """Return a text that is not empty."""
    return encodable(value) if isinstance(value, str) and value else None


def time(value: Any) -> str | None:
    """Return a timestamp as text in UTC, to the millisecond."""
    timestamp = parse_timestamp_or_none(value)
    return format_milliseconds(timestamp) if timestamp else None


def boolean(value: Any) -> bool | None:
    """Return a truth value."""
    return value if isinstance(value, bool) else None


def texts_by_name(value: Any) -> dict[str, str] | None:
    """Return the texts of a mapping."""
    if not isinstance(value, Mapping):
        return None
    return {encodable(name): encodable(each) for name, each in value.items() if isinstance(each, str)}
