"""Applying an observation to a record: the core of the watch, a pure function."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from customization_jobs.jobs import TERMINAL
from customization_jobs.limits import Limits
from customization_jobs.timestamps import parse_timestamp, parse_timestamp_or_none
from customization_jobs.watch.detect import Change, ExpectedEndOf, detect_changes, no_expected_end
from customization_jobs.watch.job import Job
from customization_jobs.watch.merge import merge_jobs
from customization_jobs.watch.observation import Observation
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.transition import FoundBy, Kind, Transition, transition_id

# The clocks of Bedrock and of Lambda may differ this much without a transition being swallowed.
_CLOCK_SKEW = timedelta(minutes=5)


class WatchPolicy(NamedTuple):
    """How the watch is configured.

    Attributes
    ----------
    limits : Limits
        How long jobs and phases may be in progress.
    retention : timedelta
        Jobs that ended longer ago, and events that are older, are ignored: their records have expired, or
        soon will.
    expected_end : callable
        Returns when a job in progress is expected to end. It must not raise.
    lists_all_records : bool
        Whether a record without a position, which an older version wrote, is written again.
    """

    limits: Limits
    retention: timedelta
    expected_end: ExpectedEndOf = no_expected_end
    lists_all_records: bool = False


class Applied(NamedTuple):
    """The result of applying an observation.

    Attributes
    ----------
    record : JobRecord or None
        What is known now, with pending transitions. The given record itself if there is nothing to write.
    found : tuple of Transition
        The transitions that the observation added, in order.
    """

    record: JobRecord | None
    found: tuple[Transition, ...] = ()


def apply_observation(
    record: JobRecord | None,
    observation: Observation,
    policy: WatchPolicy,
    *,
    baseline: datetime,
    now: datetime,
) -> Applied:
    """Apply an observation to what is known of its job.

    Parameters
    ----------
    record : JobRecord or None
        None if the job is unknown.
    baseline : datetime
        When the watch started. Older transitions are recorded, but not published.
    now : datetime
        Ages are measured at this time.
    """
    observed = observation.job
    if record is None and _has_expired(observation, policy.retention, now):
        return Applied(None)
    job = merge_jobs(record.job, observed) if record else observed
    changes = detect_changes(record, job, observation, policy.limits, now, expected_end=policy.expected_end)
    found = _number(changes, record, job, observation.found_by, now)
    known = record.updated(job, observation.tags) if record else JobRecord(job, tags=observation.tags)
    if record and not found and not _is_worth_writing(record, known):
        return Applied(record)
    for each in found:
        predates_watch = _predates_watch(each, observation, is_new=record is None, baseline=baseline)
        known = known.with_recorded(each) if predates_watch else known.with_pending(each)
    return Applied(known, found)


def _has_expired(observation: Observation, retention: timedelta, now: datetime) -> bool:
    job = observation.job
    # A sweep reports the present, so a job that has not ended is watched, however old it is.
    is_dated = observation.found_by is FoundBy.EVENT or job.status in TERMINAL
    changed = parse_timestamp_or_none(job.last_change) if is_dated else None
    return changed is not None and now - changed >= retention


def _number(
    changes: Iterable[Change], record: JobRecord | None, job: Job, found_by: FoundBy, now: datetime
) -> tuple[Transition, ...]:
    """Turn the changes that are not recorded yet into transitions, numbered after the recorded ones."""
    recorded = len(record.transitions) if record else 0
    found: list[Transition] = []
    for change in changes:
        change_id = transition_id(job.arn, change.kind, change.scope, change.value)
        if record and record.has(change_id):
            continue
        found.append(
            Transition(
                id=change_id,
                kind=change.kind,
                at=change.at or now.isoformat(),
                found_by=found_by,
                sequence=recorded + len(found) + 1,
                scope=change.scope,
                details={name: value for name, value in change.details.items() if value is not None},
            )
        )
    return tuple(found)


def _predates_watch(
    transition: Transition, observation: Observation, *, is_new: bool, baseline: datetime
) -> bool:
    """Whether a transition is recorded without being published, because it is older than the watch.

    Only the first observation of a job can find such a transition. An event is as old as its last change, and
    so are all transitions that it contains. A sweep finds transitions of any age; if an event was first, the
    next sweep can still find old phase changes, which events do not contain. Stuck is current, however long
    ago the job was created.
    """
    if observation.found_by is FoundBy.EVENT:
        changed = parse_timestamp_or_none(observation.job.last_change)
        return is_new and changed is not None and _is_before(changed, baseline)
    return (
        (is_new or transition.kind == Kind.PHASE_CHANGED)
        and transition.kind != Kind.STUCK
        and _is_before(parse_timestamp(transition.at), baseline)
    )


def _is_before(time: datetime, baseline: datetime) -> bool:
    """Whether a time by Bedrock's clock is certainly before one by ours."""
    return baseline - time > _CLOCK_SKEW


def _is_worth_writing(before: JobRecord, after: JobRecord) -> bool:
    """Whether more has changed than progress within a phase."""
    known, job = (each.job._replace(phases={}, last_modified_time=None) for each in (before, after))
    return known != job or before.tags != after.tags
