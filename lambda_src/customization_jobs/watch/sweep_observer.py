"""The watch as the observer of a sweep."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from customization_jobs.errors import CustomizationJobsError, UnexpectedAnswerException
from customization_jobs.jobs import Summary
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.observation import Observation, from_summary
from customization_jobs.watch.summary import PublishedMetrics, WatchSummary
from customization_jobs.watch.watch import Run

if TYPE_CHECKING:
    from customization_jobs.observability import Observability
    from customization_jobs.timeouts import Deadline
    from customization_jobs.watch.watch import Watch


class WatchObserver:
    """Passes the pages of one sweep to the watch.

    A failure of the watch does not prevent the sweep's own metrics and findings: it is raised at the end.
    """

    def __init__(
        self, watch: "Watch", deadline: "Deadline", observability: "Observability", *, region: str
    ) -> None:
        self._watch = watch
        self._observability = observability
        self._metrics = PublishedMetrics(observability, region=region)
        self._run = Run(deadline.has_passed, self._metrics.count)
        self._has_started = False
        self.summary = WatchSummary()

    def start(self) -> None:
        """Start the watch before the first page is read, so that no change falls between the two."""
        started = isolated("all jobs", self._watch.start)
        if isinstance(started, CustomizationJobsError):
            self.summary.add_failure(started)
        else:
            self._has_started = True

    def observe_page(self, jobs: Sequence[Summary]) -> None:
        """Observe the jobs of a page, unless the watch did not start."""
        if self._has_started:
            observations = [each for each in map(self._observation, jobs) if each]
            self.summary.add(self._watch.observe(observations, self._run))
        else:
            self.summary.skipped += len(jobs)

    def is_complete(self) -> bool:
        """Whether every job was observed."""
        return self.summary.skipped == 0

    def finish(self) -> dict[str, Any]:
        """Log what failed and return the figures.

        Raises
        ------
        CustomizationJobsError
            Something failed, for one job or for all: the tick has to be retried.
        """
        summary = self.summary
        summary.annotate(self._observability)
        if not summary.missed_events:
            # To distinguish a sweep without missed events from no sweep at all.
            self._metrics.count_missed_events(0)
        if summary.skipped:
            self._observability.logger.warning(
                "The watch skipped jobs: the next sweeps observe them. If nothing failed, the time ran out; "
                "if this happens again, raise the function's timeout.",
                jobs_skipped=summary.skipped,
            )
        for error in summary.errors[1:]:  # the first is raised
            self._observability.logger.warning(
                "The watch failed for some jobs", error=type(error).__name__, reason=str(error)
            )
        if summary.errors:
            raise summary.errors[0]
        return {
            "published": dict(summary.published),
            "missedEvents": summary.missed_events,
            "recordedOnly": summary.recorded_only,
        }

    def _observation(self, job: Summary) -> Observation | None:
        try:
            return from_summary(job)
        except UnexpectedAnswerException as error:
            # Nothing can be recorded or published for it, and a retry would find the same.
            self._observability.logger.warning("A job is not watched", reason=str(error))
            return None
