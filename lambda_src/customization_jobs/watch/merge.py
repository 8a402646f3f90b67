"""Merging an observation into a known state: statuses only move forward, and facts are kept."""

from customization_jobs.jobs import PHASES
from customization_jobs.timestamps import parse_timestamp
from customization_jobs.watch.job import Job, Phase
from customization_jobs.watch.ranks import RANK_IN_PROGRESS, job_rank, phase_rank


def merge_jobs(known: Job, observed: Job) -> Job:
    """Return the known state of a job, updated by an observation of any age."""
    rank, known_rank = job_rank(observed), job_rank(known)
    # Unknown statuses rank as in progress, and may follow each other in any order.
    is_forward = rank > known_rank or rank == known_rank == RANK_IN_PROGRESS
    return Job(
        # The longer form is the one that Bedrock's other operations accept.
        arn=max(known.arn, observed.arn, key=len),
        name=known.name,
        status=observed.status if is_forward else known.status,
        phases=_merge_phases(known, observed),
        base_model_arn=known.base_model_arn or observed.base_model_arn,
        customization_type=known.customization_type or observed.customization_type,
        creation_time=known.creation_time or observed.creation_time,
        last_modified_time=_later(known.last_modified_time, observed.last_modified_time),
        end_time=known.end_time or observed.end_time,
        custom_model_arn=known.custom_model_arn or observed.custom_model_arn,
        custom_model_name=known.custom_model_name or observed.custom_model_name,
    )


def _merge_phases(known: Job, observed: Job) -> dict[str, Phase]:
    phases = {}
    for name in PHASES:
        before, after = known.phases.get(name), observed.phases.get(name)
        phase = _merge_phase(before, after) if before and after else before or after
        if phase:
            phases[name] = phase
    return phases


def _merge_phase(known: Phase, observed: Phase) -> Phase:
    newer, older = (observed, known) if phase_rank(observed) > phase_rank(known) else (known, observed)
    return Phase(newer.status, newer.started or older.started, newer.modified)


def _later(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=parse_timestamp)
