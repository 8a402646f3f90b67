"""The figures of one sweep: counts, ages, and jobs that need attention."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from customization_jobs.jobs import (
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    LimitOf,
    Summary,
)
from customization_jobs.reports.well_formed import customization_type, end_time
from customization_jobs.timestamps import parse_timestamp

_RECENTLY = timedelta(hours=24)
# Limits of the metrics' dimensions: values of the form of Bedrock's own, and few, because each costs. Others
# count as one.
_NAME = re.compile("[A-Za-z0-9_-]{1,64}")
_MAX_NAMES = 20
OTHER_NAMES = "Other"


class Finding(NamedTuple):
    """A job that needs attention.

    Attributes
    ----------
    message : str
        "job failed" or "job in progress longer than its limit".
    age_seconds : int
        Since the job's creation.
    limit_seconds : float
        How long the job may be in progress.
    """

    message: str
    job: Summary
    age_seconds: int
    limit_seconds: float


@dataclass(slots=True)
class SweepFigures:
    """Running figures, in memory that does not grow with the number of jobs.

    Parameters
    ----------
    now : datetime
        Ages are measured at this time.
    limit_of : callable
        Returns how many seconds a job may be in progress before it is a finding.
    statuses, types : sequence of str
        Known values, which are counted even if they do not occur. Other values are counted once they occur.
    """

    now: datetime
    limit_of: LimitOf
    statuses: Sequence[str]
    types: Sequence[str]
    by_status: Counter[str] = field(init=False)
    by_type: Counter[str] = field(init=False)
    failed_recently: int = 0
    completed_recently: int = 0
    oldest_in_progress: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        self.by_status = Counter(dict.fromkeys(self.statuses, 0))
        self.by_type = Counter(dict.fromkeys(self.types, 0))

    def add(self, jobs: Iterable[Summary]) -> list[Finding]:
        """Count the jobs of a page, whose summaries are well-formed, and return the findings among them."""
        findings = []
        for job in jobs:
            status = job["status"]
            _count(self.by_status, status)
            _count(self.by_type, customization_type(job))
            message = None
            if status == IN_PROGRESS:
                message = self._add_in_progress(job)
            elif status in (FAILED, COMPLETED) and self._ended_recently(job):
                message = self._add_ended(status)
            if message:
                age_seconds = int(self._age(job).total_seconds())
                findings.append(Finding(message, job, age_seconds, self.limit_of(job)))
        return findings

    def _add_in_progress(self, job: Summary) -> str | None:
        age = self._age(job)
        self.oldest_in_progress = max(self.oldest_in_progress, age)
        is_late = age > timedelta(seconds=self.limit_of(job))
        return "job in progress longer than its limit" if is_late else None

    def _add_ended(self, status: str) -> str | None:
        if status == COMPLETED:
            self.completed_recently += 1
            return None
        self.failed_recently += 1
        return "job failed"

    def _ended_recently(self, job: Summary) -> bool:
        return self.now - end_time(job) <= _RECENTLY

    def _age(self, job: Summary) -> timedelta:
        return self.now - parse_timestamp(job["creationTime"])


def _count(counts: Counter[str], name: str) -> None:
    is_counted = name in counts or (len(counts) < _MAX_NAMES and _NAME.fullmatch(name))
    counts[name if is_counted else OTHER_NAMES] += 1
