"""Walks through Bedrock's list for a search: one for each status, merged in the order of creation."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.jobs import IN_PROGRESS, STOPPING
from customization_jobs.listing.filters import Bounds
from customization_jobs.listing.identity import identifying_text
from customization_jobs.listing.pages import read_pages
from customization_jobs.listing.search import LAST_SECOND, Position, Search
from customization_jobs.timestamps import parse_timestamp_or_none

# Of Bedrock's pages. Each walk has one in memory.
_PAGE_SIZE = 500
# The statuses from which a job can still change.
_EARLY = (IN_PROGRESS, STOPPING)
# Parameters of walks that are read at once.
_Turn: TypeAlias = Sequence[Mapping[str, str]]
_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)


class Candidate(NamedTuple):
    """A job that Bedrock lists, and whether it matches."""

    position: Position
    job: Any
    matches: bool


class Stretch(NamedTuple):
    """A part of a listing: the seconds of creation from the first to the last, both included; None for open.

    In a descending listing, `first` is the later one.
    """

    first: int | None = None
    last: int | None = None


class CutOffError(Exception):
    """Raised to end a merge of walks before a further call to Bedrock."""


class Walks:
    """The walks of one page of a search.

    A job can change its status between the calls of two walks. It can change from InProgress to any other
    status, and from Stopping to one with which it has ended, and never back. The walk of an earlier status is
    therefore read first, stretch by stretch, so that a job is found with one of the two statuses, or with
    both.

    Parameters
    ----------
    parameters : mapping
        Bedrock's inputs.
    is_cut_off : callable
        Called before each call to Bedrock; returns whether the walks end there.
    """

    def __init__(
        self,
        source: JobSource,
        search: Search,
        parameters: Mapping[str, Any],
        is_cut_off: Callable[[], bool],
    ) -> None:
        self._source = source
        self._search = search
        self._is_cut_off = is_cut_off
        self._parameters = {name: value for name, value in parameters.items() if name != "nextToken"}
        self._descending = parameters.get("sortOrder") != "Ascending"

    def candidates(self, after: Position | None) -> Iterator[Candidate]:
        """Yield the jobs after a position, in order, each once.

        Raises
        ------
        CutOffError
            The walks are cut off.
        """
        before = after
        for candidate in self._read_in_turn(self._turns(), Stretch(first=after.second if after else None)):
            if self._follows(candidate.position, before):
                before = candidate.position
                yield candidate

    def _turns(self) -> list[_Turn]:
        """Return the parameters of the walks, in turns. The walks of one turn are read at once."""
        statuses, given = self._search.filters.statuses, self._parameters.get("statusEquals")
        if statuses is None:
            return [[{}]]
        chosen = statuses & {given} if given else statuses
        turns = [[each] for each in _EARLY if each in chosen]
        turns.append(sorted(chosen.difference(_EARLY)))
        return [[{"statusEquals": each} for each in turn] for turn in turns if turn]

    def _read_in_turn(self, turns: Sequence[_Turn], stretch: Stretch) -> Iterator[Candidate]:
        if not turns:
            return
        walks, *later = turns
        if not later:
            yield from self._merge(*(self._walk(each, stretch) for each in walks))
            return
        for found, covered in self._read_stretches(walks[0], stretch):
            yield from self._merge(iter(found), self._read_in_turn(later, covered))

    def _merge(self, *walks: Iterator[Candidate]) -> Iterator[Candidate]:
        return merge(*walks, key=lambda each: each.position, reverse=self._descending)

    def _read_stretches(
        self, status: Mapping[str, str], stretch: Stretch
    ) -> Iterator[tuple[list[Candidate], Stretch]]:
        """Yield the jobs of each page of a walk, with the stretch in which the walk has no others."""
        first = stretch.first
        waiting: list[Candidate] = []
        for page in self._pages(status, stretch):
            waiting += page
            # More jobs of the last second may follow on the next page.
            complete = [each for each in waiting if each.position.second != waiting[-1].position.second]
            if complete:
                end = waiting[-1].position.second
                yield self._in_order(complete), Stretch(first, end + 1 if self._descending else end - 1)
                first, waiting = end, waiting[len(complete) :]
        yield self._in_order(waiting), Stretch(first, stretch.last)

    def _walk(self, status: Mapping[str, str], stretch: Stretch) -> Iterator[Candidate]:
        jobs = (each for page in self._pages(status, stretch) for each in page)
        for _, same_second in groupby(jobs, key=lambda each: each.position.second):
            yield from self._in_order(list(same_second))

    def _in_order(self, candidates: list[Candidate]) -> list[Candidate]:
        return sorted(candidates, key=lambda each: each.position, reverse=self._descending)

    def _pages(self, status: Mapping[str, str], stretch: Stretch) -> Iterator[list[Candidate]]:
        """Yield, for each of Bedrock's pages, its jobs that are in a stretch."""
        bounds = self._bounds(stretch)
        if bounds is None:
            return
        pages = read_pages(self._source, {**self._parameters, "maxResults": _PAGE_SIZE, **status, **bounds})
        second = None
        has_more = True
        while has_more:
            if self._is_cut_off():
                raise CutOffError
            page = next(pages)
            has_more = page.next_token is not None
            seconds = self._seconds(page.jobs, second, stretch)
            second = seconds[-1] if seconds else second
            yield [
                Candidate(Position(each, _key(job)), job, matches)
                for each, job, matches in zip(
                    seconds, page.jobs, self._search.matching(page.jobs), strict=True
                )
                if self._is_within(each, stretch)
            ]

    def _bounds(self, stretch: Stretch) -> dict[str, datetime] | None:
        """Return the bounds of the creation times for Bedrock; None if no job can be within them."""
        first, last = (each if each is None else datetime.fromtimestamp(each, UTC) for each in stretch)
        earliest, latest = (last, first) if self._descending else (first, last)
        bounds = self._search.filters.bounds.within(
            Bounds(self._parameters.get("creationTimeAfter"), self._parameters.get("creationTimeBefore"))
        ).within(Bounds(earliest and earliest - _MILLISECOND, latest and latest + _SECOND))
        if bounds.is_empty:
            return None
        named = {"creationTimeAfter": bounds.after, "creationTimeBefore": bounds.before}
        return {name: bound for name, bound in named.items() if bound}

    def _seconds(self, jobs: Sequence[Any], before: int | None, stretch: Stretch) -> list[int]:
        """Return the second of creation of each job of a page, in order.

        A job without one, or with one out of order, has that of the job before.
        """
        known = [_second_or_none(job) for job in jobs]
        # The first jobs of a walk have no job before.
        current = next(filter(lambda each: each is not None, (before, *known, stretch.first, 0)))
        assert current is not None  # noqa: S101 - the last one is not
        seconds: list[int] = []
        for second in known:
            if second is not None:
                is_first = before is None and not seconds
                current = second if is_first else self._later(current, second)
            seconds.append(current)
        return seconds

    def _later(self, second: int, other: int) -> int:
        return min(second, other) if self._descending else max(second, other)

    def _follows(self, position: Position, before: Position | None) -> bool:
        return before is None or (position < before if self._descending else position > before)

    def _is_within(self, second: int, stretch: Stretch) -> bool:
        first, last = (stretch.last, stretch.first) if self._descending else stretch
        return (first is None or first <= second) and (last is None or second <= last)


def _second_or_none(job: Any) -> int | None:
    created = parse_timestamp_or_none(job.get("creationTime")) if isinstance(job, Mapping) else None
    second = int(created.timestamp() // 1) if created else -1
    return second if 0 <= second <= LAST_SECOND else None


def _key(job: Any) -> str:
    text = identifying_text(job).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()
