"""Transitions as events of the bus. docs/events.md describes the schema for consumers."""

from typing import NamedTuple

from customization_jobs.aws.bus import BusEvent
from customization_jobs.console import console_url
from customization_jobs.jobs import EVENT_SOURCE, EVENT_VERSION
from customization_jobs.watch.job import Job
from customization_jobs.watch.transition import Transition

DETAIL_TYPE_PREFIX = "Model Customization Job "


class JobTransition(NamedTuple):
    """A transition with its job's last known state."""

    job: Job
    transition: Transition


def to_bus_event(job_transition: JobTransition) -> BusEvent:
    """Return the event that publishes a transition. The event has the transition's id."""
    job, transition = job_transition
    details = dict(transition.details)
    failure = details.pop("failure", None)
    detail = {
        "version": EVENT_VERSION,
        "id": transition.id,
        "sequence": transition.sequence,
        "kind": str(transition.kind),
        "at": transition.at,
        "foundBy": str(transition.found_by),
        "job": job.to_json(),
        "transition": {"scope": transition.scope, **details},
        "failure": failure,
        "consoleUrl": console_url(job.arn),
    }
    return BusEvent(
        id=transition.id,
        source=EVENT_SOURCE,
        detail_type=DETAIL_TYPE_PREFIX + transition.kind,
        detail={name: value for name, value in detail.items() if value is not None},
        resource=job.arn,
    )
