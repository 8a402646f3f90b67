"""The reports of the fleet, for every kind of caller."""

from collections.abc import Callable
from functools import cached_property

from customization_jobs.fleet.coverage_report import CoverageReport
from customization_jobs.fleet.coverage_summary import CurrentCoverage
from customization_jobs.fleet.job_report import FleetJobReport, FleetListing, FleetQueries
from customization_jobs.fleet.overview import FleetOverview
from customization_jobs.fleet.totals import TotalsContext
from customization_jobs.jobs import LimitOf
from customization_jobs.listing.query import QueryContract
from customization_jobs.reports.expected_end import ExpectedEndOf, no_expected_end


class FleetReports:
    """The reports of the fleet. Each is created on first use.

    Parameters
    ----------
    jobs : callable
        Creates what parses queries of the fleet's jobs, and what lists them.
    """

    def __init__(
        self,
        coverage: CurrentCoverage,
        contract: QueryContract,
        jobs: Callable[[], tuple[FleetQueries, FleetListing]],
        *,
        limit_of: LimitOf,
        expected_end_of: ExpectedEndOf = no_expected_end,
    ) -> None:
        self._coverage = coverage
        self._contract = contract
        self._jobs = jobs
        self._limit_of = limit_of
        self._expected_end_of = expected_end_of

    @cached_property
    def jobs(self) -> FleetJobReport:
        """Lists jobs."""
        queries, listing = self._jobs()
        return FleetJobReport(listing, queries, self._coverage, self._contract.summary)

    @cached_property
    def overview(self) -> FleetOverview:
        """Adds up the totals of all sources."""
        statuses, types = self._contract.statuses, self._contract.customization_types
        totals = TotalsContext(self._limit_of, statuses, types, self._expected_end_of)
        return FleetOverview(self._coverage, self._contract, totals)

    @cached_property
    def coverage(self) -> CoverageReport:
        """Reports on each source."""
        return CoverageReport(self._coverage, self._contract)
