"""The watch as the observer of a sweep."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from customization_jobs.errors import CustomizationJobsError, UnexpectedAnswerException
from customization_jobs.eta.completed_jobs import CompletedJobs
from customization_jobs.jobs import Summary
from customization_jobs.observability import Metric
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.job import ended_at
from customization_jobs.watch.observation import Observation, from_summary
from customization_jobs.watch.part import Part
from customization_jobs.watch.run import Run
from customization_jobs.watch.summary import PublishedMetrics, WatchSummary

if TYPE_CHECKING:
    from customization_jobs.eta.histories import Histories
    from customization_jobs.observability import Observability
    from customization_jobs.timeouts import Deadline
    from customization_jobs.watch.watch import Watch


class WatchObserver:
    """Passes the pages of one sweep to the watch.

    A failure of the watch does not prevent the sweep's own metrics and findings: it is raised at the end.

    Parameters
    ----------
    histories : Histories or None
        Receives the durations of the completed jobs. Its failures are logged and counted only: nothing
        depends on them, and the next sweep finds the same jobs.
    """

    def __init__(
        self,
        watch: "Watch",
        deadline: "Deadline",
        observability: "Observability",
        *,
        region: str,
        now: Callable[[], datetime],
        histories: "Histories | None" = None,
    ) -> None:
        self._watch = watch
        self._deadline = deadline
        self._observability = observability
        self._metrics = PublishedMetrics(observability, region=region)
        self._dimensions = {"Region": region}
        self._histories = histories
        self._completed = CompletedJobs()
        self._history_failure: CustomizationJobsError | None = None
        self._started = now()
        self._run = Run(deadline.has_passed, self._metrics.count)
        # The part as stored, and as this sweep observes it. None if the watch did not start.
        self._stored: Part | None = None
        self._part: Part | None = None
        self._in_other_parts = 0
        self._observed = 0
        self.summary = WatchSummary()

    def start(self) -> None:
        """Start the watch before the first page is read, so that no change in between is missed."""
        started = isolated("all jobs", self._start)
        if isinstance(started, CustomizationJobsError):
            self.summary.add_failure(started)
        else:
            self._stored = started
            self._part = self._watch.observed_part(started, self._started)

    def observe_page(self, jobs: Sequence[Summary]) -> None:
        """Observe the jobs of a page that belong to this sweep's part, unless the watch did not start."""
        # Almost all jobs of most sweeps are known: only their end is read.
        new = [job for job in jobs if not self._is_known(job)]
        self._history_failure = (
            isolated("the history", lambda: self._completed.add(new)) or self._history_failure
        )
        self._observe(list(filter(None, map(self._observation, new))))

    def _observe(self, observations: list[Observation]) -> None:
        of_part = [each for each in observations if self._part and self._part.contains(each.job.key)]
        self._in_other_parts += len(observations) - len(of_part)
        self._observed += len(of_part)
        if of_part:
            self.summary.add(self._watch.observe(of_part, self._run))

    def is_complete(self) -> bool:
        """Whether there was time for every job. Failures are raised by `finish` instead."""
        is_cut = self.summary.skipped > 0 and self._deadline.has_passed()
        return self._part is None or not (is_cut or self._in_other_parts)

    def has_recorded_all(self) -> bool:
        """Whether the table has every job of the pages that can be watched, as they were listed."""
        summary = self.summary
        is_missing = summary.skipped or summary.unrecorded or self._in_other_parts
        return self._part is not None and not is_missing

    def finish(self, *, listed_all_jobs: bool = False) -> dict[str, Any]:
        """Publish what earlier invocations left pending, log what failed, and return the figures.

        Parameters
        ----------
        listed_all_jobs : bool
            Whether the pages had all jobs. If so, and all were observed, the owners of jobs are stored.

        Raises
        ------
        CustomizationJobsError
            Something failed, for one job or for all: the tick has to be retried.
        """
        summary = self.summary
        self._store_next_part(listed_all_jobs=listed_all_jobs)
        not_observed = summary.skipped + self._in_other_parts
        if self._part is not None:
            # The transitions of listed jobs are published by now. Those still pending are of jobs that are
            # not listed.
            summary.add(self._watch.publish_pending(self._started, self._run))
            summary.add(self._watch.read_unread_tags(self._run))
        if listed_all_jobs:
            self._store_owners()
        summary.annotate(self._observability)
        if not summary.missed_events:
            # To distinguish a sweep without missed events from no sweep at all.
            self._metrics.count_missed_events(0)
        if not_observed:
            self._observability.logger.warning(
                "The watch did not observe all jobs; the next sweep goes on where this one ended. If nothing "
                "failed, the time ran out; if this happens again, raise the function's timeout.",
                jobs_skipped=not_observed,
            )
        for error in summary.errors[1:]:  # the first is raised
            self._observability.logger.warning(
                "The watch failed for some jobs", error=type(error).__name__, reason=str(error)
            )
        self._extend_histories()
        if summary.errors:
            raise summary.errors[0]
        return {
            "published": dict(summary.published),
            "missedEvents": summary.missed_events,
            "recordedOnly": summary.recorded_only,
        }

    def _extend_histories(self) -> None:
        """Add the completed jobs to the histories, after everything that must not wait for it."""
        histories = self._histories
        if histories is None:
            return
        result = isolated("the history", lambda: histories.add(self._completed.by_key()))
        failure = result if isinstance(result, CustomizationJobsError) else self._history_failure
        self._observability.emit(
            self._dimensions, Metric("HistoryFailures", MetricUnit.Count, int(failure is not None))
        )
        if failure:
            self._observability.logger.warning(
                "The durations of completed jobs were not recorded; the next sweep tries again",
                error=type(failure).__name__,
                reason=str(failure),
            )

    def _start(self) -> Part:
        self._watch.start()
        return self._watch.part()

    def _store_next_part(self, *, listed_all_jobs: bool) -> None:
        stored, observed = self._stored, self._part
        if stored is None or observed is None:
            return
        following = self._next_part(stored, observed, listed_all_jobs=listed_all_jobs)
        if following != stored:
            failure = isolated("the next sweep", lambda: self._watch.put_part(following))
            if failure:
                self.summary.add_failure(failure)

    def _next_part(self, stored: Part, observed: Part, *, listed_all_jobs: bool) -> Part:
        if self._deadline.has_passed():
            return stored.shorter()
        if self.summary.skipped:
            return stored  # nothing succeeded, which says nothing about the time
        is_recorded = self.has_recorded_all() and not (self.summary.busy or self.summary.errors)
        following = stored.following()
        return following.recorded(observed, self._started) if listed_all_jobs and is_recorded else following

    def _store_owners(self) -> None:
        if self._part is None or self.summary.skipped or self._in_other_parts:
            return
        failure = isolated("the owners of jobs", lambda: self._watch.put_owners(self._run, self._observed))
        if failure:
            self.summary.add_failure(failure)

    def _is_known(self, job: Summary) -> bool:
        return self._part is not None and self._part.is_known(ended_at(job))

    def _observation(self, job: Summary) -> Observation | None:
        try:
            return from_summary(job)
        except UnexpectedAnswerException as error:
            # Nothing can be recorded or published for it, and a retry would find the same.
            self._observability.logger.warning("A job is not watched", reason=str(error))
            return None
