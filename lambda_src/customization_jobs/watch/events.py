"""Transitions as events of the bus. docs/events.md describes the schema for consumers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from customization_jobs.aws.bus import BusEvent
from customization_jobs.console import console_url
from customization_jobs.jobs import EVENT_SOURCE, EVENT_VERSION
from customization_jobs.watch.job import Job
from customization_jobs.watch.transition import Transition

if TYPE_CHECKING:
    from customization_jobs.eta.expected_end import ExpectedEnd

DETAIL_TYPE_PREFIX = "Model Customization Job "


class JobTransition(NamedTuple):
    """A transition with its job's last known state.

    Attributes
    ----------
    tags : mapping of str to str or None
        The job's tags; None if they are not read.
    owner : str or None
        The value of the tag that names the owner.
    """

    job: Job
    transition: Transition
    tags: Mapping[str, str] | None = None
    owner: str | None = None


def to_bus_event(job_transition: JobTransition, expected_end: "ExpectedEnd | None" = None) -> BusEvent:
    """Return the event that publishes a transition. The event has the transition's id.

    Parameters
    ----------
    expected_end : ExpectedEnd or None
        When the job is expected to end, if it is in progress.
    """
    job, transition, tags, owner = job_transition
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
        "tags": tags,
        "owner": owner,
        "transition": {"scope": transition.scope, **details},
        "failure": failure,
        "expectedEnd": expected_end.to_json() if expected_end else None,
        "consoleUrl": console_url(job.arn),
    }
    return BusEvent(
        id=transition.id,
        source=EVENT_SOURCE,
        detail_type=DETAIL_TYPE_PREFIX + transition.kind,
        detail={name: value for name, value in detail.items() if value is not None},
        resource=job.arn,
    )
