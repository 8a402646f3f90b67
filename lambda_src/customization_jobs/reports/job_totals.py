"""Totals over all jobs for the overview: counts, stuck jobs, and statistics of the last 30 days."""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from customization_jobs.jobs import (
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    TERMINAL,
    LimitOf,
    Summary,
    base_model,
)
from customization_jobs.reports.durations import Durations
from customization_jobs.reports.expected_end import ExpectedEndOf, no_expected_end
from customization_jobs.reports.name_counts import count, merged
from customization_jobs.reports.well_formed import customization_type, end_time
from customization_jobs.timestamps import format_timestamp, parse_timestamp

# Bounds the answer's size: the longest ARN in Bedrock's model has 1,011 characters.
_MAX_TEXT_LENGTH = 1011
# Number of stuck jobs listed, those furthest over their limits first. All are counted.
MAX_STUCK_JOBS = 20
WINDOW = timedelta(days=30)
# The fields of a job in progress that an answer contains.
FIELDS = ("jobArn", "jobName", "status", "baseModelArn", "customizationType", "creationTime")

# The names of `JobTotals.to_json`, in order.
TOTALS_FIELDS = (
    "asOf",
    "complete",
    "jobs",
    "malformed",
    "byStatus",
    "byCustomizationType",
    "byBaseModel",
    "oldestInProgress",
    "stuck",
    "last30Days",
)


