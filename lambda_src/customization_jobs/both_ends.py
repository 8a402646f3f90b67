"""Every job once, read from both ends at once: half the time, and memory that does not grow.

One walk goes from the oldest job up, one from the newest down, and they end where they meet. That needs no
bounds on time (whether Bedrock's are inclusive is not documented) and no guess at where the jobs lie: however
their dates are bunched, both walks have the same work.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Any

from customization_jobs.bedrock import JobPages, Page
from customization_jobs.cursor import Position, place_of
from customization_jobs.errors import ThrottlingException, UnexpectedAnswerException
from customization_jobs.listing import Budget

_LONGEST_BACKOFF_SECONDS = 20.0

Jobs = list[dict[str, Any]]


@dataclass(slots=True, eq=False)
class _Walk:
    """One of the two: its order, how far it came, where it goes on."""

    position: Position
    token: str | None = None
    throttled: int = 0

    @property
    def sort_order(self) -> str:
        return "Descending" if self.position.descending else "Ascending"


@dataclass(slots=True)
class BothEnds:
    """A listing of all jobs that a query selects, in no order.

    Parameters
    ----------
    source : JobPages
        Bedrock. It is called from two threads.
    parameters : mapping
        The query; `maxResults` is the size of a page. With `nextToken`, which stands for one place in one
        order, the jobs from there on are read by one walk.
    budget : Budget
        Only its time counts: with less left than the reserve no further page is begun, and the listing ends
        incomplete.
    in_each_thread : callable
        Called first in each thread, for what belongs to a thread, such as where its traces go.
    sleep : callable
        Waits for seconds.

    Attributes
    ----------
    pages_read : int
        How many pages were read so far.
    complete : bool
        After the iteration: whether the walks met, or one came to the end.
    """

    source: JobPages
    parameters: Mapping[str, Any]
    budget: Budget
    in_each_thread: Callable[[], None] = lambda: None
    sleep: Callable[[float], None] = time.sleep
    pages_read: int = field(default=0, init=False)
    complete: bool = field(default=False, init=False)

    def __iter__(self) -> Iterator[Jobs]:
        """Read pages and yield the jobs of each that no other page had.

        Each job that matches throughout is yielded exactly once, as long as Bedrock's tokens name a place and
        not a number, or no job stops matching meanwhile. Jobs that arrive meanwhile may be missing.

        Throttled, the listing is polite: of two walks one is given up, the last one waits longer each time.

        Raises
        ------
        CustomizationJobsError
            As `JobPages.list_page`; throttling only when it meets the very first page.
        """
        descending = self.parameters.get("sortOrder") != "Ascending"
        first = _Walk(Position(descending), self.parameters.get("nextToken"))
        second = _Walk(Position(not descending))
        walks = [first] if first.token else [first, second]
        # One page tells whether there is enough to do for two.
        yield self._take(first, second, self._read(first))
        with ThreadPoolExecutor(len(walks), initializer=self.in_each_thread) as threads:
            reading: dict[Future[Page], _Walk] = {}
            while not self.complete:
                if self.budget.is_out_of_time():
                    return
                for walk in walks:
                    if walk not in reading.values():
                        reading[threads.submit(self._read, walk)] = walk
                done = wait(reading, return_when=FIRST_COMPLETED).done
                while done:
                    # Nothing here holds on to a page while the next ones come: there are two at most.
                    page = done.pop()
                    walk = reading.pop(page)
                    if isinstance(page.exception(), ThrottlingException):
                        self._give_way(walk, walks)
                    else:
                        yield self._take(walk, second if walk is first else first, page.result())
                    del page

    def _read(self, walk: _Walk) -> Page:
        order = {"sortBy": "CreationTime", "sortOrder": walk.sort_order}
        token = {"nextToken": walk.token} if walk.token else {}
        page = self.source.list_page({**self.parameters, **order, **token})
        # Its bytes are as large as its jobs are, and nobody needs them here.
        return replace(page, body=b"")

    def _take(self, walk: _Walk, other: _Walk, page: Page) -> Jobs:
        if page.next_token and page.next_token == walk.token:
            raise UnexpectedAnswerException("Bedrock sent the same nextToken twice. Try again later.")
        self.pages_read += 1
        walk.token = page.next_token
        walk.throttled = 0
        places = [place_of(job) for job in page.jobs]
        new = [
            not walk.position.has_passed(place) and not other.position.has_passed(place) for place in places
        ]
        for place in compress(places, new):
            walk.position.advance(place)
        # Only a job strictly beyond the other's last one says that they have met: jobs of one instant can
        # come in any order, and in another one to each walk.
        met = bool(places) and other.position.is_beyond(places[-1][0])
        self.complete = self.complete or met or page.next_token is None
        return list(compress(page.jobs, new))

    def _give_way(self, walk: _Walk, walks: list[_Walk]) -> None:
        if len(walks) > 1:
            walks.remove(walk)
            return
        walk.throttled += 1
        # Full jitter, as botocore does between its own attempts, which went before.
        longest = min(2.0**walk.throttled, _LONGEST_BACKOFF_SECONDS)
        pause = random.uniform(0, longest)  # noqa: S311 - no secret
        spare = self.budget.remaining_seconds() - self.budget.reserve_seconds
        self.sleep(min(pause, max(0.0, spare)))
