"""The jobs of the fleet, from the watch's table alone."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

from customization_jobs.aws.batch_reads import MAX_KEYS
from customization_jobs.aws.job_index import IndexFilter, IndexRange
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.fleet.coverage_store import ChosenSources
from customization_jobs.fleet.matches import Match, Matches, Records
from customization_jobs.fleet.page import FleetPage, PageInProgress
from customization_jobs.fleet.query import FleetQuery
from customization_jobs.fleet.summary import summary_of, summary_of_indexed
from customization_jobs.fleet.walk import Index, IndexWalk
from customization_jobs.sources import Source
from customization_jobs.timeouts import Deadline
from customization_jobs.watch.parallel import THREADS, Parallel
from customization_jobs.watch.position import first_position, last_position
from customization_jobs.watch.record import JobRecord

# Bedrock's maximum.
_MAX_JOBS = 1000
# Below and above all positions.
_LOWEST, _HIGHEST = "0", "9999~"


class Coverage(Protocol):
    """Knows the sources of the fleet; see `fleet.coverage_store.CoverageStore`."""

    def chosen(self) -> ChosenSources | None:
        """Return the sources that the last discovery found; None before the first."""
        ...


class FleetJobs:
    """Lists jobs of all sources.

    The index has the order, and the records have the facts: a job whose record no longer matches is left out.

    Delivery: following the tokens to the end lists, in order and exactly once, each job that matches
    throughout in both its record and the index, which usually lags by some milliseconds. Jobs that appear or
    change meanwhile are listed once or not at all. Records of versions without an index are missing until the
    next sweep. A job that was first recorded without its creation time moves when that becomes known, and can
    then be listed twice, or not at all.

    Cost: the index takes 1 read unit for 27 examined jobs, a matching record half a unit for each 4 KiB. Of
    100,000 jobs, the newest 100 cost about 60 units: 8 in the index, 50 for the records, 1 or more for the
    list of sources (1 for each 4 KB). Filters other than those on the creation time save reads of records,
    but not of the index: it takes about 3,700 units to find that none of 100,000 jobs has a status. An answer
    (`FleetJobReport`) also reads the list of sources again, and the coverage of all selected sources: half a
    unit for each 4 KB of each, about 500 units at 1,000 sources.

    Parameters
    ----------
    in_parallel : callable
        `map`, or the result of `parallel.in_threads`.
    on_unreadable : callable
        Called with the error of each record that is not readable. The job is listed with what the index has.

    Example
    -------
    >>> jobs.list_page(contract.from_json({"region": "us-east-1"}), deadline, max_bytes=ANSWER_BYTES).jobs
    [{'jobArn': 'arn:aws:bedrock:us-east-1:111122223333:...', 'account': '111122223333', ...}]
    """

    def __init__(
        self,
        index: Index,
        records: Records,
        coverage: Coverage,
        *,
        in_parallel: Parallel = map,
        on_unreadable: Callable[[WatchUnavailableException], None] = lambda _: None,
    ) -> None:
        self._index = index
        self._records = records
        self._coverage = coverage
        self._in_parallel = in_parallel
        self._on_unreadable = on_unreadable

    def list_page(
        self,
        query: FleetQuery,
        deadline: Deadline,
        *,
        max_bytes: int,
        max_jobs: int = _MAX_JOBS,
        form: Callable[[Any], Any] = lambda job: job,
    ) -> FleetPage:
        """List jobs until the answer is full or the deadline has passed. The page may then be empty.

        Parameters
        ----------
        deadline : Deadline
            Each call makes progress, whatever the deadline.
        max_bytes : int
            Maximum size of the summaries and of `asOf` as JSON.
        max_jobs : int
            Used if the query has no `max_results`.
        form : callable
            Returns the part of a job that the answer contains, whose size counts.

        Raises
        ------
        UnexpectedAnswerException
            A single job is larger than `max_bytes`.
        WatchUnavailableException
            The table did not answer, or refused; or no sweep of the fleet has run yet.
        """
        page = PageInProgress(query.max_results or max_jobs, max_bytes, form)
        sources = self._sources(query)
        matches = Matches(self._records, query, sources, self._in_parallel)
        walk = self._walk(query, page.fitting)
        while sources and not walk.is_finished:
            for match in matches.among(walk.take(page.fitting)):
                if not page.add(self._summary(match), match.source, match.job.position):
                    return page.finished(query.next_token(page.last), "bytes")
            if walk.position is None:
                break
            if page.is_full:
                return page.finished(query.next_token(walk.position), "maxResults")
            if deadline.has_passed():
                return page.finished(query.next_token(walk.position), "deadline")
        return page.finished()

    def scan(self, query: FleetQuery, deadline: Deadline) -> "FleetScan":
        """Return all jobs of a query, which are read when they are iterated over."""
        return FleetScan(partial(self._read_all, query, deadline))

    def _read_all(
        self, query: FleetQuery, deadline: Deadline, on_complete: Callable[[], None]
    ) -> Iterator[JobRecord]:
        number = THREADS * MAX_KEYS
        sources = self._sources(query)
        matches = Matches(self._records, query, sources, self._in_parallel)
        walk = self._walk(query, number)
        while sources and not walk.is_finished:
            if deadline.has_passed():
                return
            for match in matches.among(walk.take(number)):
                if isinstance(match.record, WatchUnavailableException):
                    raise match.record
                yield match.record
        on_complete()

    def _sources(self, query: FleetQuery) -> frozenset[Source]:
        chosen = self._coverage.chosen()
        if chosen is None:
            raise WatchUnavailableException(
                "The sources of the fleet are not known before its first sweep. Try again after it."
            )
        return frozenset(filter(query.selects, chosen.sources))

    def _walk(self, query: FleetQuery, expected: int) -> IndexWalk:
        lowest = first_position(query.created_after) if query.created_after else _LOWEST
        highest = last_position(query.created_before) if query.created_before else _HIGHEST
        return IndexWalk(
            self._index,
            IndexRange(lowest, highest, query.ascending),
            IndexFilter(query.name_contains, query.status),
            after=query.after,
            expected=expected,
            in_parallel=self._in_parallel,
        )

    def _summary(self, match: Match) -> dict[str, Any]:
        if isinstance(match.record, JobRecord):
            return summary_of(match.record.job, match.source)
        self._on_unreadable(match.record)
        return summary_of_indexed(match.job, match.source)


class FleetScan:
    """All jobs of a query: iterate over their records once.

    Iteration ends early at the deadline, and raises a WatchUnavailableException as `list_page` does, or if a
    record is not readable.

    Attributes
    ----------
    complete : bool
        Whether all jobs have been read.
    """

    def __init__(self, read: Callable[[Callable[[], None]], Iterator[JobRecord]]) -> None:
        self._read = read
        self.complete = False

    def __iter__(self) -> Iterator[JobRecord]:
        """Yield the records in the order of the query."""
        return self._read(self._finish)

    def _finish(self) -> None:
        self.complete = True
