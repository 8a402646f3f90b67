"""One walk of a two-ended scan: through all jobs in one order."""

from dataclasses import dataclass, field
from typing import Any

from customization_jobs.aws.bedrock import Page
from customization_jobs.listing.identity import SeenJobs, arn_of, key_of
from customization_jobs.listing.loops import LoopGuard
from customization_jobs.timestamps import parse_timestamp_or_none

# How much coarser than the reported times Bedrock's order may be. Within it, jobs can come in any order, and
# in a different one to each walk.
_TOLERANCE_SECONDS = 3600.0


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
    # Creation times in seconds, with the sign that makes them grow along the walk.
    _farthest: float = field(default=float("-inf"), init=False)
    _last: float = field(default=float("-inf"), init=False)
    _last_key: int | None = field(default=None, init=False)

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
        keys = [key_of(job) for job in page.jobs]
        is_new = [self._seen.add(key) for key in keys]
        self._loop_guard.check(self.token, page, has_new_jobs=any(is_new))
        self.token = page.next_token
        self.throttled = 0
        self._last_key = None
        new_jobs = []
        for job, key, new in zip(page.jobs, keys, is_new, strict=True):
            identified = arn_of(job) is not None
            self.can_meet = self.can_meet and identified and self._follow(job, key, is_new=new)
            if not identified or (new and key not in opposite._seen):  # noqa: SLF001 - of the same class
                new_jobs.append(job)
        return new_jobs

    def has_met(self, opposite: "Walk") -> bool:
        """Whether the last page proves that the two walks have read all jobs between them.

        Its last job must lie beyond the opposite walk's place by more than the order may be coarse, and the
        opposite walk must have read it.
        """
        are_in_order = self.can_meet and opposite.can_meet
        # The times have opposite signs, so the sum is a distance.
        overlap_seconds = self._last + opposite._last  # noqa: SLF001 - of the same class
        is_shared = self._last_key is not None and self._last_key in opposite._seen  # noqa: SLF001
        return are_in_order and is_shared and overlap_seconds >= _TOLERANCE_SECONDS

    def _follow(self, job: Any, key: int, *, is_new: bool) -> bool:
        """Record how far the walk is. Return whether the job is in order."""
        created = parse_timestamp_or_none(job.get("creationTime"))
        if created is None:
            # Its neighbors show its place.
            return True
        seconds = -created.timestamp() if self.descending else created.timestamp()
        # If tokens count jobs, arrivals repeat jobs of the page before.
        is_in_order = not is_new or seconds > self._farthest - _TOLERANCE_SECONDS
        self._farthest = max(self._farthest, seconds)
        self._last, self._last_key = seconds, key
        return is_in_order
