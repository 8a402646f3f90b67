"""The end of a sweep of the fleet: what it did not cover, the events of sources, and the metrics."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from aws_lambda_powertools.metrics import MetricUnit

from customization_jobs.aws.bus import BusEvent
from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.fleet.coverage import SourceCoverage, SourceFailure, State
from customization_jobs.fleet.coverage_store import ChosenSources, CoverageStore, Removal
from customization_jobs.fleet.events import due_event
from customization_jobs.fleet.lease import SweepLease
from customization_jobs.fleet.removals import record_removed, removed_events
from customization_jobs.observability import Metric
from customization_jobs.watch.isolation import isolated

if TYPE_CHECKING:
    from customization_jobs.observability import Observability
    from customization_jobs.timeouts import Deadline

_NOT_FINISHED = SourceFailure(
    State.LATE, "The last sweep of this source did not finish. See the log of the watch function."
)


class Bus(Protocol):
    """Publishes events; see `aws.bus.EventBus`."""

    def publish(self, events: list[BusEvent], out_of_time: Callable[[], bool]) -> Mapping[str, str]:
        """Publish, and return the ids that are not known to be published, with the reasons."""
        ...


class FleetSweepReport:
    """Ends sweeps of the fleet."""

    def __init__(
        self,
        store: CoverageStore,
        lease: SweepLease,
        bus: Bus,
        observability: "Observability",
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._lease = lease
        self._bus = bus
        self._observability = observability
        self._now = now

    def run(self, sweep: str, deadline: "Deadline") -> dict[str, Any]:
        """Mark the sources that a sweep did not reach, publish due events, emit metrics, release the lease.

        Delivery: each `SourceDark`, `SourceBack` and `SourceRemoved` is published at least once, always with
        the same id; more than once only if an invocation dies, or a call fails, between its publication and
        its record.

        Returns
        -------
        dict
            `sources`, `byState`, and `published`, the number of events.

        Raises
        ------
        CustomizationJobsError
            The table failed, or the bus did not accept all events. Errors of single sources are raised at the
            end; the next sweep makes up for them.
        """
        errors: list[CustomizationJobsError] = []
        started = self._lease.started(sweep)
        chosen = self._store.chosen() or ChosenSources((), self._now())
        coverages = [
            self._finished(each, sweep, started, errors)
            for each in self._store.get_all(chosen, consistent=True)
        ]
        published = self._publish(coverages, chosen, deadline, errors)
        by_state = Counter(each.state for each in coverages)
        self._emit(by_state, coverages)
        self._emit_age(chosen.accounts_as_of)
        self._lease.release(sweep)
        for error in errors[1:]:  # the first is raised
            self._observability.logger.warning(
                "The sweep was not reported completely", error=type(error).__name__, reason=str(error)
            )
        if errors:
            raise errors[0]
        return {
            "sources": len(coverages),
            "byState": {str(state): by_state[state] for state in State},
            "published": published,
        }

    def _finished(
        self,
        coverage: SourceCoverage,
        sweep: str,
        started: datetime | None,
        errors: list[CustomizationJobsError],
    ) -> SourceCoverage:
        """Return the coverage, marked as late if this sweep did not reach the source."""
        if started is None or coverage.was_attempted_by(sweep, started):
            return coverage

        def change(known: SourceCoverage) -> SourceCoverage | None:
            # The sweep of the source may have ended meanwhile.
            if known.was_attempted_by(sweep, started):
                return None
            return known.with_failure(started, _NOT_FINISHED, sweep=sweep)

        finished = isolated(
            f"the source {coverage.source}", lambda: self._store.update(coverage.source, started, change)
        )
        if isinstance(finished, CustomizationJobsError):
            errors.append(finished)
            return coverage.with_failure(started, _NOT_FINISHED, sweep=sweep)
        return finished

    def _publish(
        self,
        coverages: list[SourceCoverage],
        chosen: ChosenSources,
        deadline: "Deadline",
        errors: list[CustomizationJobsError],
    ) -> int:
        """Publish due events, and return how many were published."""
        due = [(each, event) for each in coverages if (event := due_event(each, self._now()))]
        removed = self._removed(chosen, errors)
        events = [*(event for _, event in due), *(event for _, event in removed)]
        failed = self._bus.publish(events, deadline.has_passed) if events else {}
        self._record_all([(each, event) for each, event in due if event.id not in failed], errors)
        self._record_removed([each for each, event in removed if event.id not in failed], errors)
        published = len(events) - len(failed)
        self._observability.annotate(source_events=published)
        errors += _refusals(failed)
        return published

    def _removed(
        self, chosen: ChosenSources, errors: list[CustomizationJobsError]
    ) -> list[tuple[Removal, BusEvent]]:
        found = isolated("the removed sources", lambda: removed_events(chosen, self._store))
        if isinstance(found, CustomizationJobsError):
            errors.append(found)
            return []
        return found

    def _record_removed(self, published: list[Removal], errors: list[CustomizationJobsError]) -> None:
        recorded = isolated("the removed sources", lambda: record_removed(published, self._store))
        errors += [recorded] if recorded else []

    def _record_all(
        self, published: list[tuple[SourceCoverage, BusEvent]], errors: list[CustomizationJobsError]
    ) -> None:
        for coverage, event in published:
            recorded = isolated(f"the source {coverage.source}", partial(self._record, coverage, event))
            errors += [recorded] if recorded else []

    def _record(self, coverage: SourceCoverage, event: BusEvent) -> None:
        self._observability.logger.warning(
            "Source event published", kind=event.detail["kind"], **dict(event.detail["source"])
        )
        # Only the mark is changed: another sweep may have written a new state meanwhile.
        mark = None if coverage.is_listed else event.id
        self._store.update(coverage.source, self._now(), lambda known: known.with_dark_id(mark))

    def _emit(self, by_state: Counter[State], coverages: list[SourceCoverage]) -> None:
        for state in State:
            self._observability.emit(
                {"State": str(state)}, Metric("FleetSources", MetricUnit.Count, by_state[state])
            )
        # Sources that have never been listed are a matter of the settings, not of an alarm.
        dark = sum(each.is_dark and each.as_of is not None for each in coverages)
        self._observability.emit(
            {},
            Metric("FleetSourcesDark", MetricUnit.Count, dark),
            Metric("FleetSweepsCompleted", MetricUnit.Count, 1),
        )

    def _emit_age(self, accounts_as_of: datetime | None) -> None:
        if accounts_as_of is not None:
            age = (self._now() - accounts_as_of).total_seconds()
            self._observability.emit({}, Metric("FleetAccountsAge", MetricUnit.Seconds, age))


def _refusals(failed: Mapping[str, str]) -> list[CustomizationJobsError]:
    """Return the error for events, by id, that the bus did not accept."""
    if not failed:
        return []
    reasons = ", ".join(sorted(set(failed.values())))
    return [
        WatchUnavailableException(
            f"The bus did not accept {len(failed)} events of sources: {reasons}. "
            "The next sweep publishes them."
        )
    ]
