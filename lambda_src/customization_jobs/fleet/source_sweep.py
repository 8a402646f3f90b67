"""The sweep of one source of the fleet: its jobs are listed and watched, and its coverage is recorded."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.fleet.coverage import SourceCoverage, SourceFailure, State
from customization_jobs.fleet.coverage_store import CoverageStore
from customization_jobs.fleet.denial import listing_failure, role_failure
from customization_jobs.jobs import Summary
from customization_jobs.listing.query import JobQuery
from customization_jobs.reports.sweep import SweepObserver, SweepReport
from customization_jobs.sources import Source

if TYPE_CHECKING:
    from customization_jobs.aws.bedrock import Bedrock
    from customization_jobs.observability import Observability
    from customization_jobs.timeouts import Deadline

_CUT = SourceFailure(
    State.LATE,
    "The time ran out before all jobs were listed. If this happens again, raise watchTimeoutSeconds.",
)


class Totals(Protocol):
    """Adds up the jobs of a source; see `fleet.totals.SourceTotals`."""

    @property
    def jobs(self) -> int:
        """Number of well-formed jobs so far."""
        ...

    def add(self, page: Sequence[Summary]) -> None:
        """Add the jobs of a page, also malformed ones."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return the totals as JSON."""
        ...


class CoverageObserver:
    """Passes each page on to another observer, and records the coverage as soon as all are read.

    Attributes
    ----------
    coverage : SourceCoverage or None
        What was recorded; None before `finish`.
    """

    def __init__(
        self, inner: SweepObserver, totals: Totals, record: Callable[[Totals | None], SourceCoverage]
    ) -> None:
        self._inner = inner
        self._totals = totals
        self._record = record
        self.coverage: SourceCoverage | None = None

    def start(self) -> None:
        """Start the other observer."""
        self._inner.start()

    def observe_page(self, jobs: Sequence[Summary]) -> None:
        """Add the jobs to the totals, and pass them on."""
        self._totals.add(jobs)
        self._inner.observe_page(jobs)

    def is_complete(self) -> bool:
        """Whether the other observer processed every job."""
        return self._inner.is_complete()

    def finish(self, *, listed_all_jobs: bool) -> dict[str, Any]:
        """Record the coverage, and finish the other observer.

        The listing is complete whatever becomes of the watch, whose failure is raised afterwards.
        """
        self.coverage = self._record(self._totals if listed_all_jobs else None)
        return self._inner.finish(listed_all_jobs=listed_all_jobs)


class SourceParts(NamedTuple):
    """What the sweep of one source consists of.

    Attributes
    ----------
    bedrock : callable
        Opens Bedrock in the source; raises CustomizationJobsError if the role cannot be assumed.
    report : callable
        Creates the sweep, which passes its pages to an observer.
    watch_observer : callable
        Creates the observer that passes the pages to the watch.
    totals : callable
        Creates totals of no jobs.
    wake : callable
        Wakes those who wait for jobs of the source, at the end.
    """

    bedrock: "Callable[[], Bedrock]"
    report: "Callable[[Bedrock, Callable[[Deadline], SweepObserver]], SweepReport]"
    watch_observer: "Callable[[Deadline], SweepObserver]"
    totals: Callable[[], Totals]
    wake: "Callable[[Deadline], None]"


class SourceSweep:
    """Sweeps one source.

    Parameters
    ----------
    role_name : str
        Name of the member role, for the reasons of denials.
    parts_of : callable
        Creates the parts of a source's sweep.
    """

    def __init__(
        self,
        store: CoverageStore,
        observability: "Observability",
        *,
        role_name: str,
        parts_of: Callable[[Source], SourceParts],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._observability = observability
        self._role_name = role_name
        self._parts_of = parts_of
        self._now = now

    def run(self, source: Source, name: str, query: JobQuery, deadline: "Deadline") -> dict[str, Any]:
        """Sweep a source that belongs to the fleet, and record its coverage in any case.

        Returns
        -------
        dict
            `source`, `state`, and the figures of `SweepReport.run` if the source was listed; otherwise
            `reason`.

        Raises
        ------
        CustomizationJobsError
            The table or the bus failed. The jobs may be listed nevertheless.
        """
        started = self._now()
        parts = self._parts_of(source)
        try:
            bedrock = parts.bedrock()
        except CustomizationJobsError as error:
            return self._fail(source, started, role_failure(error, self._role_name), error)
        totals = parts.totals()
        observers: list[CoverageObserver] = []

        def observer(deadline: "Deadline") -> CoverageObserver:
            watched = parts.watch_observer(deadline)
            observers.append(
                CoverageObserver(watched, totals, lambda all_: self._listed(source, started, all_))
            )
            return observers[-1]

        try:
            figures = parts.report(bedrock, observer).run(name, query, deadline)
        except CustomizationJobsError as error:
            if observers and observers[0].coverage:
                raise
            return self._fail(source, started, listing_failure(error, self._role_name), error)
        parts.wake(deadline)
        coverage = observers[0].coverage
        assert coverage  # noqa: S101 - a sweep that returns has finished its observer
        return {"source": str(source), "state": str(coverage.state), **figures}

    def _listed(self, source: Source, started: datetime, totals: Totals | None) -> SourceCoverage:
        def change(known: SourceCoverage) -> SourceCoverage:
            if totals is None:
                return known.with_failure(started, _CUT)
            return known.with_listed(started, totals.jobs, totals.to_json())

        coverage = self._store.update(source, started, change)
        self._observability.annotate(source=str(source), state=str(coverage.state))
        return coverage

    def _fail(
        self, source: Source, started: datetime, failure: SourceFailure, error: CustomizationJobsError
    ) -> dict[str, Any]:
        self._observability.annotate(source=str(source), state=str(failure.state))
        self._observability.logger.warning(
            "A source was not listed",
            denied_by=failure.denied_by and str(failure.denied_by),
            error=type(error).__name__,
            reason=str(error),
            details=error.log_details,
        )
        self._store.update(source, started, lambda known: known.with_failure(started, failure))
        return {"source": str(source), "state": str(failure.state), "reason": failure.reason}
