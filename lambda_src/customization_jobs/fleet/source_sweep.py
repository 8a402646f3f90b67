"""The sweep of one source of the fleet: its jobs are listed and watched, and its coverage is recorded."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.fleet.coverage import SourceCoverage, SourceFailure
from customization_jobs.fleet.coverage_observer import CoverageObserver, Totals
from customization_jobs.fleet.coverage_store import CoverageStore
from customization_jobs.fleet.denial import listing_failure, role_failure
from customization_jobs.listing.query import JobQuery
from customization_jobs.sources import Source
from customization_jobs.watch.isolation import isolated

if TYPE_CHECKING:
    from customization_jobs.aws.bedrock import Bedrock
    from customization_jobs.observability import Observability
    from customization_jobs.reports.sweep import SweepObserver, SweepReport
    from customization_jobs.timeouts import Deadline


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
        Creates empty totals.
    wake : callable
        Wakes the workflows that wait for jobs whose end this sweep published, even if it failed afterwards.
    is_member : bool
        Whether Bedrock is called with the role of a member instead of the hub's own.
    """

    bedrock: "Callable[[], Bedrock]"
    report: "Callable[[Bedrock, Callable[[Deadline], SweepObserver]], SweepReport]"
    watch_observer: "Callable[[Deadline], SweepObserver]"
    totals: Callable[[], Totals]
    wake: "Callable[[Deadline], None]"
    is_member: bool


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

    def run(
        self, source: Source, sweep: str, name: str, query: JobQuery, deadline: "Deadline"
    ) -> dict[str, Any]:
        """Sweep a source that belongs to the fleet, and record its coverage in any case.

        Parameters
        ----------
        sweep : str
            Name of the fleet's sweep.
        name, query : str, JobQuery
            As for `SweepReport.run`. The query leaves out no jobs.

        Returns
        -------
        dict
            `source`, `state`, and the figures of `SweepReport.run` if the jobs were read; otherwise `reason`.

        Raises
        ------
        CustomizationJobsError
            The table or the bus failed. The jobs may be listed nevertheless.
        """
        attempt = _Attempt(source, sweep, self._now())
        parts = self._parts_of(source)
        try:
            bedrock = parts.bedrock()
        except CustomizationJobsError as error:
            return self._fail(attempt, role_failure(error, self._role_name), error)
        try:
            answer = self._list(attempt, parts, bedrock, (name, query), deadline)
        except Exception:
            self._wake_after_failure(parts, deadline)
            raise
        parts.wake(deadline)
        return answer

    def _list(
        self,
        attempt: "_Attempt",
        parts: SourceParts,
        bedrock: "Bedrock",
        tick: tuple[str, JobQuery],
        deadline: "Deadline",
    ) -> dict[str, Any]:
        totals = parts.totals()
        observers: list[CoverageObserver] = []

        def observer(deadline: "Deadline") -> CoverageObserver:
            watched = parts.watch_observer(deadline)
            logger = self._observability.logger
            observers.append(
                CoverageObserver(watched, totals, lambda why: self._record(attempt, why or totals), logger)
            )
            return observers[-1]

        try:
            figures = parts.report(bedrock, observer).run(*tick, deadline)
        except CustomizationJobsError as error:
            if observers and observers[0].has_finished:
                raise
            role_name = self._role_name if parts.is_member else None
            return self._fail(attempt, listing_failure(error, role_name), error)
        coverage = observers[0].coverage
        assert coverage  # noqa: S101 - a sweep that returns has recorded it
        return {"source": str(attempt.source), "state": str(coverage.state), **figures}

    def _wake_after_failure(self, parts: SourceParts, deadline: "Deadline") -> None:
        """Wake waiting workflows. A failure to do so is only logged: the sweep's own failure is raised."""
        woken = isolated("those who wait", lambda: parts.wake(deadline))
        if isinstance(woken, CustomizationJobsError):
            self._observability.logger.warning(
                "Some waiters could not be settled", error=type(woken).__name__, reason=str(woken)
            )

    def _record(self, attempt: "_Attempt", outcome: "SourceFailure | Totals") -> SourceCoverage:
        source, sweep, started = attempt

        def change(known: SourceCoverage) -> SourceCoverage | None:
            # A later attempt has written the coverage; or this one has, and only the table's answer was lost.
            if known.was_attempted_since(started):
                return None
            if isinstance(outcome, SourceFailure):
                return known.with_failure(started, outcome, sweep=sweep)
            return known.with_listed(started, outcome.jobs, outcome.to_json(), sweep=sweep)

        coverage = self._store.update(source, started, change)
        self._observability.annotate(source=str(source), state=str(coverage.state))
        return coverage

    def _fail(
        self, attempt: "_Attempt", failure: SourceFailure, error: CustomizationJobsError
    ) -> dict[str, Any]:
        self._observability.annotate(source=str(attempt.source), state=str(failure.state))
        self._observability.logger.warning(
            "A source was not listed",
            denied_by=failure.denied_by and str(failure.denied_by),
            error=type(error).__name__,
            reason=str(error),
            details=error.log_details,
        )
        self._record(attempt, failure)
        return {"source": str(attempt.source), "state": str(failure.state), "reason": failure.reason}


class _Attempt(NamedTuple):
    source: Source
    sweep: str
    started: datetime
