"""Timestamps as Bedrock writes and accepts them."""

import re
from datetime import UTC, datetime

# RFC 3339, the form of Smithy's `date-time`.
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def format_timestamp(time: datetime) -> str:
    """Write a timestamp as Bedrock does: ISO 8601, UTC, milliseconds, `Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_timestamp(text: str) -> datetime:
    """Read a timestamp of a request; raises ValueError unless it is RFC 3339 and a real date."""
    if not _DATE_TIME.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text.upper())


def truncate_to_milliseconds(time: datetime) -> datetime:
    """Drop the precision that Bedrock's timestamps do not have."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
