"""A scan of all jobs on several threads, each of which reads the jobs of a range of creation times.

Ranges are divided as soon as they turn out to have many jobs, so it does not matter how creation times are
distributed. Every range is read to its end, so the scan does not depend on Bedrock's order either.
"""

import time
from array import array
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from customization_jobs.aws.bedrock import JobSource, Page
from customization_jobs.backoff import jittered_pause
from customization_jobs.errors import ThrottlingException
from customization_jobs.listing.query import DEFAULT_ORDER
from customization_jobs.listing.seen import PageKeys, Span
from customization_jobs.listing.time_range import ALL_TIMES
from customization_jobs.listing.walk import Walk
from customization_jobs.timeouts import Deadline

# As many unparsed pages are in memory, and one parsed page. More pages, or larger ones, would exceed 50 MB.
_THREADS = 6
_PAGE_SIZE = 700
# Other callers that share Bedrock's quota would get ahead of a scan that paused for longer.
_MAX_PAUSE_SECONDS = 3.0
_OPPOSITE = {"Ascending": "Descending", "Descending": "Ascending"}

# Summaries as Bedrock sent them; a malformed one can be any JSON value.
Jobs = list[Any]


@dataclass(slots=True)
class ParallelScan:
    """All jobs that a query selects, in no particular order.

    Parameters
    ----------
    source : JobSource
        Called from several threads.
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
        How long to pause in total while the first page is throttled.

    Attributes
    ----------
    pages_read : int
        Number of pages read so far.
    """

    source: JobSource
    parameters: Mapping[str, Any]
    deadline: Deadline
    initialize_thread: Callable[[], None] = lambda: None
    sleep: Callable[[float], None] = lambda seconds: time.sleep(seconds)  # noqa: PLW0108 - tests replace it
    patience_seconds: float = 0.0
    pages_read: int = field(default=0, init=False)
    # The walks that have not ended, in the order of the query.
    _walks: list[Walk] = field(default_factory=list, init=False)
    _reads: dict[Future[Page], Walk] = field(default_factory=dict, init=False)
    _max_reads: int = field(default=_THREADS, init=False)
    _throttled: int = field(default=0, init=False)
    # Reads the job at the far end of the list.
    _probe: Walk | None = field(default=None, init=False)
    # The creation times between which ranges are divided, once they are known.
    _extent: Span | None = field(default=None, init=False)
    # The keys of all jobs that were yielded.
    _yielded: "list[array[int]]" = field(default_factory=list, init=False)

    @property
    def complete(self) -> bool:
        """Whether all jobs were read; valid after the iteration."""
        return not self._walks

    def __iter__(self) -> Iterator[Jobs]:
        """Yield, for each page, those of its jobs that no earlier page contained; possibly none.

        Each job that matches throughout is yielded exactly once, in whatever order Bedrock sends them,
        provided that Bedrock's tokens identify a place rather than an offset, or that no job stops matching
        meanwhile. Jobs that arrive meanwhile may be missing.

        Jobs are recognized by their ARNs and creation times. If a summary lacks one of them, or Bedrock
        returns a job outside the requested times, one walk reads all pages.

        When throttled, the scan gives up one thread after the other, then pauses longer each time.

        Raises
        ------
        UnexpectedAnswerException
            The pages never end (`LoopGuard`).
        CustomizationJobsError
            As `Bedrock.list_page`; ThrottlingException only for the first page, after `patience_seconds`.
        """
        query = {"maxResults": _PAGE_SIZE, **DEFAULT_ORDER, **self.parameters}
        first = Walk(query, token=query.pop("nextToken", None))
        self._walks = [first]
        if first.token is None:
            order = _OPPOSITE[query["sortOrder"]]
            self._probe = Walk({**query, "maxResults": 1, "sortOrder": order})
        # Most accounts have one page of jobs, for which no thread is needed.
        yield self._accept(first, self._read_first(first))
        if self.complete:
            return
        with ThreadPoolExecutor(_THREADS, initializer=self.initialize_thread) as threads:
            self._start_reads(threads)
            while self._walks and self._reads:
                done = wait(self._reads, return_when=FIRST_COMPLETED).done
                while done:
                    # No variable refers to a parsed page while the next one is parsed.
                    yield self._finish(threads, done.pop())

    def _read(self, walk: Walk) -> Page:
        return self.source.list_page(walk.parameters())

    def _read_first(self, walk: Walk) -> Page:
        patience = self.patience_seconds
        while True:
            try:
                return self._read(walk)
            except ThrottlingException:
                if patience <= 0 or self.deadline.has_passed():
                    raise
                patience -= self._pause()

    def _start_reads(self, threads: ThreadPoolExecutor) -> None:
        if self.deadline.has_passed():
            return
        # The last walk has all the rest, and may have to be divided again, so it comes first to keep all
        # threads busy. The others follow in the order of the query: a scan that is cut short has most of its
        # first jobs.
        walks = dict.fromkeys(filter(None, (self._probe, *self._walks[-1:], *self._walks)))
        idle = (walk for walk in walks if walk not in self._reads.values())
        for walk in tuple(islice(idle, max(0, self._max_reads - len(self._reads)))):
            self._reads[threads.submit(self._read, walk)] = walk

    def _finish(self, threads: ThreadPoolExecutor, read: Future[Page]) -> Jobs:
        """Process a page, and request the next ones, so that they arrive while the caller uses its jobs."""
        walk = self._reads.pop(read)
        jobs: Jobs = []
        if isinstance(read.exception(), ThrottlingException):
            self._back_off()
        elif walk is self._probe and self._walks:
            self._learn_extent(self._walks[0], read.result())
        elif walk in self._walks:
            jobs = self._accept(walk, read.result())
        self._start_reads(threads)
        return jobs

    def _accept(self, walk: Walk, page: Page) -> Jobs:
        self.pages_read += 1
        self._throttled = 0
        jobs, keys = walk.accept(page)
        self._yielded.append(array("q", keys))
        place = self._walks.index(walk)
        if not walk.is_plain and not walk.is_ordinary:
            self._probe = self._extent = None
            self._walks = [Walk(walk.query, known=frozenset(chain.from_iterable(self._yielded)))]
        elif walk.token is None:
            del self._walks[place]
        elif self._extent and self._max_reads > 1:
            idle_threads = max(0, self._max_reads - len(self._walks))
            self._walks[place : place + 1] = walk.parts(self._extent, idle_threads)
        return jobs

    def _learn_extent(self, first: Walk, page: Page) -> None:
        self._probe = None
        extent = PageKeys.of(page.jobs).span.including(first.span)
        if ALL_TIMES.can_yield(extent):
            self._extent = extent

    def _back_off(self) -> None:
        self._max_reads = max(self._max_reads - 1, 1)
        if self._max_reads == 1:
            # One thread has no use for parts.
            self._probe = None
        if self._reads:
            return
        self._pause()

    def _pause(self) -> float:
        self._throttled += 1
        # The client has already retried with shorter pauses.
        pause = jittered_pause(self._throttled, base=1.0, cap=_MAX_PAUSE_SECONDS)
        pause = min(pause, max(0.0, self.deadline.seconds_left()))
        self.sleep(pause)
        return pause
