"""Timestamps, passed through as text and parsed only where they are compared; durations in words."""

import re
from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
# RFC 3339 allows the letters in lower case.
_STRICT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# botocore writes an earlier year with fewer than four digits, which is not ISO 8601.
FIRST_YEAR = 1000


def parse_timestamp(text: str) -> datetime:
    """Parse an ISO 8601 timestamp that Bedrock sent, and return it in UTC; a time without a zone is in UTC.

    Raises
    ------
    ValueError
        The text is not a timestamp.
    """
    timestamp = datetime.fromisoformat(text)
    if timestamp.tzinfo is None:
        return timestamp.replace(tzinfo=UTC)
    try:
        return timestamp.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time has no equivalent in UTC") from error


def parse_timestamp_or_none(value: object) -> datetime | None:
    """Parse a timestamp that may be absent or malformed."""
    try:
        return parse_timestamp(value) if isinstance(value, str) else None
    except ValueError:
        return None


def parse_strict_timestamp(text: str) -> datetime:
    """Parse a timestamp that a caller sent: a complete ISO 8601 date and time with a zone.

    Raises
    ------
    ValueError
        The text is anything else. The message is a hint, or empty.
    """
    if not _STRICT.fullmatch(text):
        if _STRICT.fullmatch(text.replace(" ", "+")):
            raise ValueError("in a URL, + is written %2B")
        raise ValueError
    try:
        timestamp = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("this date or time does not exist") from None
    if timestamp.year < FIRST_YEAR:
        raise ValueError(f"the year must be {FIRST_YEAR} or later")
    return timestamp


def format_timestamp(timestamp: datetime) -> str:
    """Format a timestamp in UTC, to the second."""
    return timestamp.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def format_milliseconds(timestamp: datetime) -> str:
    """Format a timestamp in UTC, to the millisecond: texts of one length, which sort by time."""
    return timestamp.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_duration(seconds: float) -> str:
    """Return a duration in its two largest units."""
    seconds = max(int(seconds), 0)
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"
