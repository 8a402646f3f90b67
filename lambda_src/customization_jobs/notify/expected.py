"""The expected end of a job in words."""

from collections.abc import Mapping
from typing import Any

from customization_jobs.timestamps import parse_timestamp_or_none


def expected_end(given: Any) -> str:
    """Return the field `expectedEnd` of an event in words; nothing if it is absent or malformed."""
    if not isinstance(given, Mapping):
        return ""
    if late_since := _time(given.get("lateSince")):
        return f"late since {late_since}"
    if given.get("reason") == "TooFewJobs":
        return f"unknown: too few similar jobs to compare with ({_number(given)})"
    earliest, latest = _time(given.get("earliest")), _time(given.get("latest"))
    if not latest:
        return ""
    when = f"{earliest} to {latest}" if earliest else f"by {latest}"
    return f"{when}, as 9 of 10 jobs do (based on {_number(given)})"


def _number(given: Mapping[str, Any]) -> int:
    number = given.get("basedOn")
    # bool is an int in Python; a real number of jobs is short.
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 10**9 else 0


def _time(value: Any) -> str:
    timestamp = parse_timestamp_or_none(value)
    return f"{timestamp:%Y-%m-%d %H:%M} UTC" if timestamp else ""
