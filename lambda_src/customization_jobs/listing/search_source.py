"""The jobs of a search as pages: read from Bedrock, merged, filtered, and filled up."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby
from typing import Any, NamedTuple

from customization_jobs.aws.bedrock import JobSource, Page
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.listing.filters import JobFacts
from customization_jobs.listing.identity import arn_of, identifying_text
from customization_jobs.listing.pages import read_pages
from customization_jobs.listing.search import Position, Search, SearchToken
from customization_jobs.timeouts import Deadline
from customization_jobs.timestamps import parse_timestamp_or_none

# If the query has no maxResults.
_DEFAULT_RESULTS = 100
# Of Bedrock's pages. Each walk has one in memory.
_PAGE_SIZE = 500
_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)


class SearchSource:
    """A source of pages with matching jobs only, in the order of their creation.

    Several statuses take a walk each, because Bedrock selects by one. What it cannot select is left out as
    the pages arrive, one page of each walk in memory.

    Delivery: following the tokens to the end gives each job exactly once that matches throughout, because its
    place never changes. Bedrock's order must be right to the second.

    Parameters
    ----------
    deadline : Deadline
        Once it has passed, a page ends short, maybe empty, after at least one job has been considered.
    """

    def __init__(self, source: JobSource, search: Search, deadline: Deadline) -> None:
        self._source = source
        self._search = search
        self._deadline = deadline

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
        walks = _Walks(self._source, self._search, self._deadline, parameters)
        limit = parameters.get("maxResults", _DEFAULT_RESULTS)
        jobs: list[Any] = []
        position = SearchToken.decode(token).position if token else None
        for candidate in walks.candidates(after=position):
            if candidate.matches:
                jobs.append(candidate.job)
            if len(jobs) >= limit:
                return _page(jobs, self._search.token(candidate.position))
        return _page(jobs, self._search.token(walks.last) if walks.last and walks.out_of_time else None)


class _Candidate(NamedTuple):
    position: Position
    job: Any
    matches: bool


class _OutOfTimeError(Exception):
    """Raised to end a merge of walks, all of which end at the same place."""


class _Walks:
    """The walks of one page.

    Attributes
    ----------
    last : Position or None
        All jobs up to here have been considered.
    out_of_time : bool
        Whether they ended at the deadline.
    """

    def __init__(
        self, source: JobSource, search: Search, deadline: Deadline, parameters: Mapping[str, Any]
    ) -> None:
        self._source = source
        self._search = search
        self._deadline = deadline
        self._descending = parameters.get("sortOrder") != "Ascending"
        self._parameters = {name: parameters[name] for name in parameters if name != "nextToken"}
        self.last: Position | None = None
        self.out_of_time = False

    def candidates(self, after: Position | None) -> Iterator[_Candidate]:
        """Yield the jobs after a position, in order, each once."""
        parameters = {**self._parameters, "maxResults": _PAGE_SIZE, **self._bounds(after)}
        walks = [self._walk({**parameters, **status}) for status in self._statuses()]
        merged = merge(*walks, key=lambda each: each.position, reverse=self._descending)
        try:
            for candidate in merged:
                if self._is_later(candidate.position, after) and candidate.position != self.last:
                    self.last = candidate.position
                    yield candidate
        except _OutOfTimeError:
            self.out_of_time = True

    def _statuses(self) -> list[dict[str, str]]:
        """Return the status of each walk; an empty one for a walk through all jobs."""
        statuses, given = self._search.filters.statuses, self._parameters.get("statusEquals")
        if statuses is None:
            return [{}]
        return [{"statusEquals": each} for each in sorted(statuses) if given in (None, each)]

    def _bounds(self, after: Position | None) -> dict[str, datetime]:
        """Return the bounds of the creation times, as narrow as the query and the position allow."""
        follows = self._search.filters.bounds
        resumed = after and datetime.fromtimestamp(after.second, UTC)
        lower = [self._parameters.get("creationTimeAfter"), follows.after]
        upper = [self._parameters.get("creationTimeBefore"), follows.before]
        if resumed and self._descending:
            upper.append(resumed + _SECOND)
        elif resumed:
            lower.append(resumed - _MILLISECOND)
        bounds = {
            "creationTimeAfter": max(filter(None, lower), default=None),
            "creationTimeBefore": min(filter(None, upper), default=None),
        }
        return {name: bound for name, bound in bounds.items() if bound}

    def _is_later(self, position: Position, after: Position | None) -> bool:
        return after is None or (position < after if self._descending else position > after)

    def _walk(self, parameters: Mapping[str, Any]) -> Iterator[_Candidate]:
        """Yield the jobs that Bedrock selects, in order also within a second."""
        for _, same_second in groupby(self._jobs(parameters), key=lambda each: each.position.second):
            yield from sorted(same_second, key=lambda each: each.position, reverse=self._descending)

    def _jobs(self, parameters: Mapping[str, Any]) -> Iterator[_Candidate]:
        second: int | None = None
        for page in read_pages(self._source, parameters):
            matching = self._matching(page.jobs)
            for job, matches in zip(page.jobs, matching, strict=True):
                second = self._next_second(job, second)
                yield _Candidate(Position(second, _key(job)), job, matches)
            if self.last and page.next_token and self._deadline.has_passed():
                raise _OutOfTimeError

    def _next_second(self, job: Any, before: int | None) -> int:
        """Return the second of a job; that of the job before if it has none, or an earlier one in order."""
        created = parse_timestamp_or_none(job.get("creationTime")) if isinstance(job, Mapping) else None
        second = int(created.timestamp() // 1) if created else before or 0
        if before is None:
            return second
        return min(second, before) if self._descending else max(second, before)

    def _matching(self, jobs: list[Any]) -> list[bool]:
        filters, facts_of = self._search.filters, self._search.facts_of
        matching = [filters.matches(job) for job in jobs]
        if not filters.needs_facts or facts_of is None:
            return matching
        arns = [arn_of(job) if matches else None for job, matches in zip(jobs, matching, strict=True)]
        facts = facts_of(filter(None, arns))
        return [
            arn is not None and filters.matches_facts(job, facts.get(arn, JobFacts()))
            for job, arn in zip(jobs, arns, strict=True)
        ]


def _key(job: Any) -> str:
    text = identifying_text(job).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def _page(jobs: Iterable[Any], token: str | None) -> Page:
    return Page({MODEL_CUSTOMIZATION.summaries: list(jobs), **({"nextToken": token} if token else {})})
