"""A job of the watch as the estimates of its end need it."""

from customization_jobs.eta.expected_end import RunningJob
from customization_jobs.eta.history import foundation_model
from customization_jobs.jobs import IN_PROGRESS
from customization_jobs.timestamps import parse_timestamp_or_none
from customization_jobs.watch.job import Job


def running_job(job: Job) -> RunningJob | None:
    """Return a job in progress; None for any other, or if its creation time is unknown."""
    created = parse_timestamp_or_none(job.creation_time)
    if job.status != IN_PROGRESS or created is None:
        return None
    phase = job.current_phase
    started = parse_timestamp_or_none(job.phases[phase].started) if phase else None
    model = foundation_model(job.base_model_arn)
    return RunningJob(job.customization_type, model, created, phase if started else None, started)
