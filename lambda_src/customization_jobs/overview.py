"""All jobs in one small answer: how many of which kind, what is late, how well and how fast they went."""

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from customization_jobs.durations import Durations
from customization_jobs.instants import instant
from customization_jobs.summaries import NOT_REPORTED, TERMINAL, LimitOf, Summary, base_model, end_time

# The answer and the memory for it stay small whatever Bedrock sends: of a kind of names so many are counted
# by themselves, what comes after these together. An id of a model has at most 383 characters.
_MOST_NAMES = 64
_LONGEST_NAME = 383
OTHER_NAMES = "Other"
# Of the stuck jobs those are told that are the longest over their limits; all are counted.
MOST_STUCK_TOLD = 20
WINDOW = timedelta(days=30)
_PERCENTILES = (50, 90, 99)
_TOLD = ("jobArn", "jobName", "status", "baseModelArn", "customizationType", "creationTime")


@dataclass(slots=True)
class Overview:
    """A running account of jobs, in memory that does not grow with their number.

    Parameters
    ----------
    now : datetime
        The moment that ages are measured at, and that the last 30 days end with.
    limit_of : callable
        How many seconds a job may be in progress: one for longer is stuck.
    statuses, types : sequence of str
        The values that the service model knows: they are counted from 0, others from their first job.
    """

    now: datetime
    limit_of: LimitOf
    statuses: Sequence[str]
    types: Sequence[str]
    jobs: int = field(default=0, init=False)
    by_status: Counter[str] = field(init=False)
    by_type: Counter[str] = field(init=False)
    by_base_model: Counter[str] = field(default_factory=Counter, init=False)
    stuck: int = field(default=0, init=False)
    ended: Counter[str] = field(init=False)
    durations: Durations = field(default_factory=Durations, init=False)
    _oldest: tuple[float, str, Summary] | None = field(default=None, init=False)
    # A heap whose first entry is the one that is the least over its limit.
    _most_overdue: list[tuple[float, str, int, Summary]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.by_status = Counter(dict.fromkeys(self.statuses, 0))
        self.by_type = Counter(dict.fromkeys(self.types, 0))
        self.ended = Counter(dict.fromkeys(TERMINAL, 0))

    def add(self, jobs: Iterable[Summary]) -> None:
        """Take in the jobs of one page."""
        for job in jobs:
            status = job["status"]
            self.jobs += 1
            _count(self.by_status, status)
            _count(self.by_type, job.get("customizationType") or NOT_REPORTED)
            _count(self.by_base_model, base_model(job))
            if status == "InProgress":
                self._in_progress(job)
            elif status in TERMINAL:
                self._over(job, status)

    def answer(self, *, complete: bool) -> dict[str, Any]:
        """Tell it as JSON.

        Parameters
        ----------
        complete : bool
            Whether all jobs were taken in. Otherwise every figure is of those that were.

        Returns
        -------
        dict
            Well under 200 KiB as JSON, for any number of jobs.
        """
        decided = self.ended["Completed"] + self.ended["Failed"]
        return {
            "asOf": _text(self.now),
            "complete": complete,
            "jobs": self.jobs,
            "byStatus": dict(self.by_status),
            "byCustomizationType": dict(self.by_type),
            "byBaseModel": dict(self.by_base_model.most_common()),
            "oldestInProgress": self._told(self._oldest[2]) if self._oldest else None,
            "stuck": {
                "count": self.stuck,
                "jobs": [self._told(job) for *_, job in sorted(self._most_overdue, reverse=True)],
            },
            "last30Days": {
                "since": _text(self.now - WINDOW),
                "ended": self.ended.total(),
                "byStatus": dict(self.ended),
                # Stopped is somebody's decision and says nothing of how well jobs go.
                "successRate": round(self.ended["Completed"] / decided, 4) if decided else None,
                "completedDurationSeconds": {
                    f"p{percent}": _whole(self.durations.percentile(percent)) for percent in _PERCENTILES
                },
            },
        }

    def _in_progress(self, job: Summary) -> None:
        age = self._age(job)
        # By age, then by ARN: among jobs of one age the answer does not depend on the order they came in.
        entry = (-age, job["jobArn"], job)
        if self._oldest is None or entry[:2] < self._oldest[:2]:
            self._oldest = entry
        over = age - self.limit_of(job)
        if over <= 0:
            return
        self.stuck += 1
        # The number of the job, which no other one has, so that no two jobs themselves are compared.
        overdue = (over, job["jobArn"], self.jobs, job)
        if len(self._most_overdue) < MOST_STUCK_TOLD:
            heapq.heappush(self._most_overdue, overdue)
        else:
            heapq.heappushpop(self._most_overdue, overdue)

    def _over(self, job: Summary, status: str) -> None:
        ended = instant(end_time(job))
        # What ended while the others were being read ended after `now`, and counts.
        if self.now - ended > WINDOW:
            return
        self.ended[status] += 1
        if status == "Completed":
            # Of those alone: one that failed in its first minute would make the service look fast.
            self.durations.add((ended - instant(job["creationTime"])).total_seconds())

    def _age(self, job: Summary) -> float:
        return (self.now - instant(job["creationTime"])).total_seconds()

    def _told(self, job: Summary) -> dict[str, Any]:
        return {
            **{name: job[name] for name in _TOLD if name in job},
            "ageSeconds": int(self._age(job)),
            "limitSeconds": int(self.limit_of(job)),
        }


def _count(counts: Counter[str], name: str) -> None:
    name = name[:_LONGEST_NAME]
    counts[name if name in counts or len(counts) < _MOST_NAMES else OTHER_NAMES] += 1


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else math.floor(seconds + 0.5)