@dataclass(slots=True)
class JobTotals:
    """Running totals, in memory that does not grow with the number of jobs.

    Totals of different jobs can be merged. The result does not depend on the order, and equals the totals of
    all jobs, unless their models, types or statuses have more than 64 names.

    Parameters
    ----------
    now : datetime
        Ages are measured, and the last 30 days end, at this time.
    limit_of : callable
        Returns how many seconds a job may be in progress before it counts as stuck.
    statuses, types : sequence of str
        Known values, which are counted even if they do not occur. Other values are counted once they occur.
    expected_end_of : callable
        Returns when a job in progress is expected to end. Called for those that the answer contains.
    """

    now: datetime
    limit_of: LimitOf
    statuses: Sequence[str]
    types: Sequence[str]
    expected_end_of: ExpectedEndOf = no_expected_end
    jobs: int = field(default=0, init=False)
    by_status: Counter[str] = field(init=False)
    by_type: Counter[str] = field(init=False)
    by_base_model: Counter[str] = field(default_factory=Counter, init=False)
    stuck: int = field(default=0, init=False)
    ended: Counter[str] = field(init=False)
    durations: Durations = field(default_factory=Durations, init=False)
    _oldest: tuple[float, str, Summary] | None = field(default=None, init=False)
    # A heap; the first entry is the stuck job that is least over its limit.
    _most_overdue: list[tuple[float, str, int, Summary]] = field(default_factory=list, init=False)
    _overdue_jobs: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.by_status = Counter(dict.fromkeys(self.statuses, 0))
        self.by_type = Counter(dict.fromkeys(self.types, 0))
        self.ended = Counter(dict.fromkeys(TERMINAL, 0))

    def add(self, jobs: Iterable[Summary]) -> None:
        """Add the jobs of a page, whose summaries are well-formed."""
        page = list(jobs)
        self.jobs += len(page)
        # A page has few distinct values, so that little is done for each job.
        for status, number in Counter(map(itemgetter("status"), page)).items():
            count(self.by_status, status, number)
        for kind, number in Counter(map(customization_type, page)).items():
            count(self.by_type, kind, number)
        for arn, number in Counter(map(itemgetter("baseModelArn"), page)).items():
            count(self.by_base_model, base_model(arn), number)
        for job in page:
            status = job["status"]
            if status == IN_PROGRESS:
                self._add_in_progress(job)
            elif status in TERMINAL:
                self._add_ended(job, status)

    def to_json(self, *, complete: bool, malformed: int = 0) -> dict[str, Any]:
        """Return the totals as JSON, well under 200 KiB.

        Parameters
        ----------
        complete : bool
            Whether all jobs were added.
        malformed : int
            Number of jobs that were left out, which the totals contain only if there are any.
        """
        decided = self.ended[COMPLETED] + self.ended[FAILED]
        return {
            "asOf": format_timestamp(self.now),
            "complete": complete,
            "jobs": self.jobs,
            **({"malformed": malformed} if malformed else {}),
            "byStatus": dict(self.by_status),
            "byCustomizationType": dict(self.by_type),
            "byBaseModel": dict(self.by_base_model.most_common()),
            "oldestInProgress": self._in_progress_json(self._oldest[2]) if self._oldest else None,
            "stuck": {
                "count": self.stuck,
                "jobs": [self._in_progress_json(job) for job in self.most_overdue],
            },
            "last30Days": {
                "since": format_timestamp(self.now - WINDOW),
                "ended": self.ended.total(),
                "byStatus": dict(self.ended),
                # Stopped jobs are left out: stopping a job is a decision, not a result.
                "successRate": round(self.ended[COMPLETED] / decided, 4) if decided else None,
                "completedDurationSeconds": self.durations.percentiles(),
            },
        }

    def merge(self, other: "JobTotals") -> None:
        """Add the totals of other jobs, whose ages are measured at the same time."""
        self.jobs += other.jobs
        self.by_status = merged(self.by_status, other.by_status, self.statuses)
        self.by_type = merged(self.by_type, other.by_type, self.types)
        self.by_base_model = merged(self.by_base_model, other.by_base_model, ())
        self.stuck += other.stuck
        self.ended.update(other.ended)
        self.durations.merge(other.durations)
        oldest = (self._oldest, other._oldest)  # noqa: SLF001 - the same class
        self._oldest = min(filter(None, oldest), key=_order, default=None)
        most_overdue = self._most_overdue + other._most_overdue  # noqa: SLF001 - the same class
        overdue = [(over, arn, job) for over, arn, _, job in most_overdue]
        most = heapq.nlargest(MAX_STUCK_JOBS, overdue, key=_order)
        self._most_overdue = [(over, arn, -place, job) for place, (over, arn, job) in enumerate(most)]
        heapq.heapify(self._most_overdue)

    @property
    def oldest_in_progress(self) -> Summary | None:
        """The job that has been in progress for the longest time."""
        return self._oldest[2] if self._oldest else None

    @property
    def most_overdue(self) -> list[Summary]:
        """The stuck jobs that exceed their limits most, in descending order, at most 20."""
        return [job for *_, job in sorted(self._most_overdue, reverse=True)]

    def keep_oldest(self, job: Summary, age: float) -> None:
        """Remember a job in progress if it is the oldest."""
        # Ordered by age, then by ARN, so that the result does not depend on the order of arrival.
        entry = (-age, job["jobArn"], job)
        if self._oldest is None or entry[:2] < self._oldest[:2]:
            self._oldest = entry

    def _add_in_progress(self, job: Summary) -> None:
        age = self.age(job)
        self.keep_oldest(job, age)
        if age > self.limit_of(job):
            self.stuck += 1
            self.keep_overdue(job, age)

    def keep_overdue(self, job: Summary, age: float) -> None:
        """Remember a stuck job if it is among those that exceed their limits most."""
        overdue = age - self.limit_of(job)
        # The number is unique, so that the jobs themselves are never compared.
        self._overdue_jobs += 1
        stuck_job = (overdue, job["jobArn"], self._overdue_jobs, job)
        if len(self._most_overdue) < MAX_STUCK_JOBS:
            heapq.heappush(self._most_overdue, stuck_job)
        else:
            heapq.heappushpop(self._most_overdue, stuck_job)

    def _add_ended(self, job: Summary, status: str) -> None:
        ended = end_time(job)
        # A job that ended during the scan ended after `now`, and counts.
        if self.now - ended > WINDOW:
            return
        self.ended[status] += 1
        if status == COMPLETED:
            # Failed jobs are left out: those that fail early would make jobs look fast.
            self.durations.add((ended - parse_timestamp(job["creationTime"])).total_seconds())

    def age(self, job: Summary) -> float:
        """Return for how many seconds a job has existed."""
        return (self.now - parse_timestamp(job["creationTime"])).total_seconds()

    def _in_progress_json(self, job: Summary) -> dict[str, Any]:
        expected = self.expected_end_of(job, self.now)
        return {
            **{name: job[name][:_MAX_TEXT_LENGTH] for name in FIELDS if isinstance(job.get(name), str)},
            "ageSeconds": int(self.age(job)),
            "limitSeconds": int(self.limit_of(job)),
            **({"expectedEnd": expected.to_json()} if expected else {}),
        }


def _order(entry: tuple[float, str, Summary]) -> tuple[float, str, tuple[str, ...]]:
    """Order jobs in progress by number and ARN, and then by all that an answer contains of them."""
    number, arn, job = entry
    return number, arn, tuple(str(job.get(name)) for name in FIELDS)
