"""Bedrock's timestamps: text on their way through, instants only where they are compared."""

from datetime import UTC, datetime


def instant(text: str) -> datetime:
    """Read an ISO 8601 timestamp of an answer; UTC where it names no zone.

    Raises
    ------
    ValueError
        It is no timestamp.
    """
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
