"""A sweep scans all jobs that a query selects, emits metrics, and logs the jobs that need attention."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from aws_lambda_powertools.metrics import MetricUnit

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.jobs import LimitOf, Summary
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.listing.scan import ParallelScan
from customization_jobs.observability import Metric, Observability
from customization_jobs.reports.sweep_figures import Finding, SweepFigures
from customization_jobs.reports.well_formed import WellFormed
from customization_jobs.timeouts import AFTER_SWEEP, Deadline

# The name of the sweep of every job, which the stack's alarms and dashboard use. A query that leaves out jobs
# needs another name, or people and alarms would take its figures for those of all jobs.
ALL_JOBS = "all-jobs"
SWEEP_NAME = re.compile("[A-Za-z0-9._-]{1,64}")

_LOGGED_FIELDS = (
    *("jobArn", "jobName", "status", "statusDetails", "baseModelArn", "customizationType"),
    *("creationTime", "lastModifiedTime", "endTime"),
)


class SweepObserver(Protocol):
    """Receives every page of a sweep. The watch implements it."""

    def start(self) -> None:
        """Prepare for the sweep, before its first page is read."""
        ...

    def observe_page(self, jobs: Sequence[Summary]) -> None:
        """Process all jobs of a page, even malformed ones. Must not raise; `finish` raises what failed."""
        ...

    def is_complete(self) -> bool:
        """Whether every job of the pages was processed."""
        ...

    def has_recorded_all(self) -> bool:
        """Whether the table has every job of the pages, before `finish`."""
        ...

    def finish(self, *, listed_all_jobs: bool) -> dict[str, Any]:
        """Emit metrics and return a summary as JSON.

        Parameters
        ----------
        listed_all_jobs : bool
            Whether the pages had all jobs: the scan was complete, and its query leaves out none.

        Raises
        ------
        CustomizationJobsError
            Anything failed since `start`.
        """
        ...


class SweepReport:
    """Runs sweeps.

    Parameters
    ----------
    region : str
        Dimension of the metrics.
    limit_of : callable
        Returns how many seconds a job may be in progress before it is a finding.
    observer : callable
        Returns the observer of one sweep, given the sweep's deadline.
    emits_metrics : bool
        Whether the sweep emits its own metrics. For each of 1,000 sources they would cost more than all else.
    """

    def __init__(
        self,
        source: JobSource,
        contract: QueryContract,
        observability: Observability,
        *,
        region: str,
        limit_of: LimitOf,
        now: Callable[[], datetime],
        observer: Callable[[Deadline], SweepObserver],
        emits_metrics: bool = True,
    ) -> None:
        self._source = source
        self._contract = contract
        self._observability = observability
        self._region = region
        self._limit_of = limit_of
        self._now = now
        self._observer = observer
        self._emit = observability.emit if emits_metrics else _emit_nothing

    def run(
        self, name: str, query: JobQuery, deadline: Deadline, *, patience_seconds: float = 0.0
    ) -> dict[str, Any]:
        """Scan all jobs that a query selects, log findings, and emit metrics.

        Findings are logged as they are found, and again by each later sweep while they last. If the scan or
        the observer reaches the deadline, the sweep emits `SweepsIncomplete`; counts and ages only need the
        scan to be complete. Malformed summaries are logged and counted as `MalformedJobs`, and left out of
        the other figures. A failure of the observer is raised after everything else has been emitted.

        Parameters
        ----------
        patience_seconds : float
            See `ParallelScan`.

        Returns
        -------
        dict
            `sweep`, `complete`, `jobs`, `malformed` if there are any, `pages`, and the observer's result as
            `watch`.

        Raises
        ------
        CustomizationJobsError
            An error of the error contract.
        """
        started = time.monotonic()
        well_formed = WellFormed(self._observability.logger)
        figures = SweepFigures(
            self._now(), self._limit_of, self._contract.statuses, self._contract.customization_types
        )
        observer = self._observer(deadline)
        observer.start()

        def add(page: Sequence[Summary]) -> None:
            for finding in figures.add(well_formed.select(page)):
                self._log(finding)
            observer.observe_page(page)

        scan = self._scan(query, deadline.reserving(AFTER_SWEEP), patience_seconds, add)
        jobs = figures.by_status.total()
        complete = scan.complete and observer.is_complete()
        self._observability.annotate(sweep=name, complete=complete, jobs=jobs)
        dimensions = {"Region": self._region, "Sweep": name}
        self._emit(
            dimensions,
            Metric("SweepsCompleted", MetricUnit.Count, int(complete)),
            Metric("SweepsIncomplete", MetricUnit.Count, int(not complete)),
            Metric("PagesRead", MetricUnit.Count, scan.pages_read),
            Metric("ListingTime", MetricUnit.Milliseconds, round((time.monotonic() - started) * 1000)),
        )
        if well_formed.malformed:
            malformed = Metric("MalformedJobs", MetricUnit.Count, well_formed.malformed)
            self._emit(dimensions, malformed)
        self._emit_figures(dimensions, scan, figures)
        return {
            "sweep": name,
            "complete": complete,
            "jobs": jobs,
            **({"malformed": well_formed.malformed} if well_formed.malformed else {}),
            "pages": scan.pages_read,
            "watch": observer.finish(listed_all_jobs=scan.complete and not query.leaves_out_jobs),
        }

    def _scan(
        self,
        query: JobQuery,
        deadline: Deadline,
        patience_seconds: float,
        add: Callable[[Sequence[Summary]], None],
    ) -> ParallelScan:
        with self._observability.listing_segment():
            scan = ParallelScan(
                query.scan_source_from(self._source, deadline),
                query.parameters,
                deadline,
                initialize_thread=self._observability.thread_initializer(),
                patience_seconds=patience_seconds,
            )
            for jobs in scan:
                add(jobs)
                del jobs  # before the next page is read, which keeps memory flat
        return scan

    def _log(self, finding: Finding) -> None:
        job = {name: finding.job[name] for name in _LOGGED_FIELDS if name in finding.job}
        self._observability.logger.warning(
            finding.message,
            **job,
            age_seconds=finding.age_seconds,
            limit_seconds=int(finding.limit_seconds),
        )

    def _emit_figures(self, dimensions: Mapping[str, str], scan: ParallelScan, figures: SweepFigures) -> None:
        if not scan.complete:
            self._observability.logger.warning(
                "The sweep reached its deadline: its counts and ages are not published. "
                "Raise the function's timeout, or narrow the schedule's query."
            )
            return
        oldest_seconds = int(figures.oldest_in_progress.total_seconds())
        self._emit(
            dimensions,
            Metric("OldestInProgressAge", MetricUnit.Seconds, oldest_seconds),
            Metric("FailedLast24Hours", MetricUnit.Count, figures.failed_recently),
            Metric("CompletedLast24Hours", MetricUnit.Count, figures.completed_recently),
        )
        for dimension, counts in (("Status", figures.by_status), ("CustomizationType", figures.by_type)):
            for value, count in counts.items():
                self._emit({**dimensions, dimension: value}, Metric("Jobs", MetricUnit.Count, count))


def _emit_nothing(dimensions: Mapping[str, str], *metrics: Metric) -> None:
    pass
