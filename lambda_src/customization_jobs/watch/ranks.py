"""Ranks of statuses. A job only moves to higher ranks; an observation of a lower rank is out of date."""

from customization_jobs.jobs import IN_PROGRESS, NOT_STARTED, STOPPING, TERMINAL
from customization_jobs.watch.job import Job, Phase

RANK_NOT_STARTED = -1
RANK_IN_PROGRESS = 0
RANK_STOPPING = 1
# An unknown status of a job with an end time. A known terminal status may still follow.
RANK_ENDED = 2
RANK_TERMINAL = 3


def job_rank(job: Job) -> int:
    """Return a job's rank. An unknown status ranks as in progress until the job has an end time."""
    if job.status in TERMINAL:
        return RANK_TERMINAL
    if job.status == STOPPING:
        return RANK_STOPPING
    return RANK_ENDED if job.end_time and job.status != IN_PROGRESS else RANK_IN_PROGRESS


def phase_rank(phase: Phase) -> int:
    """Return a phase's rank. An unknown status ranks as in progress."""
    if phase.status == NOT_STARTED:
        return RANK_NOT_STARTED
    if phase.status in TERMINAL:
        return RANK_TERMINAL
    return RANK_STOPPING if phase.status == STOPPING else RANK_IN_PROGRESS
