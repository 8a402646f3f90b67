"""Creates what answers requests for the fleet, if the settings choose one."""

from functools import cached_property

from customization_jobs.entrypoints.fleet_http import FleetHttp
from customization_jobs.entrypoints.fleet_view import FleetView
from customization_jobs.entrypoints.fleet_workflow import FleetWorkflow
from customization_jobs.fleet.job_report import FleetListing, FleetQueries
from customization_jobs.fleet.query import FleetQueryContract
from customization_jobs.fleet.reports import FleetReports
from customization_jobs.listing.query import QueryContract
from customization_jobs.settings import Settings
from customization_jobs.sources import FleetChoice
from customization_jobs.wiring.fleet_jobs import create_current_coverage
from customization_jobs.wiring.table import TableParts


class FleetReportParts:
    """The parts that answer requests for the fleet. Each is created on first use.

    Parameters
    ----------
    given : FleetQueries and FleetListing, or None
        What lists the jobs of the fleet. By default, from the table of the settings.
    """

    def __init__(
        self,
        settings: Settings,
        choice: FleetChoice,
        contract: QueryContract,
        table: TableParts,
        given: tuple[FleetQueries, FleetListing] | None,
    ) -> None:
        self._settings = settings
        self._choice = choice
        self._contract = contract
        self._table = table
        self._given = given

    @cached_property
    def http(self) -> FleetHttp:
        """Answers the HTTP API."""
        return FleetHttp(self.reports)

    @cached_property
    def workflow(self) -> FleetWorkflow:
        """Answers workflows."""
        return FleetWorkflow(self.reports, self._contract.statuses)

    @cached_property
    def view(self) -> FleetView:
        """Selects the jobs of boards."""
        return FleetView(self.reports)

    @cached_property
    def reports(self) -> FleetReports:
        """The reports."""
        coverage = create_current_coverage(self._settings, self._choice, lambda: self._table.documents)
        return FleetReports(
            coverage,
            self._contract,
            lambda: self._given or (FleetQueryContract(self._contract), self._table.fleet_jobs),
            limit_of=self._settings.limits.of_summary,
            expected_end_of=self._table.expected_end_of_summary,
        )
