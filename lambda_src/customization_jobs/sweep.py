"""What one look at all jobs tells: counts, ages, and the jobs that someone should hear of."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from customization_jobs.instants import instant
from customization_jobs.summaries import NOT_REPORTED, LimitOf

# The sweep of every job. A query with an input that selects some of them needs a sweep of another name, or
# its figures would be taken for those of all, by people and by alarms.
ALL_JOBS = "all-jobs"
SELECTING = frozenset(
    {"creationTimeAfter", "creationTimeBefore", "statusEquals", "nameContains", "nextToken"}
)
SWEEP_NAME = re.compile("[A-Za-z0-9._-]{1,64}")

_RECENTLY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Finding:
    """A job that someone should hear of.

    Attributes
    ----------
    what : str
        "job failed" or "job in progress longer than its limit".
    job : mapping
        Its summary.
    age_seconds : int
        Since its creation.
    limit_seconds : float
        How long it may be in progress.
    """

    what: str
    job: Mapping[str, Any]
    age_seconds: int
    limit_seconds: float


@dataclass(slots=True)
class Sweep:
    """A running account of jobs, in memory that does not grow with their number.

    Parameters
    ----------
    now : datetime
        The moment that ages are measured at.
    limit_of : callable
        How many seconds a job may be in progress; one for longer is a finding.
    statuses, types : sequence of str
        The values that the service model knows: they are counted from 0, others from their first job.
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

    def add(self, jobs: Iterable[Mapping[str, Any]]) -> list[Finding]:
        """Count the jobs of one page and return the findings among them."""
        findings = []
        for job in jobs:
            status = job["status"]
            self.by_status[status] += 1
            self.by_type[job.get("customizationType") or NOT_REPORTED] += 1
            what = None
            if status == "InProgress":
                what = self._in_progress(job)
            elif status in ("Failed", "Completed") and self._ended_recently(job):
                what = self._ended(status)
            if what:
                findings.append(Finding(what, job, int(self._age(job).total_seconds()), self.limit_of(job)))
        return findings

    def _in_progress(self, job: Mapping[str, Any]) -> str | None:
        age = self._age(job)
        self.oldest_in_progress = max(self.oldest_in_progress, age)
        late = age > timedelta(seconds=self.limit_of(job))
        return "job in progress longer than its limit" if late else None

    def _ended(self, status: str) -> str | None:
        if status == "Completed":
            self.completed_recently += 1
            return None
        self.failed_recently += 1
        return "job failed"

    def _ended_recently(self, job: Mapping[str, Any]) -> bool:
        # Both are optional in a summary; a job's last change is its end, or later.
        ended = job.get("endTime") or job.get("lastModifiedTime") or job["creationTime"]
        return self.now - instant(ended) <= _RECENTLY

    def _age(self, job: Mapping[str, Any]) -> timedelta:
        return self.now - instant(job["creationTime"])
