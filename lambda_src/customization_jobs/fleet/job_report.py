"""The jobs of the fleet, with what is known of the sources that they come from."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from customization_jobs.errors import Problem
from customization_jobs.fleet.coverage import SourceCoverage
from customization_jobs.fleet.coverage_summary import CurrentCoverage, summary
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.listing.inputs import Input
from customization_jobs.sources import Source
from customization_jobs.timeouts import Deadline
from customization_jobs.timestamps import format_timestamp

if TYPE_CHECKING:
    from botocore.model import Shape

# What a job of the fleet has besides Bedrock's fields.
SOURCE_FIELDS = ("account", "region")
# Reserved for keys, counts, and a token.
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

    def check_text(
        self, parameters: Mapping[str, Sequence[str]], also: Sequence[str] = ()
    ) -> tuple[Any, list[Problem]]:
        """Parse a URL's query string, and return its problems."""
        ...

    def check_json(self, payload: Mapping[str, Any], also: Sequence[str] = ()) -> tuple[Any, list[Problem]]:
        """Parse a query in JSON, and return its problems."""
        ...


class FleetListing(Protocol):
    """Lists jobs of the fleet from the table."""

    def list_page(
        self, query: Any, deadline: Deadline, *, max_bytes: int, max_jobs: int, form: Callable[[Any], Any]
    ) -> FleetPage:
        """Return jobs that a query selects; with `asOf`, they have at most `max_bytes` in that form."""
        ...


class FleetAnswer(NamedTuple):
    """The jobs of an answer with all their fields, and the answer itself.

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

    Parameters
    ----------
    shape : botocore.model.Shape
        Bedrock's model of a job in a list.

    Attributes
    ----------
    queries : FleetQueries
        Parses the queries that it accepts.
    """

    def __init__(
        self, listing: FleetListing, queries: FleetQueries, coverage: CurrentCoverage, shape: "Shape"
    ) -> None:
        self.queries = queries
        self._shape = shape
        self._listing = listing
        self._coverage = coverage

    @property
    def fields(self) -> list[str]:
        """The fields of a job, as paths of names; see `listing.fields`."""
        from customization_jobs.listing.fields import shape_names  # noqa: PLC0415 - only if fields are named

        return [*shape_names(self._shape), *SOURCE_FIELDS]

    def make(
        self,
        query: Any,
        deadline: Deadline,
        *,
        max_bytes: int,
        max_jobs: int = _MAX_JOBS,
        form: Callable[[Any], Any] = lambda job: job,
    ) -> FleetAnswer:
        """Return the jobs that a query selects, as many as fit into an answer of `max_bytes`.

        Parameters
        ----------
        form : callable
            Returns the part of a job that the body contains.

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
        page = self._listing.list_page(query, deadline, max_bytes=room, max_jobs=max_jobs, form=form)
        body = {
            MODEL_CUSTOMIZATION.summaries: list(map(form, page.jobs)),
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
