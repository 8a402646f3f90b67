"""A scan of all jobs from both ends at once, in half the time, and in memory of a few bytes for each job.

One walk runs from the oldest job up, one from the newest down, and the scan ends where they meet. It needs no
time bounds (Bedrock does not document whether they are inclusive) and no assumption about how creation times
are distributed. If the jobs are not in order, one walk reads them all.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from customization_jobs.aws.bedrock import JobSource, Page
from customization_jobs.backoff import jittered_pause
from customization_jobs.errors import ThrottlingException
from customization_jobs.listing.walk import Walk
from customization_jobs.timeouts import Deadline

# Two pages are in memory at a time. With pages of 1000 jobs, the function would use more than 50 MB.
_PAGE_SIZE = 580
# Other callers that share Bedrock's quota would get ahead of a scan that paused for longer.
_MAX_PAUSE_SECONDS = 3.0

# Summaries as Bedrock sent them; a malformed one can be any JSON value.
Jobs = list[Any]


@dataclass(slots=True)
class TwoEndedScan:
    """All jobs that a query selects, in no particular order.

    Parameters
    ----------
    source : JobSource
        Called from two threads.
    parameters : mapping
        The query; `maxResults` is the page size. With `nextToken`, which identifies a place in one order, a
        single walk reads the jobs from there on.
    deadline : Deadline
        Once it has passed, no further page is requested, and the scan ends with the pages under way.
    initialize_thread : callable
        Called first in each thread.
    sleep : callable
        Waits for a number of seconds.
    patience_seconds : float
        How long to pause in all while the first page is throttled.

    Attributes
    ----------
    pages_read : int
        Number of pages read so far.
    complete : bool
        Whether all jobs were read; valid after the iteration.
    """

    source: JobSource
    parameters: Mapping[str, Any]
    deadline: Deadline
    initialize_thread: Callable[[], None] = lambda: None
    sleep: Callable[[float], None] = lambda seconds: time.sleep(seconds)  # noqa: PLW0108 - tests replace it
    patience_seconds: float = 0.0
    pages_read: int = field(default=0, init=False)
    complete: bool = field(default=False, init=False)
    _walks: list[Walk] = field(default_factory=list, init=False)

    def __iter__(self) -> Iterator[Jobs]:
        """Yield, for each page, those of its jobs that no earlier page contained; possibly none.

        Each job that matches throughout is yielded exactly once, provided that Bedrock's tokens identify a
        place rather than an offset, or that no job stops matching meanwhile. Jobs that arrive meanwhile may
        be missing.

        Jobs are recognized by their ARNs. The order decides only whether the two walks have met. If it is
        broken, or if a malformed summary has no ARN, one of the walks reads all pages.

        When throttled, the scan first gives up one of its walks, then pauses longer each time.

        Raises
        ------
        UnexpectedAnswerException
            The pages never end (`LoopGuard`).
        CustomizationJobsError
            As `Bedrock.list_page`; ThrottlingException only for the first page, after the patience.
        """
        descending = self.parameters.get("sortOrder") != "Ascending"
        first = Walk(descending, self.parameters.get("nextToken"))
        second = Walk(not descending)
        opposite = {first: second, second: first}
        self._walks = [first] if first.token else [first, second]
        # The first page shows whether a second walk is needed.
        yield self._accept_page(first, second, self._read_first(first))
        with ThreadPoolExecutor(len(self._walks), initializer=self.initialize_thread) as threads:
            reads: dict[Future[Page], Walk] = {}
            while not self.complete:
                if not self.deadline.has_passed():
                    idle = [walk for walk in self._walks if walk not in reads.values()]
                    reads |= {threads.submit(self._read, walk): walk for walk in idle}
                if not reads:
                    break
                done = wait(reads, return_when=FIRST_COMPLETED).done
                while done:
                    # No variable refers to a page while the next ones arrive, so at most two are in memory.
                    future = done.pop()
                    walk = reads.pop(future)
                    if walk in self._walks:
                        yield from self._finish(future, walk, opposite[walk])
                    del future

    def _read(self, walk: Walk) -> Page:
        page = self.source.list_page({"maxResults": _PAGE_SIZE, **self.parameters, **walk.parameters()})
        # Without the raw body, which takes as much memory as the jobs.
        return Page(page.answer)

    def _read_first(self, walk: Walk) -> Page:
        patience = self.patience_seconds
        while True:
            try:
                return self._read(walk)
            except ThrottlingException:
                if patience <= 0 or self.deadline.has_passed():
                    raise
                patience -= self._pause(walk)

    def _finish(self, read: Future[Page], walk: Walk, opposite: Walk) -> Iterator[Jobs]:
        if isinstance(read.exception(), ThrottlingException):
            self._back_off(walk)
        else:
            yield self._accept_page(walk, opposite, read.result())

    def _accept_page(self, walk: Walk, opposite: Walk, page: Page) -> Jobs:
        self.pages_read += 1
        new_jobs = walk.accept(page, opposite)
        if not walk.can_meet:
            self._walks = [walk]
        self.complete = self.complete or walk.has_met(opposite) or walk.token is None
        return new_jobs

    def _back_off(self, walk: Walk) -> None:
        if len(self._walks) > 1:
            self._walks.remove(walk)
            return
        self._pause(walk)

    def _pause(self, walk: Walk) -> float:
        walk.throttled += 1
        # The client has already retried with shorter pauses.
        pause = jittered_pause(walk.throttled, base=1.0, cap=_MAX_PAUSE_SECONDS)
        pause = min(pause, max(0.0, self.deadline.seconds_left()))
        self.sleep(pause)
        return pause
