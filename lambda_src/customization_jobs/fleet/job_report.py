"""The jobs of the fleet, with what is known of the sources that they come from."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from customization_jobs.errors import Problem
from customization_jobs.fleet.coverage import SourceCoverage
from customization_jobs.fleet.coverage_summary import CurrentCoverage, summary
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.listing.inputs import Input
from customization_jobs.sources import Source
from customization_jobs.timeouts import Deadline
from customization_jobs.timestamps import format_timestamp

# Keys, counts, and a token.
_ENVELOPE_BYTES = 4 * 1024
# Bedrock's maximum.
_MAX_JOBS = 1000


class FleetPage(Protocol):
    """Jobs of the fleet that fit into one answer."""

    @property
    def jobs(self) -> Sequence[Mapping[str, Any]]:
        """Bedrock's summaries, each with `account` and `region`."""
        ...

    @property
    def sources(self) -> Collection[Source]:
        """The sources of these jobs."""
        ...

    @property
    def next_token(self) -> str | None:
        """Where the remaining jobs begin; None if there are none."""
        ...

    @property
    def stopped_by(self) -> str | None:
        """Why the answer ends before the listing does: "bytes", "deadline" or "maxResults"."""
        ...


class FleetQueries(Protocol):
    """Parses queries of the fleet's jobs, as `QueryContract` does. Each has `account` and `region`."""

    @property
    def inputs(self) -> Mapping[str, Input]:
        """The inputs by name."""
        ...

    def from_text(self, parameters: Mapping[str, Sequence[str]]) -> Any:
        """Parse a URL's query string."""
        ...

    def check_json(self, payload: Mapping[str, Any]) -> tuple[Any, list[Problem]]:
        """Parse a query in which a number is a number, and return its problems."""
        ...


class FleetListing(Protocol):
    """Lists jobs of the fleet from the table."""

    def list_page(self, query: Any, deadline: Deadline, *, max_bytes: int, max_jobs: int) -> FleetPage:
        """Return jobs that a query selects, whose summaries and `asOf` have at most `max_bytes` as JSON."""
        ...


class FleetAnswer(NamedTuple):
    """The jobs of an answer, and the whole of it.

    Attributes
    ----------
    body : dict
        `modelCustomizationJobSummaries`, `nextToken` if there are more, `asOf` of each source of these jobs,
        and `coverage` of all selected sources.
    """

    jobs: Sequence[Mapping[str, Any]]
    stopped_by: str | None
    body: dict[str, Any]


class FleetJobReport:
    """Lists the jobs of the fleet.

    Attributes
    ----------
    queries : FleetQueries
        Parses the queries that it accepts.
    """

    def __init__(self, listing: FleetListing, queries: FleetQueries, coverage: CurrentCoverage) -> None:
        self.queries = queries
        self._listing = listing
        self._coverage = coverage

    def make(
        self, query: Any, deadline: Deadline, *, max_bytes: int, max_jobs: int = _MAX_JOBS
    ) -> FleetAnswer:
        """Return the jobs that a query selects, as many as fit into an answer of `max_bytes`.

        Raises
        ------
        WatchUnavailableException
            The table does not answer, or refuses.
        UnexpectedAnswerException
            A single job is larger than the answer.
        """
        selection = self._coverage.select(query.account, query.region)
        coverage = summary(selection)
        room = max_bytes - _ENVELOPE_BYTES - len(json.dumps(coverage))
        page = self._listing.list_page(query, deadline, max_bytes=room, max_jobs=max_jobs)
        body = {
            MODEL_CUSTOMIZATION.summaries: list(page.jobs),
            **({"nextToken": page.next_token} if page.next_token else {}),
            "asOf": _as_of(page.sources, selection.sources),
            "coverage": coverage,
        }
        return FleetAnswer(page.jobs, page.stopped_by, body)


def _as_of(of_jobs: Collection[Source], sources: Sequence[SourceCoverage]) -> dict[str, str | None]:
    """Return when sources were last listed; null if only events have reported their jobs."""
    listed = {each.source: each.as_of for each in sources}
    return {
        str(source): format_timestamp(as_of) if (as_of := listed.get(source)) else None
        for source in sorted(of_jobs)
    }
