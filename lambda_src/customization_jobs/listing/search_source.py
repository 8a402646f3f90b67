"""The jobs of a search as pages, filled up with matching jobs."""

from collections.abc import Iterable, Mapping
from typing import Any

from customization_jobs.aws.bedrock import JobSource, Page
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.listing.search import Position, Search, SearchToken
from customization_jobs.listing.search_walks import CutOffError, Walks
from customization_jobs.timeouts import Deadline

# Used if the query has no maxResults.
_DEFAULT_RESULTS = 100


class SearchSource:
    """A source of pages with matching jobs only, in the order of their creation.

    Several statuses take a walk each, because Bedrock selects by one. Jobs that Bedrock cannot leave out are
    dropped as the pages arrive, with one page of each walk in memory.

    Delivery: following the tokens to the end gives each job that matches throughout exactly once, because its
    place never changes. Bedrock's order must be right to the second. A malformed summary without a creation
    time may be repeated.

    Parameters
    ----------
    deadline : Deadline
        Once it has passed, a page ends short, maybe empty, after at least one job has been considered.
    fills_pages : bool
        Whether pages are filled up. If not, a page that is half full ends before a further call to Bedrock.
    """

    def __init__(
        self, source: JobSource, search: Search, deadline: Deadline, *, fills_pages: bool = True
    ) -> None:
        self._source = source
        self._search = search
        self._deadline = deadline
        self._fills_pages = fills_pages

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        """Return a page of matching jobs, as many as `maxResults` says.

        Parameters
        ----------
        parameters : mapping
            Bedrock's inputs, with a token of this search.

        Raises
        ------
        CustomizationJobsError
            As `Bedrock.list_page` and `read_pages`; also if facts of jobs are not readable.
        """
        token = parameters.get("nextToken")
        limit = parameters.get("maxResults", _DEFAULT_RESULTS)
        enough = limit if self._fills_pages else limit / 2
        jobs: list[Any] = []
        last: Position | None = None

        def is_cut_off() -> bool:
            # Each page gets further than the one before.
            return last is not None and (len(jobs) >= enough or self._deadline.has_passed())

        walks = Walks(self._source, self._search, parameters, is_cut_off)
        try:
            for candidate in walks.candidates(after=SearchToken.decode(token).position if token else None):
                last = candidate.position
                if candidate.matches:
                    jobs.append(candidate.job)
                if len(jobs) >= limit:
                    return _page(jobs, self._search.token(last))
        except CutOffError:
            return _page(jobs, last and self._search.token(last))
        return _page(jobs, None)


def _page(jobs: Iterable[Any], token: str | None) -> Page:
    return Page({MODEL_CUSTOMIZATION.summaries: list(jobs), **({"nextToken": token} if token else {})})
