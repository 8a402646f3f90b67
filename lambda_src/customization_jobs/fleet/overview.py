"""The overview of the fleet: the totals of the last listing of each source, added up."""

from typing import Any

from customization_jobs.fleet.coverage_summary import CurrentCoverage, summary
from customization_jobs.fleet.inputs import overview_contract, selected_source
from customization_jobs.fleet.totals import FleetTotals, TotalsContext
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.reports.job_totals import TOTALS_FIELDS


class FleetOverview:
    """Makes overviews of the fleet from the table alone.

    Attributes
    ----------
    contract : QueryContract
        The inputs that it accepts.
    fields : tuple of str
        The names that an answer can have.
    """

    fields = (*TOTALS_FIELDS, "coverage")

    def __init__(self, coverage: CurrentCoverage, contract: QueryContract, totals: TotalsContext) -> None:
        self.contract = overview_contract(contract)
        self._coverage = coverage
        self._totals = totals

    def make(self, query: JobQuery) -> dict[str, Any]:
        """Return the overview of the selected sources: `JobTotals.to_json`, and `coverage`.

        A source that is not listed now counts with the figures of its last listing, if it has had one. A
        source whose totals are not readable counts as failed in this answer. `complete` is that of the
        coverage.

        Raises
        ------
        WatchUnavailableException
            The table does not answer, or refuses.
        """
        selection = self._coverage.select(*selected_source(query))
        fleet = FleetTotals.of(selection.sources, self._totals, self._coverage.now())
        coverage = summary(selection._replace(sources=fleet.sources))
        totals = fleet.totals.to_json(complete=coverage["complete"], malformed=fleet.malformed)
        return {**totals, "coverage": coverage}
