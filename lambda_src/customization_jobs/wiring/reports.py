"""Creates the reports on the jobs of the function's own source."""

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.wiring.table import TableParts

if TYPE_CHECKING:
    from collections.abc import Callable

    from customization_jobs.entrypoints.fleet_view import FleetView
    from customization_jobs.entrypoints.trends_view import TrendsView
    from customization_jobs.entrypoints.views import Views
    from customization_jobs.listing.search import FactsOf
    from customization_jobs.reports.overview import OverviewReport
    from customization_jobs.reports.timeline import TimelineReport
    from customization_jobs.reports.trends import TrendsReport


class ReportParts:
    """The reports. Each is created, and its module imported, on first use."""

    def __init__(
        self,
        settings: Settings,
        bedrock: Bedrock,
        observability: Observability,
        table: TableParts,
        contract: QueryContract,
    ) -> None:
        self._settings = settings
        self._bedrock = bedrock
        self._observability = observability
        self._table = table
        self._contract = contract

    @cached_property
    def overview(self) -> "OverviewReport":
        """The overview."""
        from customization_jobs.reports.overview import OverviewReport  # noqa: PLC0415

        recorded = self._table.recorded_jobs
        return OverviewReport(
            self._bedrock,
            self._contract,
            self._observability,
            limit_of=self._settings.limits.of_summary,
            now=_now,
            expected_end_of=self._table.expected_end_of_summary,
            owner_counts=recorded.owner_counts if recorded and recorded.tag else None,
        )

    @cached_property
    def timeline(self) -> "TimelineReport":
        """The timelines of jobs."""
        from customization_jobs.reports.timeline import TimelineReport  # noqa: PLC0415

        return TimelineReport(self._bedrock, self._contract, self._table.timelines)

    @cached_property
    def trends(self) -> "TrendsReport":
        """The trends."""
        from customization_jobs.reports.trends import TrendsReport  # noqa: PLC0415

        return TrendsReport(
            self._bedrock,
            self._contract,
            self._observability,
            now=_now,
            facts_of=self._facts_of if self._settings.watch_table else None,
        )

    def create_views(self, fleet: "Callable[[], FleetView] | None") -> "Views":
        """Create the views of jobs.

        Parameters
        ----------
        fleet : callable or None
            Creates what selects the jobs of the fleet. None: no fleet is set up.
        """
        from customization_jobs.entrypoints.views import Views  # noqa: PLC0415

        return Views(
            self._bedrock,
            self._contract,
            self._observability,
            limit_of=self._settings.limits.of_summary,
            now=_now,
            trends=lambda: self._trends_view,
            expected_end_of=self._table.expected_end_of_summary,
            recorded=self._table.recorded_jobs,
            fleet=fleet,
        )

    @cached_property
    def _trends_view(self) -> "TrendsView":
        from customization_jobs.entrypoints.trends_view import TrendsView  # noqa: PLC0415

        return TrendsView(self.trends)

    @cached_property
    def _facts_of(self) -> "FactsOf":
        from customization_jobs.wiring.tags import create_recorded_facts  # noqa: PLC0415

        return create_recorded_facts(self._settings, self._table.open_records)


def _now() -> datetime:
    return datetime.now(UTC)
