"""The watch as the observer of a sweep."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.jobs import Summary
from customization_jobs.watch.observation import from_summary
from customization_jobs.watch.summary import WatchSummary

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
        self._deadline = deadline
        self._observability = observability
        self._region = region
        self._has_failed = False
        self.summary = WatchSummary()

    def start(self) -> None:
        """Start the watch before the first page is read, so that no change falls between the two."""
        self._try(self._watch.start)

    def observe_page(self, jobs: Sequence[Summary]) -> None:
        """Observe the jobs of a page, unless the watch has failed."""
        if not self._has_failed:
            observations = map(from_summary, jobs)
            self._try(lambda: self.summary.add(self._watch.observe(observations, self._deadline.has_passed)))

    def is_complete(self) -> bool:
        """Whether every job was observed before the deadline."""
        return self.summary.skipped == 0

    def finish(self) -> dict[str, Any]:
        """Emit the metrics and return the figures.

        Raises
        ------
        CustomizationJobsError
            Something failed, for one job or for all: the tick has to be retried.
        """
        summary = self.summary
        summary.emit(self._observability, self._region, by_sweep=True)
        if summary.skipped:
            self._observability.logger.warning(
                "The deadline cut the watch: the next sweep observes the jobs that were skipped. "
                "If this happens again, raise the function's timeout.",
                jobs_skipped=summary.skipped,
            )
        if summary.errors:
            raise summary.errors[0]
        return {
            "published": dict(summary.published),
            "missedEvents": summary.missed_events,
            "recordedOnly": summary.recorded_only,
        }

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except CustomizationJobsError as error:
            self._has_failed = True
            self.summary.add_failure(error)
