"""What a wait for the fleet starts from: the recorded jobs of its sources, and their coverage."""

from typing import Any

from customization_jobs.errors import FleetNotCoveredException
from customization_jobs.fleet.coverage import SourceCoverage
from customization_jobs.fleet.coverage_summary import CurrentCoverage, Selection, summary
from customization_jobs.fleet.jobs import FleetJobs
from customization_jobs.fleet.query import FleetQuery

# Of a reason, so that the rows of a summary fit into an item of the table and an output of 256 KiB.
_MAX_REASON = 300
# How many sources an error's message names.
_NAMED = 3


class FleetSource:
    """What a wait for the fleet is registered with.

    Attributes
    ----------
    jobs : FleetJobs
        The recorded jobs of all sources.
    """

    def __init__(self, jobs: FleetJobs, current: CurrentCoverage) -> None:
        self.jobs = jobs
        self._current = current

    def coverage(self, query: FleetQuery, *, accept_gaps: bool) -> dict[str, Any]:
        """Return the coverage summary of the selected sources, with reasons of at most 300 characters.

        Raises
        ------
        FleetNotCoveredException
            Not all of them are listed, or there are none, and `accept_gaps` is false.
        WatchUnavailableException
            The table does not answer, or refuses.
        """
        selection = self._current.select(query.account, query.region)
        covered = summary(selection)
        if not covered["complete"] and not accept_gaps:
            raise FleetNotCoveredException(_message(selection, query))
        return {**covered, "gaps": [_shortened(row) for row in covered["gaps"]]}


def _message(selection: Selection, query: FleetQuery) -> str:
    sources = selection.sources
    gaps = [each for each in sources if not each.is_listed]
    if sources and not gaps:
        return (
            "The accounts of the organization could not be read for hours, so that the jobs of new ones are "
            "unknown. Remove the cause (alarm FleetAccountsStale), or wait with acceptGaps: true."
        )
    if not gaps:
        selected = {"account": query.account, "region": query.region}
        inputs = " and ".join(f"{name} {value}" for name, value in selected.items() if value)
        return (
            f"The fleet has no source{inputs and ' with '}{inputs}. Correct the query, add the source by the "
            "settings of the fleet, or wait with acceptGaps: true."
        )
    named = "; ".join(map(_described, gaps[:_NAMED]))
    others = len(gaps) - _NAMED
    more = f"; and {others} more" if others > 0 else ""
    return (
        f"{len(gaps)} of {len(sources)} selected sources of the fleet are not listed, so that their jobs may "
        f"be unknown: {named}{more}. Try again after the next sweep, remove the cause, narrow the query by "
        "account and region, or wait with acceptGaps: true."
    )


def _described(gap: SourceCoverage) -> str:
    return f"{gap.source} is {gap.state}: {(gap.reason or 'no reason is known')[:_MAX_REASON].rstrip('.')}"


def _shortened(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "reason": row["reason"][:_MAX_REASON]} if "reason" in row else row
