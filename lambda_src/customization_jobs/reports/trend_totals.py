"""Totals of the jobs that ended lately: by week and status, how long they took, and why they failed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from customization_jobs.jobs import COMPLETED, FAILED, TERMINAL, Summary
from customization_jobs.reports.durations import Durations
from customization_jobs.reports.failure_reasons import FailureReasons
from customization_jobs.reports.name_counts import OTHER_NAMES
from customization_jobs.reports.well_formed import customization_type, end_time
from customization_jobs.timestamps import format_timestamp, parse_timestamp

# The current week and the 13 before it: at least 91 days. Every week but the current one is complete.
WEEKS = 14
_WEEK = timedelta(weeks=1)
# Bounds of the answer: types with figures of their own, and the length of their names. Others count as one.
MAX_TYPES = 12
_MAX_TYPE_LENGTH = 100

# The names of `TrendTotals.to_json`, in order.
TRENDS_FIELDS = (
    "asOf",
    "complete",
    "jobs",
    "malformed",
    "since",
    "currentWeek",
    "byWeek",
    "completedDurationSeconds",
    "failures",
)


def start_of_week(time: datetime) -> datetime:
    """Return when the ISO week of a time began: on Monday at 00:00 UTC."""
    day = time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def week_name(time: datetime) -> str:
    """Return the ISO week of a time, such as `2026-W09`."""
    year, week, _ = time.astimezone(UTC).isocalendar()
    return f"{year}-W{week:02}"


@dataclass(slots=True)
class TrendTotals:
    """Running totals of jobs that ended in the last weeks, in memory that does not grow with their number.

    Parameters
    ----------
    now : datetime
        A time in the last of the weeks.
    types : sequence of str
        Known customization types, which have figures even without jobs. Others have them once they occur.
    failures : FailureReasons
        Receives the failed jobs.
    """

    now: datetime
    types: Sequence[str]
    failures: FailureReasons
    jobs: int = field(default=0, init=False)
    since: datetime = field(init=False)
    by_week: list[Counter[str]] = field(init=False)
    durations: dict[str, Durations] = field(init=False)

    def __post_init__(self) -> None:
        self.since = start_of_week(self.now) - (WEEKS - 1) * _WEEK
        self.by_week = [Counter(dict.fromkeys(TERMINAL, 0)) for _ in range(WEEKS)]
        self.durations = {name: Durations() for name in self.types}

    def add(self, jobs: Iterable[Summary]) -> None:
        """Add the jobs of a page, whose summaries are well-formed."""
        for job in jobs:
            self.jobs += 1
            if job["status"] in TERMINAL:
                self._add_ended(job, job["status"], end_time(job))

    def to_json(self, *, complete: bool, malformed: int = 0) -> dict[str, Any]:
        """Return the totals as JSON, well under 50 KB.

        Parameters
        ----------
        complete : bool
            Whether all jobs were added.
        malformed : int
            Number of jobs that were left out, which the totals contain only if there are any.
        """
        self.failures.finish()
        weeks = (week_name(self.since + number * _WEEK) for number in range(WEEKS))
        return {
            "asOf": format_timestamp(self.now),
            "complete": complete,
            "jobs": self.jobs,
            **({"malformed": malformed} if malformed else {}),
            "since": format_timestamp(self.since),
            "currentWeek": week_name(self.now),
            "byWeek": {name: dict(counts) for name, counts in zip(weeks, self.by_week, strict=True)},
            "completedDurationSeconds": {
                name: {"jobs": durations.count, **durations.percentiles()}
                for name, durations in self.durations.items()
            },
            "failures": self.failures.to_json(),
        }

    def _add_ended(self, job: Summary, status: str, ended: datetime) -> None:
        if ended < self.since:
            return
        # A job that ended during the scan ended after `now`, perhaps in the next week, and counts.
        week = min((ended - self.since) // _WEEK, WEEKS - 1)
        self.by_week[week][status] += 1
        if status == COMPLETED:
            # Failed jobs are left out: those that fail early would make jobs look fast.
            self._durations_of(job).add((ended - parse_timestamp(job["creationTime"])).total_seconds())
        elif status == FAILED:
            self.failures.add(job["jobArn"])

    def _durations_of(self, job: Summary) -> Durations:
        name = customization_type(job)[:_MAX_TYPE_LENGTH]
        has_own = name in self.durations or len(self.durations) < MAX_TYPES - 1
        return self.durations.setdefault(name if has_own else OTHER_NAMES, Durations())
