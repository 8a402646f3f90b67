"""What an observation adds to what is known of a job: the heart of the watch, and free of any call.

Things only go forwards. A status has a rank, and one of a lower rank is an old piece of news; what ended,
ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from customization_jobs.instants import instant
from customization_jobs.summaries import TERMINAL
from customization_jobs.watch.limits import Limits
from customization_jobs.watch.observation import PHASES, Job, Observation, Phase, later, moment
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.transition import JOB, Kind, Source, Transition, transition_id

_KINDS = {
    "Stopping": Kind.STOPPING,
    "Completed": Kind.COMPLETED,
    "Failed": Kind.FAILED,
    "Stopped": Kind.STOPPED,
}
# Ranks of the statuses of jobs and of their phases, which know NotStarted too. An unknown status is one in
# progress, unless the job has ended: then a known one may still follow.
_IN_PROGRESS, _STOPPING, _ENDED, _TERMINAL = range(4)
_NOT_STARTED = -1


@dataclass(frozen=True, slots=True)
class Terms:
    """What the watch is set to.

    Attributes
    ----------
    limits : Limits
        How long a job may be in progress.
    retention : timedelta
        A job that ended longer ago than this is not watched: its record is gone, or soon will be.
    """

    limits: Limits
    retention: timedelta


@dataclass(frozen=True, slots=True)
class _Found:
    kind: Kind
    at: str | None
    scope: str = JOB
    value: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def progress(
    record: JobRecord | None, observation: Observation, terms: Terms, *, since: datetime, now: datetime
) -> tuple[JobRecord | None, tuple[Transition, ...]]:
    """Take in one observation.

    Parameters
    ----------
    record : JobRecord or None
        What is known of the job; None if nothing is.
    observation : Observation
        What was seen of it, now or some time ago.
    terms : Terms
        What the watch is set to.
    since : datetime
        What was over before, as a sweep finds it, is recorded and not told.
    now : datetime
        The moment that ages are measured at.

    Returns
    -------
    JobRecord or None
        What is known now, what is news pending in it. It is `record` itself if there is nothing to write.
    tuple of Transition
        What the observation added, in order.
    """
    seen = observation.job
    if record is None:
        ended = moment(seen.changed)
        if seen.status in TERMINAL and ended is not None and ended + terms.retention <= now:
            return None, ()
        job = seen
    else:
        job = _merged(record.job, seen)
    found: list[Transition] = []
    before = len(record.transitions) if record else 0
    for each in _happened(record, job, observation, terms, now):
        id_ = transition_id(job.arn, each.kind, each.scope, each.value)
        if not (record and record.has(id_)):
            found.append(
                Transition(
                    id=id_,
                    kind=each.kind,
                    at=each.at or now.isoformat(),
                    found_by=observation.source,
                    sequence=before + len(found) + 1,
                    scope=each.scope,
                    details={name: value for name, value in each.details.items() if value is not None},
                )
            )
    if record and not found and not _worth_writing(record.job, job):
        return record, ()
    known = replace(record, job=job) if record else JobRecord(job)
    by_sweep = observation.source is Source.SWEEP
    # Where an event came before the first look, what that still finds of old is old phases.
    old = tuple(
        each
        for each in found
        if by_sweep and (record is None or each.kind is Kind.PHASE_CHANGED) and _is_old(each, since)
    )
    news = tuple(each for each in found if each not in old)
    return known.after(old, news=False).after(news, news=True), tuple(found)


def _is_old(transition: Transition, since: datetime) -> bool:
    # That a job is stuck is so now, however long ago it began.
    return transition.kind is not Kind.STUCK and instant(transition.at) < since


def _happened(
    record: JobRecord | None, job: Job, observation: Observation, terms: Terms, now: datetime
) -> Iterator[_Found]:
    known, seen = record.job if record else None, observation.job
    # Bedrock may leave out when a job changed. Of an unknown one that is old, it was then at the earliest.
    changed = seen.changed if known is None else seen.end_time or seen.last_modified_time
    if known is None:
        yield _Found(Kind.SEEN, job.creation_time)
    for name in PHASES:
        phase, old = job.phases.get(name), known.phases.get(name) if known else None
        if phase and phase.status != "NotStarted" and (old is None or phase.status != old.status):
            details = {"phase": name, "from": old.status if old else None, "to": phase.status}
            yield _Found(Kind.PHASE_CHANGED, phase.modified or changed, name, phase.status, details)
    # An event can be old by now; only a sweep sees what is so now.
    if observation.source is Source.SWEEP and _rank(job) == _IN_PROGRESS:
        yield from _stuck(job, terms.limits, now)
    kind = _KINDS.get(job.status)
    if kind and (known is None or job.status != known.status):
        reason = {"failure": observation.failure.to_json()} if observation.failure else {}
        yield _Found(kind, changed, details=reason)
    for scope in sorted(record.stuck) if record else ():
        status = _moved_on_to(job, scope)
        if status:
            phase_name = {} if scope == JOB else {"phase": scope}
            yield _Found(Kind.UNSTUCK, changed, scope, details={**phase_name, "status": status})


def _stuck(job: Job, limits: Limits, now: datetime) -> Iterator[_Found]:
    limited = [(JOB, job.phase, job.creation_time, limits.of_job(job.customization_type, job.base_model_arn))]
    limited += [
        (name, name, phase.started, limits.by_phase[name])
        for name, phase in job.phases.items()
        if name in limits.by_phase and _phase_rank(phase) == _IN_PROGRESS
    ]
    for scope, phase_name, started, limit in limited:
        age = now - instant(started) if started else timedelta(0)
        if age > timedelta(seconds=limit):
            details = {"phase": phase_name, "ageSeconds": int(age.total_seconds()), "limitSeconds": limit}
            yield _Found(Kind.STUCK, now.isoformat(), scope, details=details)


def _moved_on_to(job: Job, scope: str) -> str | None:
    """Tell the status by which a job, or a phase of it, got out of where it was stuck."""
    phase = job.phases.get(scope)
    if phase and _phase_rank(phase) > _IN_PROGRESS:
        return phase.status
    return job.status if _rank(job) > _IN_PROGRESS else None


def _rank(job: Job) -> int:
    if job.status in TERMINAL:
        return _TERMINAL
    if job.status == "Stopping":
        return _STOPPING
    return _ENDED if job.end_time and job.status != "InProgress" else _IN_PROGRESS


def _phase_rank(phase: Phase) -> int:
    if phase.status == "NotStarted":
        return _NOT_STARTED
    if phase.status in TERMINAL:
        return _TERMINAL
    return _STOPPING if phase.status == "Stopping" else _IN_PROGRESS


def _merged(known: Job, seen: Job) -> Job:
    """Put together what was known and what was seen: what can change goes forwards, what cannot is kept."""
    rank, was = _rank(seen), _rank(known)
    # Unknown statuses, in progress all of them, may follow each other in any order.
    forward = rank > was or rank == was == _IN_PROGRESS
    return Job(
        arn=known.arn,
        name=known.name,
        status=seen.status if forward else known.status,
        phases={
            name: _merged_phase(known.phases.get(name), seen.phases.get(name))
            for name in PHASES
            if name in known.phases or name in seen.phases
        },
        base_model_arn=known.base_model_arn or seen.base_model_arn,
        customization_type=known.customization_type or seen.customization_type,
        creation_time=known.creation_time or seen.creation_time,
        last_modified_time=later(known.last_modified_time, seen.last_modified_time),
        end_time=known.end_time or seen.end_time,
        custom_model_arn=known.custom_model_arn or seen.custom_model_arn,
        custom_model_name=known.custom_model_name or seen.custom_model_name,
    )


def _merged_phase(known: Phase | None, seen: Phase | None) -> Phase:
    if known is None or seen is None:
        phase = known or seen
        # One of them is there: `_merged` asks for no other phase.
        assert phase is not None  # noqa: S101
        return phase
    newer, older = (seen, known) if _phase_rank(seen) > _phase_rank(known) else (known, seen)
    return Phase(newer.status, newer.started or older.started, newer.modified)


def _worth_writing(known: Job, job: Job) -> bool:
    """Tell whether more is known than that the job is still being worked on."""
    return replace(known, phases={}, last_modified_time=None) != replace(
        job, phases={}, last_modified_time=None
    )
