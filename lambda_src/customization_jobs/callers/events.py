"""Bedrock's own events: a change of a job's state, told to the watch as it happens."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.watch.observation import from_event

if TYPE_CHECKING:
    from customization_jobs.observability import Observability
    from customization_jobs.watch.watch import Watch


class StateChangeCaller:
    """Answers the events `Model Customization Job State Change`.

    Parameters
    ----------
    watch : Watch
        Takes the change in.
    observability : Observability
        Where metrics go.
    region : str
        Bedrock's, a dimension of the metrics.
    """

    def __init__(self, watch: "Watch", observability: "Observability", *, region: str) -> None:
        self._watch = watch
        self._observability = observability
        self._region = region

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Take in one event.

        Delivery: EventBridge sends at least once and in any order; an event that is told, or out of date, by
        now changes nothing.

        Returns
        -------
        dict
            `jobArn`, `status` and `told`, the transitions by kind: for a person who sends an event by hand.

        Raises
        ------
        ValidationException
            The event names no job, or no status.
        CustomizationJobsError
            It was not taken in: Lambda sends it again, then its dead-letter queue keeps it.
        """
        observation = from_event(event)
        job = observation.job
        self._observability.note(job=job.arn)
        account = self._watch.observe([observation])
        account.publish(self._observability, self._region, by_sweep=False)
        if account.errors:
            raise account.errors[0]
        if account.busy:
            raise WatchUnavailableException(
                f"Another invocation is telling of the job {job.name} just now. Try again later."
            )
        return {"jobArn": job.arn, "status": job.status, "told": dict(account.told)}
