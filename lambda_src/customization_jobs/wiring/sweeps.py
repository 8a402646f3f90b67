"""Creates sweeps: of the function's own source, and of the other sources of a fleet."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.observability import Observability
from customization_jobs.reports.sweep import SweepObserver, SweepReport
from customization_jobs.settings import Settings
from customization_jobs.timeouts import AFTER_SWEEP, Deadline
from customization_jobs.watch.sweep_observer import WatchObserver
from customization_jobs.wiring.table import TableParts

if TYPE_CHECKING:
    from customization_jobs.listing.query import QueryContract
    from customization_jobs.watch.watch import Watch


class SweepParts:
    """Creates the parts of sweeps."""

    def __init__(
        self,
        settings: Settings,
        observability: Observability,
        table: TableParts,
        contract: "QueryContract",
    ) -> None:
        self._settings = settings
        self._observability = observability
        self._table = table
        self._contract = contract

    def report(
        self,
        bedrock: Bedrock,
        observer: Callable[[Deadline], SweepObserver],
        *,
        region: str,
        emits_metrics: bool = True,
    ) -> SweepReport:
        """Create the sweep of a source."""
        return SweepReport(
            bedrock,
            self._contract,
            self._observability,
            region=region,
            limit_of=self._settings.limits.of_summary,
            now=_now,
            observer=observer,
            emits_metrics=emits_metrics,
        )

    def own_observer(self, deadline: Deadline) -> SweepObserver:
        """Create the observer of the function's own source: the watch, and behind it the waits for jobs."""
        watch = self._table.watch_for("the schedule's ticks")
        watched = self.watch_observer(watch, deadline.reserving(AFTER_SWEEP), region=self._settings.region)
        return self._table.waits.sweep_observer(watched, deadline) if self._table.waits else watched

    def member_observer(self, watch: "Watch", deadline: Deadline, *, region: str) -> SweepObserver:
        """Create the observer of another source: its watch, and behind it the open waits for the fleet."""
        watched = self.watch_observer(watch, deadline.reserving(AFTER_SWEEP), region=region)
        return self._table.waits.member_observer(watched, deadline) if self._table.waits else watched

    def watch_observer(self, watch: "Watch", deadline: Deadline, *, region: str) -> WatchObserver:
        """Create the observer that passes the pages of a sweep to a watch."""
        return WatchObserver(
            watch,
            deadline,
            self._observability,
            region=region,
            now=_now,
            histories=self._table.histories if self._settings.watch_table else None,
        )


def _now() -> datetime:
    return datetime.now(UTC)
