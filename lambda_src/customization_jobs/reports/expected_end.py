"""When a job is expected to end: as reports need it, and in words."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from customization_jobs.eta.expected_end import ExpectedEnd, Reason
from customization_jobs.jobs import Summary

# Returns when the job of a summary is expected to end, as far as is known at a time; None if it is not in
# progress, or if no history can be read.
ExpectedEndOf: TypeAlias = Callable[[Summary, datetime], ExpectedEnd | None]


def no_expected_end(_summary: Summary, _now: datetime) -> None:
    """Return no expected end."""


def in_words(expected: ExpectedEnd, now: datetime) -> str:
    """Return a phrase such as `ends 14:10-15:30 UTC (of 42 jobs)`."""
    jobs = f"(of {expected.based_on} job{'' if expected.based_on == 1 else 's'})"
    if expected.earliest is None or expected.latest is None or expected.reason is Reason.TOO_FEW_JOBS:
        return "too few jobs to say when it ends"
    if expected.is_late:
        return f"late since {_time(expected.latest, now)} UTC {jobs}"
    earliest, latest = _time(max(expected.earliest, now), now), _time(expected.latest, now)
    # Two dates need more room between them than two times of the same day.
    dash = "-" if len(earliest) == len(latest) == len("14:10") else " - "
    return f"ends {earliest}{dash}{latest} UTC {jobs}"


def _time(time: datetime, now: datetime) -> str:
    utc = time.astimezone(UTC)
    today = utc.date() == now.astimezone(UTC).date()
    return f"{utc:%H:%M}" if today else f"{utc:%Y-%m-%d %H:%M}"
