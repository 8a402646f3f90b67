"""The indexed jobs of all shards in one order, read only as far as they are needed."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from customization_jobs.aws.job_index import IndexedJob, IndexFilter, IndexPage, IndexRange
from customization_jobs.watch.parallel import Parallel
from customization_jobs.watch.position import SHARDS, just_above, just_below

# A shard has an eighth of the jobs, more or less. With a third more, one round is usually enough.
_SPARE = 1.35
_MIN_LIMIT, _MAX_LIMIT = 8, 1000


class Index(Protocol):
    """Reads the index of jobs; see `aws.job_index.JobIndex`."""

    def read(self, shard: str, positions: IndexRange, only: IndexFilter, *, limit: int) -> IndexPage:
        """Examine the first jobs of a range."""
        ...


@dataclass(slots=True)
class _Shard:
    """How far a shard has been read.

    Attributes
    ----------
    left : IndexRange or None
        What has not been examined; None if nothing is left.
    examined_to : str
        The position of the last job that was examined, if something is left.
    jobs : deque of IndexedJob
        Jobs that were read and not yet returned.
    """

    name: str
    left: IndexRange | None
    limit: int
    examined_to: str = ""
    jobs: deque[IndexedJob] = field(default_factory=deque)

    def add(self, page: IndexPage) -> None:
        self.jobs.extend(page.jobs)
        # With a filter that few jobs pass, many have to be examined.
        self.limit = min(2 * self.limit, _MAX_LIMIT)
        if self.left and page.examined_to is not None:
            self.examined_to = page.examined_to
            self.left = _part_after(page.examined_to, self.left)
        else:
            self.left = None

    def take(self, is_within: Callable[[str], bool]) -> Iterator[IndexedJob]:
        while self.jobs and is_within(self.jobs[0].position):
            yield self.jobs.popleft()


class IndexWalk:
    """A walk over a range of positions.

    Delivery: each job that is in the index when its part of the range is read is returned once, in order,
    however many others appear, change or disappear meanwhile, because its position does not change.

    Parameters
    ----------
    positions : IndexRange
        May be empty, with the lowest above the highest.
    after : str or None
        The position after which the walk begins; None for the beginning of the range.
    expected : int
        About how many jobs are needed.
    """

    def __init__(
        self,
        index: Index,
        positions: IndexRange,
        only: IndexFilter,
        *,
        after: str | None,
        expected: int,
        in_parallel: Parallel,
    ) -> None:
        self._index = index
        self._only = only
        self._ascending = positions.ascending
        self._in_parallel = in_parallel
        limit = max(_MIN_LIMIT, min(int(_SPARE * expected / len(SHARDS)) + 1, _MAX_LIMIT))
        left = _unless_empty(positions) if after is None else _part_after(after, positions)
        self._shards = [_Shard(name, left, limit) for name in SHARDS]
        self._ready: deque[IndexedJob] = deque()
        self._position: str | None = None

    @property
    def position(self) -> str | None:
        """All jobs up to this position have been returned; None before the first `take`, and at the end."""
        return self._position

    @property
    def is_finished(self) -> bool:
        """Whether all jobs have been returned."""
        return not self._ready and all(not shard.jobs and shard.left is None for shard in self._shards)

    def take(self, number: int) -> list[IndexedJob]:
        """Return the next jobs, at most `number`.

        They may be fewer, or none, although more follow: each shard is read at most once. `position` advances
        in any case.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        if not self._ready:
            self._read()
        taken = [self._ready.popleft() for _ in range(min(number, len(self._ready)))]
        self._position = taken[-1].position if self._ready else self._horizon()
        return taken

    def _read(self) -> None:
        # A shard whose jobs still wait for those of other shards is not read further.
        to_read = [shard for shard in self._shards if shard.left and not shard.jobs]
        for shard, page in zip(to_read, self._in_parallel(self._read_page, to_read), strict=True):
            shard.add(page)
        horizon = self._horizon()

        def is_within(position: str) -> bool:
            return horizon is None or (position <= horizon if self._ascending else position >= horizon)

        found = [job for shard in self._shards for job in shard.take(is_within)]
        self._ready.extend(sorted(found, key=lambda job: job.position, reverse=not self._ascending))

    def _read_page(self, shard: _Shard) -> IndexPage:
        assert shard.left is not None  # noqa: S101 - see _read
        return self._index.read(shard.name, shard.left, self._only, limit=shard.limit)

    def _horizon(self) -> str | None:
        """Return the position up to which all shards have been examined; None if nothing is left in any."""
        ends = [shard.examined_to for shard in self._shards if shard.left]
        if not ends:
            return None
        return min(ends) if self._ascending else max(ends)


def _part_after(position: str, positions: IndexRange) -> IndexRange | None:
    """Return the part of a range that follows a position; None if it is empty."""
    if positions.ascending:
        return _unless_empty(positions._replace(lowest=max(positions.lowest, just_above(position))))
    return _unless_empty(positions._replace(highest=min(positions.highest, just_below(position))))


def _unless_empty(positions: IndexRange) -> IndexRange | None:
    return positions if positions.lowest <= positions.highest else None
