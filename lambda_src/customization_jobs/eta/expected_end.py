"""When a running job is expected to end, if it completes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from customization_jobs.eta.history import History, foundation_model
from customization_jobs.eta.interval import MIN_JOBS, Interval, interval, interval_at_age
from customization_jobs.jobs import IN_PROGRESS, NOT_STARTED, PHASES, TERMINAL, Summary, phase_details
from customization_jobs.timestamps import format_timestamp, parse_timestamp_or_none

# Properties that the past jobs of an estimate share with the job.
_TYPE, _MODEL, _PHASE = "customizationType", "baseModel", "phase"
# A creation time further in the future than this is wrong.
_MAX_CLOCK_SKEW = timedelta(days=1)


class Reason(StrEnum):
    """Why no time is expected."""

    TOO_FEW_JOBS = "TooFewJobs"
    LATE = "Late"


class RunningJob(NamedTuple):
    """What an estimate needs to know of a job in progress.

    Attributes
    ----------
    model : str or None
        Id of the foundation model; None if unknown.
    phase, phase_started : str and datetime, or None
        The current phase; both None if unknown.
    """

    customization_type: str | None
    model: str | None
    created: datetime
    phase: str | None = None
    phase_started: datetime | None = None

    @classmethod
    def from_summary(cls, summary: Summary) -> "RunningJob | None":
        """Read a summary; None if the job is not in progress, or was created at an unknown time."""
        created = parse_timestamp_or_none(summary.get("creationTime"))
        if summary.get("status") != IN_PROGRESS or created is None:
            return None
        given_type = summary.get("customizationType")
        customization_type = given_type if isinstance(given_type, str) else None
        phase, started = _current_phase(summary.get("statusDetails"))
        return cls(customization_type, foundation_model(summary.get("baseModelArn")), created, phase, started)


@dataclass(frozen=True, slots=True)
class ExpectedEnd:
    """When a job is expected to end: between `earliest` and `latest` for at least 9 of 10 jobs.

    Attributes
    ----------
    based_on : int
        Number of past jobs. If the job is not late, those that took longer than it has taken so far.
    earliest, latest : datetime or None
        None if there is a `reason` why no time is expected. Of a late job, the interval that it has outlived.
    similar_by : tuple of str
        What the past jobs have in common with this one; empty if there are too few.
    """

    based_on: int
    earliest: datetime | None = None
    latest: datetime | None = None
    similar_by: tuple[str, ...] = ()
    reason: Reason | None = None

    @property
    def is_late(self) -> bool:
        """Whether the job has outlived the interval that was expected when its current phase started."""
        return self.reason is Reason.LATE

    def to_json(self) -> dict[str, Any]:
        """Return `earliest`, `latest`, `basedOn`, and `similarBy`, `reason`, `lateSince` where they apply.

        `earliest` and `latest` are null if no time is expected, so that no consumer takes a past interval for
        a forecast.
        """
        return {
            "earliest": None if self.reason else _format(self.earliest),
            "latest": None if self.reason else _format(self.latest),
            "basedOn": self.based_on,
            **({"similarBy": list(self.similar_by)} if self.similar_by else {}),
            **({"reason": str(self.reason)} if self.reason else {}),
            **({"lateSince": _format(self.latest)} if self.is_late else {}),
        }

    def interval_json(self) -> dict[str, Any]:
        """Return the interval itself; of a late job, the one that it has outlived."""
        return {
            "earliest": _format(self.earliest),
            "latest": _format(self.latest),
            "basedOn": self.based_on,
            "similarBy": list(self.similar_by),
        }


class _Level(NamedTuple):
    """Past jobs to compare with, and the time from which this job's age counts."""

    similar_by: tuple[str, ...]
    durations: Sequence[float]
    start: datetime


def expected_end(job: RunningJob, of_model: History, of_type: History, now: datetime) -> ExpectedEnd | None:
    """Return when a job is expected to end; None if its creation time cannot be right.

    The most similar jobs come first: the same type, base model and phase; the same type and base model; the
    same type. The first with enough jobs decides whether the job is late: whether it has outlived the
    interval that was expected when its current phase started, or when it was created.

    Parameters
    ----------
    of_model, of_type : History
        Of the job's type and foundation model, and of its type.
    """
    if job.created - now > _MAX_CLOCK_SKEW:
        return None
    most_jobs = 0
    is_late_known = False
    for level in _levels(job, of_model, of_type):
        at_start = interval(level.durations)
        if at_start is None:
            most_jobs = max(most_jobs, len(level.durations))
            continue
        age = (now - level.start).total_seconds()
        if not is_late_known and age > at_start.longest:
            return _from(level, at_start, Reason.LATE)
        is_late_known = True
        at_age = interval_at_age(level.durations, age)
        if at_age:
            return _from(level, at_age)
        most_jobs = max(most_jobs, sum(each > age for each in level.durations))
    return ExpectedEnd(most_jobs, reason=Reason.TOO_FEW_JOBS)


def _levels(job: RunningJob, of_model: History, of_type: History) -> Iterator[_Level]:
    for similar_by, history in (((_TYPE, _MODEL), of_model), ((_TYPE,), of_type)):
        if len(history.jobs) < MIN_JOBS:
            yield _Level((), history.totals, job.created)
            continue
        if job.phase and job.phase_started and job.phase_started - job.created >= -_MAX_CLOCK_SKEW:
            yield _Level((*similar_by, _PHASE), history.after[job.phase], job.phase_started)
        yield _Level(similar_by, history.totals, job.created)


def _from(level: _Level, found: Interval, reason: Reason | None = None) -> ExpectedEnd:
    return ExpectedEnd(
        found.jobs,
        level.start + timedelta(seconds=found.shortest),
        level.start + timedelta(seconds=found.longest),
        level.similar_by,
        reason,
    )


def _current_phase(details: object) -> tuple[str | None, datetime | None]:
    """Return the last phase that has started and not ended, with its start."""
    for name in reversed(PHASES):
        phase = details.get(phase_details(name)) if isinstance(details, Mapping) else None
        if isinstance(phase, Mapping) and phase.get("status") not in (None, NOT_STARTED, *TERMINAL):
            started = parse_timestamp_or_none(phase.get("creationTime"))
            return (name, started) if started else (None, None)
    return None, None


def _format(time: datetime | None) -> str | None:
    return format_timestamp(time) if time else None
