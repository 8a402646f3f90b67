"""One walk of a scan: through the jobs of a range of creation times, to its end."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import compress
from typing import Any

from customization_jobs.aws.bedrock import Page
from customization_jobs.listing.loops import LoopGuard
from customization_jobs.listing.seen import PageKeys, SeenJobs, Span
from customization_jobs.listing.time_range import ALL_TIMES, TimeRange

# A walk with more than `_MANY` pages left is divided; if threads are idle, one with more than `_FEW`. Not
# with fewer, because the parts read its pages again.
_FEW, _MANY = 2, 16
_PAGES_OF_A_PART = 6
_MAX_PARTS = 7
# How exact creation times are.
_SHORTEST = timedelta(milliseconds=1)
_SECOND = timedelta(seconds=1)


@dataclass(slots=True, eq=False)
class Walk:
    """The state of a walk.

    Attributes
    ----------
    query : mapping
        Bedrock's inputs, with an order, and without a token.
    range : TimeRange
        Which jobs belong to the walk. Without bounds, these are all jobs of the query.
    known : set of int
        Keys of jobs that have been delivered before the walk.
    token : str or None
        Bedrock's token of the next page; None before the first one, and after the last one.
    is_ordinary : bool
        Whether each job so far has an ARN, and a creation time in the range. The range of any other job is
        unknown.
    """

    query: Mapping[str, Any]
    range: TimeRange = ALL_TIMES
    known: AbstractSet[int] = frozenset()
    token: str | None = None
    is_ordinary: bool = field(default=True, init=False)
    _pages: int = field(default=0, init=False)
    _last: Span = field(default=Span(), init=False)
    _seen: SeenJobs = field(default_factory=SeenJobs, init=False)
    _loop_guard: LoopGuard = field(default_factory=LoopGuard, init=False)

    @property
    def is_plain(self) -> bool:
        """Whether the walk reads all jobs of the query."""
        return self.range == ALL_TIMES

    @property
    def span(self) -> Span:
        """The range of the creation times so far."""
        return self._seen.span or Span()

    def parameters(self) -> dict[str, Any]:
        """Return the inputs that request the next page."""
        return {
            **self.query,
            **self.range.bounds(self.query),
            **({"nextToken": self.token} if self.token else {}),
        }

    def accept(self, page: Page) -> tuple[list[Any], set[int]]:
        """Advance over a page. Return its jobs that belong to the walk and are new, and their keys.

        A plain walk returns each summary without an ARN as often as Bedrock sends it, other walks never.

        Raises
        ------
        UnexpectedAnswerException
            The page is malformed, or the walk does not progress (`LoopGuard`).
        """
        jobs = page.jobs
        keys = PageKeys.of(jobs)
        new = self._seen.add(keys)
        self._loop_guard.check(self.token, page, has_new_jobs=bool(new))
        self.token = page.next_token
        self._pages += 1
        self._last = keys.span
        if jobs and (None in keys.arns or not self.range.can_yield(keys.span)):
            self.is_ordinary = False
        own = self._own(keys, new - self.known)
        return list(compress(jobs, own)), set(compress(keys.keys, own))

    def parts(self, extent: Span, idle_threads: int) -> list["Walk"]:
        """Return the walks that replace this one: only itself if it is not worth dividing.

        Each part is read to its end, whatever the order of Bedrock's jobs. The order decides only how many
        pages this walk seems to have left.

        Parameters
        ----------
        extent : Span
            From the oldest job of the query to the newest.
        """
        if self._last.earliest == self._last.latest:
            # One instant says nothing about the jobs ahead.
            return [self]
        # Assumes that the jobs ahead are as far apart as those of the last page.
        page = max(self._last.latest - self._last.earliest, _SHORTEST)
        pages_left = self._time_left(extent) / page
        if not self.is_ordinary or pages_left <= max(self._pages, _FEW if idle_threads else _MANY):
            return [self]
        part = page * min(max(1, pages_left / (idle_threads + 1)), _PAGES_OF_A_PART)
        ranges = self.range.divide(self._places_ahead(max(part, _SECOND), self._time_left(extent)))
        if len(ranges) == 1:
            return [self]
        known = self.known | self._seen.keys()
        near = reversed(ranges) if self._descending else ranges
        *parts, rest = (Walk(self.query, each, known) for each in near)
        return [*parts, rest]

    @property
    def _descending(self) -> bool:
        return bool(self.query["sortOrder"] == "Descending")

    def _time_left(self, extent: Span) -> timedelta:
        if self._descending:
            return self._last.earliest - (self.range.start or extent.earliest)
        return (self.range.end or extent.latest) - self._last.latest

    def _places_ahead(self, distance: timedelta, time_left: timedelta) -> list[datetime]:
        """Return equidistant times. Beyond the last one, the jobs may be far closer or farther apart."""
        steps = [distance * number for number in range(1, _MAX_PARTS) if distance * number < time_left]
        if self._descending:
            return [self._last.earliest - step for step in reversed(steps)]
        return [self._last.latest + step for step in steps]

    def _own(self, keys: PageKeys, new: AbstractSet[int]) -> list[bool]:
        """Return which of a page's jobs belong to the walk and are new."""
        if self.is_plain:
            return [arn is None or key in new for arn, key in zip(keys.arns, keys.keys, strict=True)]
        return [
            arn is not None and time is not None and key in new and self.range.contains(time)
            for arn, key, time in zip(keys.arns, keys.keys, keys.times, strict=True)
        ]
