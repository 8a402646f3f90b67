"""Waking the waiters that one of Bedrock's events concerns."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain

from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.jobs import TERMINAL
from customization_jobs.sources import Source
from customization_jobs.waits.matching import matches
from customization_jobs.waits.waiter import NEW_JOBS, Waiter
from customization_jobs.waits.waiters import Waiters
from customization_jobs.waits.waker import Waker
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.job import Job
from customization_jobs.watch.job_arn import account_of, region_of
from customization_jobs.watch.parallel import Parallel

_AT_ONCE = 100


class EventWaits:
    """Wakes waiters.

    Parameters
    ----------
    own : Source or None
        The hub's own source, if there is a fleet. New jobs of other sources concern only waits for the fleet.
    """

    def __init__(
        self, waiters: Waiters, waker: Waker, *, own: Source | None = None, in_parallel: Parallel = map
    ) -> None:
        self._waiters = waiters
        self._waker = waker
        self._own = own
        self._in_parallel = in_parallel

    def wake(self, job: Job, out_of_time: Callable[[], bool]) -> int:
        """Settle the waiters that wait for a job, or for jobs to appear, and return their number.

        Delivery: an event that is delivered again wakes those that the first delivery did not.

        Raises
        ------
        WatchUnavailableException
            Some could not be settled, or the time ran out.
        """
        ids = list(self._ids(job))
        errors: list[CustomizationJobsError] = []
        for start in range(0, len(ids), _AT_ONCE):
            if out_of_time():
                raise WatchUnavailableException("The time ran out before all waiters were answered.")
            waiters = self._waiters.get_many(ids[start : start + _AT_ONCE])
            settled = self._in_parallel(partial(self._settle, job), waiters)
            errors += [each for each in settled if each]
        if errors:
            raise errors[0]
        return len(ids)

    def wake_all(self, jobs: Iterable[Job], out_of_time: Callable[[], bool]) -> None:
        """Wake the waiters for any of the jobs. A failure for one job does not affect the others.

        Raises
        ------
        WatchUnavailableException
            As `wake`.
        """
        errors: list[CustomizationJobsError] = []
        for job in jobs:
            if out_of_time():
                errors.append(WatchUnavailableException("The time ran out before all waiters were answered."))
                break
            woken = isolated("the waiters of a job", partial(self.wake, job, out_of_time))
            errors += [woken] if isinstance(woken, CustomizationJobsError) else []
        if errors:
            raise errors[0]

    def _ids(self, job: Job) -> Iterator[str]:
        of_job = self._waiters.awaiting(job.key) if job.status in TERMINAL else ()
        return chain(of_job, self._waiters.awaiting(NEW_JOBS))

    def _settle(self, job: Job, waiter: Waiter | WatchUnavailableException) -> CustomizationJobsError | None:
        if isinstance(waiter, WatchUnavailableException):
            return waiter
        is_new = waiter.is_open and self._concerns(waiter, job) and matches(job, waiter.query)
        new_jobs = [job] if is_new else []
        result = isolated(f"the waiter {waiter.id}", lambda: self._waker.settle(waiter, new_jobs))
        return result if isinstance(result, CustomizationJobsError) else None

    def _concerns(self, waiter: Waiter, job: Job) -> bool:
        return waiter.fleet or self._own in (None, (account_of(job.arn), region_of(job.arn)))
