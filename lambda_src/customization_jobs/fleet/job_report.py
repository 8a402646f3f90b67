"""The jobs of the fleet, with what is known of the sources that they come from."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from customization_jobs.fleet.coverage import SourceCoverage
from customization_jobs.fleet.coverage_summary import CurrentCoverage, summary
from customization_jobs.fleet.inputs import jobs_contract
from customization_jobs.jobs import MODEL_CUSTOMIZATION, Summary
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.timeouts import Deadline
from customization_jobs.timestamps import format_timestamp

# What is left for the jobs themselves. `asOf` has at most one entry for each job, of a quarter of its size.
_SHARE_OF_JOBS = 0.75
# Keys, counts, and a token.
_ENVELOPE_BYTES = 4 * 1024


class FleetPage(Protocol):
    """Jobs of the fleet that fit into one answer."""

    @property
    def jobs(self) -> Sequence[Summary]:
        """Bedrock's summaries, each with `account` and `region`."""
        ...

    @property
    def next_token(self) -> str | None:
        """Where the remaining jobs begin; None if there are none."""
        ...

    @property
    def stopped_by(self) -> str | None:
        """Why the answer ends before the listing does: "bytes", "deadline" or "maxResults"."""
        ...


class FleetListing(Protocol):
    """Lists jobs of the fleet from the table."""

    def list(self, query: JobQuery, token: str | None, deadline: Deadline, *, max_bytes: int) -> FleetPage:
        """Return the jobs that a query selects by Bedrock's inputs, `account` and `region`."""
        ...


class FleetAnswer(NamedTuple):
    """The jobs of an answer, and the rest of it.

    Attributes
    ----------
    body : dict
        `modelCustomizationJobSummaries`, `nextToken` if there are more, `asOf` of each source of these jobs,
        and `coverage` of all selected sources.
    """

    jobs: Sequence[Summary]
    stopped_by: str | None
    body: dict[str, Any]


class FleetJobReport:
    """Lists the jobs of the fleet.

    Attributes
    ----------
    contract : QueryContract
        The inputs that it accepts.
    """

    def __init__(self, listing: FleetListing, coverage: CurrentCoverage, contract: QueryContract) -> None:
        self.contract = jobs_contract(contract)
        self._listing = listing
        self._coverage = coverage

    def make(self, query: JobQuery, deadline: Deadline, *, max_bytes: int) -> FleetAnswer:
        """Return the jobs that a query selects, as many as fit into an answer of a size.

        Raises
        ------
        ValidationException
            The token does not belong to this query.
        WatchUnavailableException
            The table does not answer, or refuses.
        """
        sources = self._coverage.select(query.parameters)
        coverage = summary(sources)
        given = dict(query.parameters)
        token = given.pop("nextToken", None)
        room = max_bytes - _ENVELOPE_BYTES - len(json.dumps(coverage))
        page = self._listing.list(
            JobQuery(given),
            str(token) if token is not None else None,
            deadline,
            max_bytes=int(room * _SHARE_OF_JOBS),
        )
        body = {
            MODEL_CUSTOMIZATION.summaries: list(page.jobs),
            **({"nextToken": page.next_token} if page.next_token else {}),
            "asOf": _as_of(page.jobs, sources),
            "coverage": coverage,
        }
        return FleetAnswer(page.jobs, page.stopped_by, body)


def _as_of(jobs: Sequence[Summary], sources: Sequence[SourceCoverage]) -> dict[str, str | None]:
    """Return when the sources of jobs were last listed; null if only events have reported their jobs."""
    listed = {str(each.source): each.as_of for each in sources}
    names = sorted({f"{job['account']}/{job['region']}" for job in jobs})
    return {name: format_timestamp(as_of) if (as_of := listed.get(name)) else None for name in names}
