"""Ranges of creation times, by which a scan divides the jobs."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from customization_jobs.listing.seen import Span

# How far a request reaches beyond a range at each end. It thus returns every job of the range, no matter
# whether Bedrock's bounds are inclusive, and whether they are exact to the millisecond or to the second.
_MARGIN = timedelta(seconds=1)
_AFTER, _BEFORE = "creationTimeAfter", "creationTimeBefore"
# Any other time is an error, and might not even be a valid bound.
_POSSIBLE = Span(datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))


class TimeRange(NamedTuple):
    """The times from `start` up to, but not including, `end`, in whole seconds. None: without a bound."""

    start: datetime | None = None
    end: datetime | None = None

    def contains(self, time: datetime) -> bool:
        """Whether a time is in the range."""
        return (self.start is None or self.start <= time) and (self.end is None or time < self.end)

    def can_yield(self, span: Span) -> bool:
        """Whether Bedrock may return jobs with these creation times if those of the range are requested."""
        start, end = self._requested()
        return (start or _POSSIBLE.earliest) <= span.earliest and span.latest <= (end or _POSSIBLE.latest)

    def bounds(self, query: Mapping[str, Any]) -> dict[str, datetime]:
        """Return the inputs that request the range, within the bounds of a query."""
        start, end = self._requested()
        after = [bound for bound in (start, query.get(_AFTER)) if bound]
        before = [bound for bound in (end, query.get(_BEFORE)) if bound]
        return {**({_AFTER: max(after)} if after else {}), **({_BEFORE: min(before)} if before else {})}

    def divide(self, places: Iterable[datetime]) -> list["TimeRange"]:
        """Divide the range at the whole seconds before some times, which are in order."""
        seconds = dict.fromkeys(place.replace(microsecond=0) for place in places)
        edges = [self.start, *(each for each in seconds if self._is_within(each)), self.end]
        return [TimeRange(*each) for each in pairwise(edges)]

    def _is_within(self, place: datetime) -> bool:
        return place != self.start and self.contains(place)

    def _requested(self) -> "TimeRange":
        return TimeRange(self.start and self.start - _MARGIN, self.end and self.end + _MARGIN)


ALL_TIMES = TimeRange()
