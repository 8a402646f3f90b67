"""Detecting changes: what a merged state adds to the record of a job. One generator for each kind."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from customization_jobs.jobs import COMPLETED, FAILED, NOT_STARTED, PHASES, STOPPED, STOPPING
from customization_jobs.limits import Limits
from customization_jobs.timestamps import format_duration, parse_timestamp
from customization_jobs.watch.job import Job
from customization_jobs.watch.observation import Observation
from customization_jobs.watch.ranks import RANK_IN_PROGRESS, RANK_STOPPING, job_rank, phase_rank
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.transition import JOB, FoundBy, Kind

if TYPE_CHECKING:
    from customization_jobs.eta.expected_end import ExpectedEnd

_KIND_OF_STATUS = {
    STOPPING: Kind.STOPPING,
    COMPLETED: Kind.COMPLETED,
    FAILED: Kind.FAILED,
    STOPPED: Kind.STOPPED,
}


# Returns when a job is expected to end, as far as is known at a time; None if the job is not in progress.
ExpectedEndOf: TypeAlias = "Callable[[Job, datetime], ExpectedEnd | None]"


def no_expected_end(_job: Job, _now: datetime) -> None:
    """Return no expected end."""


class Change(NamedTuple):
    """A change that may already be recorded.

    Attributes
    ----------
    at : str or None
        When, according to Bedrock.
    value : str
        Distinguishes changes of one kind and scope, such as the status that a phase reached.
    """

    kind: Kind
    at: str | None
    scope: str = JOB
    value: str = ""
    details: Mapping[str, Any] = {}


def detect_changes(
    record: JobRecord | None,
    job: Job,
    observation: Observation,
    limits: Limits,
    now: datetime,
    *,
    expected_end: ExpectedEndOf = no_expected_end,
) -> Iterator[Change]:
    """Yield the changes from a record to the merged state `job`, in the order in which they are published."""
    known = record.job if record else None
    changed_at = _changed_at(known, observation.job)
    if known is None:
        yield Change(Kind.DISCOVERED, job.creation_time)
    yield from _phase_changes(known, job, changed_at)
    # An event may be out of date. Only a sweep reports the current state.
    if observation.found_by is FoundBy.SWEEP:
        yield from _late(job, expected_end, now)
        yield from _stuck(job, limits, now)
    yield from _status_change(known, job, observation, changed_at)
    if record:
        yield from _unstuck(record, job, changed_at)
        yield from _failure_explained(record, observation)
    if observation.found_by is FoundBy.SWEEP:
        yield from _stuck_in_stopping(record, job, limits, now)


def _changed_at(known: Job | None, observed: Job) -> str | None:
    # The creation time is a lower bound for a job that was unknown. For a known job it would be wrong.
    return observed.last_change if known is None else observed.end_time or observed.last_modified_time


def _phase_changes(known: Job | None, job: Job, changed_at: str | None) -> Iterator[Change]:
    for name in PHASES:
        phase, before = job.phases.get(name), known.phases.get(name) if known else None
        if phase and phase.status != NOT_STARTED and (before is None or phase.status != before.status):
            details = {"phase": name, "from": before.status if before else None, "to": phase.status}
            yield Change(Kind.PHASE_CHANGED, phase.modified or changed_at, name, phase.status, details)


def _late(job: Job, expected_end: ExpectedEndOf, now: datetime) -> Iterator[Change]:
    expected = expected_end(job, now) if job_rank(job) == RANK_IN_PROGRESS else None
    if expected and expected.is_late:
        details = {"phase": job.current_phase, "expectedEnd": expected.interval_json()}
        yield Change(Kind.LATE, now.isoformat(), details=details)


def _stuck(job: Job, limits: Limits, now: datetime) -> Iterator[Change]:
    if job_rank(job) != RANK_IN_PROGRESS:
        return
    job_limit = limits.of_job(job.customization_type, job.base_model_arn)
    limited = [(JOB, job.current_phase, job.creation_time, job_limit)]
    limited += [
        (name, name, phase.started, limits.by_phase[name])
        for name, phase in job.phases.items()
        if name in limits.by_phase and phase_rank(phase) == RANK_IN_PROGRESS
    ]
    for scope, phase_name, started, limit in limited:
        if details := _exceeded(started, limit, now):
            yield Change(Kind.STUCK, now.isoformat(), scope, details={"phase": phase_name, **details})


def _stuck_in_stopping(record: JobRecord | None, job: Job, limits: Limits, now: datetime) -> Iterator[Change]:
    if job_rank(job) != RANK_STOPPING:
        return
    since = record and record.stopping_since
    limit = limits.of_job(job.customization_type, job.base_model_arn)
    if details := _exceeded(since or job.last_modified_time, limit, now):
        details = {"phase": job.current_phase, **details, "status": job.status}
        yield Change(Kind.STUCK, now.isoformat(), value=job.status, details=details)


def _exceeded(started: str | None, limit: int, now: datetime) -> dict[str, Any]:
    """Return the age and the limit, in seconds and in words, if the age exceeds the limit."""
    age = now - parse_timestamp(started) if started else timedelta(0)
    if age <= timedelta(seconds=limit):
        return {}
    seconds = int(age.total_seconds())
    words = {"age": format_duration(seconds), "limit": format_duration(limit)}
    return {"ageSeconds": seconds, "limitSeconds": limit, **words}


def _status_change(
    known: Job | None, job: Job, observation: Observation, changed_at: str | None
) -> Iterator[Change]:
    kind = _KIND_OF_STATUS.get(job.status)
    if kind and (known is None or job.status != known.status):
        failure = {"failure": observation.failure.to_json()} if observation.failure else {}
        yield Change(kind, changed_at, details=failure)


def _unstuck(record: JobRecord, job: Job, changed_at: str | None) -> Iterator[Change]:
    for scope in sorted(record.stuck):
        in_stopping = scope == JOB and record.is_stuck_in_stopping
        status = _status_beyond(job, scope, RANK_STOPPING if in_stopping else RANK_IN_PROGRESS)
        if status:
            phase_name = {} if scope == JOB else {"phase": scope}
            value = STOPPING if in_stopping else ""
            yield Change(Kind.UNSTUCK, changed_at, scope, value, {**phase_name, "status": status})


def _status_beyond(job: Job, scope: str, rank: int) -> str | None:
    """Return the status by which a job, or one of its phases, has gone beyond a rank."""
    phase = job.phases.get(scope)
    if phase and phase_rank(phase) > rank:
        return phase.status
    return job.status if job_rank(job) > rank else None


def _failure_explained(record: JobRecord, observation: Observation) -> Iterator[Change]:
    failure = observation.failure
    if record.unexplained_since and failure and failure.message:
        yield Change(Kind.FAILURE_EXPLAINED, None, details={"failure": failure.to_json()})
