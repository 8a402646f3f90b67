"""The waiters as observers of a sweep, behind the watch."""

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from customization_jobs.errors import (
    CustomizationJobsError,
    WatchUnavailableException,
)
from customization_jobs.jobs import Summary
from customization_jobs.waits.new_jobs import NewJobs
from customization_jobs.waits.waiter import Waiter
from customization_jobs.waits.waiters import Waiters
from customization_jobs.waits.waker import Waker
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.parallel import Parallel

if TYPE_CHECKING:
    from customization_jobs.observability import Observability
    from customization_jobs.timeouts import Deadline
    from customization_jobs.watch.sweep_observer import WatchObserver

_AT_ONCE = 100


class Heartbeats(Protocol):
    """Keeps states waiting; see `aws.task_tokens.TaskTokens`."""

    def keep_alive(self, token: str) -> bool:
        """Return whether the state still waits."""
        ...


class WaitsObserver:
    """Passes each page on to the watch, and at the end settles every waiter.

    This finds the waiters that no event has woken, gives up those that have expired, adds jobs that have
    appeared, and sends a heartbeat to all others. If the time runs out, the rest is left to the next sweep.
    The order is random, so that none is left out each time.
    """

    def __init__(
        self,
        watch: "WatchObserver",
        waiters: Waiters,
        waker: Waker,
        heartbeats: Heartbeats,
        *,
        deadline: "Deadline",
        observability: "Observability",
        in_parallel: Parallel = map,
        shuffle: Callable[[list[str]], None] = random.shuffle,
    ) -> None:
        self._watch = watch
        self._waiters = waiters
        self._waker = waker
        self._heartbeats = heartbeats
        self._deadline = deadline
        self._observability = observability
        self._in_parallel = in_parallel
        self._shuffle = shuffle
        self._new_jobs = NewJobs(waiters, only_fleet=False)
        self._errors: list[CustomizationJobsError] = []

    def start(self) -> None:
        """Start the watch, and read the waiters that wait for jobs to appear."""
        self._watch.start()
        if error := self._new_jobs.start():
            self._errors.append(error)

    def observe_page(self, jobs: Sequence[Summary]) -> None:
        """Pass the page to the watch, and find the jobs for which a waiter waits."""
        self._watch.observe_page(jobs)
        self._new_jobs.add(jobs)

    def is_complete(self) -> bool:
        """Whether the watch had time for every job."""
        return self._watch.is_complete()

    def has_recorded_all(self) -> bool:
        """Whether the watch has recorded every job."""
        return self._watch.has_recorded_all()

    def finish(self, *, listed_all_jobs: bool = False) -> dict[str, Any]:
        """Finish the watch, settle every waiter, and return the figures of both.

        Parameters
        ----------
        listed_all_jobs : bool
            Whether the pages had all jobs.

        Raises
        ------
        CustomizationJobsError
            Something failed: the tick has to be retried.
        """
        figures = isolated("the watch", lambda: self._watch.finish(listed_all_jobs=listed_all_jobs))
        settled = isolated("the waiters", self._settle_all)
        if isinstance(settled, CustomizationJobsError):
            self._errors.append(settled)
            settled = {}
        for error in self._errors:
            self._observability.logger.warning(
                "Some waiters could not be settled", error=type(error).__name__, reason=str(error)
            )
        if isinstance(figures, CustomizationJobsError):
            raise figures
        if self._errors:
            raise self._errors[0]
        return {**figures, "waiters": settled}

    def _settle_all(self) -> dict[str, int]:
        ids = list(self._waiters.all_ids())
        self._shuffle(ids)
        waiting = settled = 0
        for start in range(0, len(ids), _AT_ONCE):
            if self._deadline.has_passed():
                self._observability.logger.warning(
                    "The time ran out before all waiters were settled; the next sweep settles the others.",
                    waiters_left=len(ids) - start,
                )
                break
            batch = ids[start : start + _AT_ONCE]
            waiters = isolated(f"{len(batch)} waiters", partial(self._waiters.get_many, batch))
            if isinstance(waiters, CustomizationJobsError):
                self._errors.append(waiters)
                continue
            results = list(self._in_parallel(self._settle, waiters))
            self._errors += [each for each in results if isinstance(each, CustomizationJobsError)]
            waiting += sum(each is True for each in results)
            settled += sum(each is False for each in results)
        return {"waiting": waiting, "done": settled}

    def _settle(self, waiter: Waiter | WatchUnavailableException) -> bool | CustomizationJobsError:
        if isinstance(waiter, WatchUnavailableException):
            return waiter
        return isolated(f"the waiter {waiter.id}", lambda: self._is_waiting(waiter))

    def _is_waiting(self, waiter: Waiter) -> bool:
        stored = self._waker.settle(waiter, self._new_jobs.of(waiter.id))
        if stored is None:
            return False
        if self._heartbeats.keep_alive(stored.token):
            return True
        self._waker.drop(stored)
        return False
