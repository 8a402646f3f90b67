"""One walk of a two-ended scan: through all jobs in one order."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from customization_jobs.aws.bedrock import Page
from customization_jobs.listing.loops import LoopGuard
from customization_jobs.listing.seen import PageKeys, SeenJobs

# How much coarser than the reported times Bedrock's order may be. Within it, jobs can come in any order, and
# in a different one to each walk.
_TOLERANCE = timedelta(hours=1)


@dataclass(slots=True, eq=False)
class Walk:
    """The state of a walk.

    Attributes
    ----------
    descending : bool
        Whether it runs from the newest job to the oldest.
    token : str or None
        Bedrock's token of the next page; None before the first.
    throttled : int
        Number of times in a row that Bedrock throttled it.
    can_meet : bool
        Whether the jobs so far were in order and identified, so that the walk can meet the opposite one.
        Otherwise it must read all jobs.
    """

    descending: bool
    token: str | None = None
    throttled: int = 0
    can_meet: bool = field(default=True, init=False)
    _seen: SeenJobs = field(default_factory=SeenJobs, init=False)
    _loop_guard: LoopGuard = field(default_factory=LoopGuard, init=False)
    # The creation time farthest along the walk, and the one of the last job.
    _farthest: datetime | None = field(default=None, init=False)
    _last: datetime | None = field(default=None, init=False)
    _is_last_shared: bool = field(default=False, init=False)

    def parameters(self) -> dict[str, Any]:
        """Return the inputs that request the next page."""
        sort_order = "Descending" if self.descending else "Ascending"
        token = {"nextToken": self.token} if self.token else {}
        return {"sortBy": "CreationTime", "sortOrder": sort_order, **token}

    def accept(self, page: Page, opposite: "Walk") -> list[Any]:
        """Advance over a page. Return its jobs that neither walk has read before.

        Summaries without an ARN are always returned: the walk that finds one reads all pages, each once.

        Raises
        ------
        UnexpectedAnswerException
            The walk does not progress (`LoopGuard`).
        """
        keys = PageKeys.of(page.jobs)
        shared = opposite._seen.find(keys)  # noqa: SLF001 - of the same class
        new = self._seen.add(keys)
        self._loop_guard.check(self.token, page, has_new_jobs=bool(new))
        self.token = page.next_token
        self.throttled = 0
        is_in_order = self._advance(keys, new, shared)
        self.can_meet = self.can_meet and is_in_order and None not in keys.arns
        new -= shared
        return [
            job
            for job, key, arn in zip(page.jobs, keys.keys, keys.arns, strict=True)
            if arn is None or key in new
        ]

    def has_met(self, opposite: "Walk") -> bool:
        """Whether the two walks have read all jobs between them.

        The last job must lie beyond the opposite walk's last one by more than the order may be coarse, and
        the opposite walk must have read it.
        """
        last, opposite_last = self._last, opposite._last  # noqa: SLF001 - of the same class
        if last is None or opposite_last is None or not self._is_last_shared:
            return False
        overlap = opposite_last - last if self.descending else last - opposite_last
        return self.can_meet and opposite.can_meet and overlap >= _TOLERANCE

    def _advance(self, keys: PageKeys, new: AbstractSet[int], shared: AbstractSet[int]) -> bool:
        """Record how far the walk is. Return whether its jobs are in order, as far as that may be coarse."""
        timed = [(key, time) for key, time in zip(keys.keys, keys.times, strict=True) if time]
        if timed:
            last_key, self._last = timed[-1]
            self._is_last_shared = last_key in shared
        # If tokens count jobs, arrivals repeat jobs of the page before, which are not out of order.
        times = [time for key, time in timed if key in new]
        if self._farthest:
            times.insert(0, self._farthest)
        farthest = list(accumulate(times, min if self.descending else max))
        if farthest:
            self._farthest = farthest[-1]
        return all(abs(time - reached) < _TOLERANCE for time, reached in zip(times, farthest, strict=True))
