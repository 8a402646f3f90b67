"""Bedrock's state change events, processed by the watch as they arrive."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.errors import Problem, ValidationException, WatchUnavailableException
from customization_jobs.listing.inputs import shortened
from customization_jobs.sources import Source
from customization_jobs.timeouts import MAX_CALL_SECONDS, invocation_deadline
from customization_jobs.watch.observation import Observation, from_event
from customization_jobs.watch.run import Run
from customization_jobs.watch.summary import PublishedMetrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.observability import Observability
    from customization_jobs.watch.job import Job
    from customization_jobs.watch.watch import Watch


class StateChangeEntryPoint(EntryPoint):
    """Answers the events `Model Customization Job State Change`.

    Parameters
    ----------
    region : str
        Region whose jobs are watched; also a dimension of the metrics.
    wake : callable
        Wakes the workflows that wait for a job. Its second argument returns whether the time has run out.
    member_watch : callable or None
        Returns the watch of another source of the fleet, or raises ValidationException. None: no fleet.
    own_account : str or None
        The hub's account, if there is a fleet.
    """

    def __init__(
        self,
        watch: "Watch",
        observability: "Observability",
        *,
        region: str,
        wake: "Callable[[Job, Callable[[], bool]], object]" = lambda *_: None,
        member_watch: "Callable[[Source], Watch] | None" = None,
        own_account: str | None = None,
    ) -> None:
        self._watch = watch
        self._observability = observability
        self._region = region
        self._wake = wake
        self._member_watch = member_watch
        self._own = Source(own_account, region) if own_account else None

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        """Process one event, and wake the workflows that wait for its job.

        Delivery: EventBridge delivers at least once and in any order; a duplicate or outdated event changes
        nothing.

        Returns
        -------
        dict
            `jobArn`, `status` and `published`, the number of transitions by kind; for manual invocations.
            `refused` with the name and the reason, if the event is not about a job of the region.

        Raises
        ------
        CustomizationJobsError
            Processing failed: Lambda retries, then the event goes to the dead-letter queue.
        """
        try:
            observation, watch, region = self._read(event)
        except ValidationException as refusal:
            # Not raised, because Lambda would retry the event, which cannot succeed.
            name, reason = type(refusal).__name__, str(refusal)
            self._observability.logger.warning("Event refused", error=name, reason=reason)
            return {"refused": {"error": name, "reason": reason}}
        job = observation.job
        self._observability.annotate(job=job.arn)
        metrics = PublishedMetrics(self._observability, region=region)
        summary = watch.observe([observation], Run(count_published=metrics.count))
        summary.annotate(self._observability)
        if summary.errors:
            raise summary.errors[0]
        if summary.busy:
            raise WatchUnavailableException(
                f"Another invocation holds the claim on the job {job.name}. Try again later."
            )
        # Also for an event that adds nothing: its first delivery may have failed to wake all waiting
        # workflows.
        self._wake(job, invocation_deadline(context, MAX_CALL_SECONDS).has_passed)
        return {"jobArn": job.arn, "status": job.status, "published": dict(summary.published)}

    def _read(self, event: Mapping[str, Any]) -> "tuple[Observation, Watch, str]":
        """Return what an event reports, with the watch and the region of its source."""
        if self._own is None or self._member_watch is None:
            return from_event(event, self._region), self._watch, self._region
        named = f"{event.get('account') or self._own.account}/{event.get('region') or self._own.region}"
        source = Source.parse(named)
        if source is None:
            problem = Problem("account/region", shortened(named), "the account and the region of the event")
            raise ValidationException.from_problems([problem])
        observation = from_event(event, source.region, source.account)
        watch = self._watch if source == self._own else self._member_watch(source)
        return observation, watch, source.region
