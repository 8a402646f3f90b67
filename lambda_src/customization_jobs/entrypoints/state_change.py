"""Bedrock's state change events, processed by the watch as they arrive."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.errors import ValidationException, WatchUnavailableException
from customization_jobs.timeouts import MAX_CALL_SECONDS, invocation_deadline
from customization_jobs.watch.observation import from_event
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
        Wakes those who wait for a job, given also a function that returns whether the time has run out.
    """

    def __init__(
        self,
        watch: "Watch",
        observability: "Observability",
        *,
        region: str,
        wake: "Callable[[Job, Callable[[], bool]], object]" = lambda *_: None,
    ) -> None:
        self._watch = watch
        self._observability = observability
        self._region = region
        self._wake = wake
        self._metrics = PublishedMetrics(observability, region=region)

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        """Process one event, and wake those who wait for its job.

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
            observation = from_event(event, self._region)
        except ValidationException as refusal:
            # Not raised, because Lambda would retry the event, which cannot succeed.
            name, reason = type(refusal).__name__, str(refusal)
            self._observability.logger.warning("Event refused", error=name, reason=reason)
            return {"refused": {"error": name, "reason": reason}}
        job = observation.job
        self._observability.annotate(job=job.arn)
        summary = self._watch.observe([observation], Run(count_published=self._metrics.count))
        summary.annotate(self._observability)
        if summary.errors:
            raise summary.errors[0]
        if summary.busy:
            raise WatchUnavailableException(
                f"Another invocation holds the claim on the job {job.name}. Try again later."
            )
        # Also for an event that adds nothing: its first delivery may have failed to wake all of them.
        self._wake(job, invocation_deadline(context, MAX_CALL_SECONDS).has_passed)
        return {"jobArn": job.arn, "status": job.status, "published": dict(summary.published)}
