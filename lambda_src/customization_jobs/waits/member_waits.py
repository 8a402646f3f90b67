"""Open waits for the fleet as observers of the sweep of another source than the hub's own."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from customization_jobs.errors import CustomizationJobsError
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


class MemberWaitsObserver:
    """Passes each page on to the watch, and at the end settles the open waits for the fleet that jobs join.

    A job joins whether or not this sweep publishes anything about it: an earlier attempt may have published
    it and failed afterwards. All other waiters are settled by the sweep of the hub's own source.
    """

    def __init__(
        self,
        watch: "WatchObserver",
        waiters: Waiters,
        waker: Waker,
        *,
        deadline: "Deadline",
        observability: "Observability",
        in_parallel: Parallel = map,
    ) -> None:
        self._watch = watch
        self._new_jobs = NewJobs(waiters, only_fleet=True)
        self._waker = waker
        self._deadline = deadline
        self._observability = observability
        self._in_parallel = in_parallel
        self._errors: list[CustomizationJobsError] = []

    def start(self) -> None:
        """Start the watch, and read the open waiters."""
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
        """Finish the watch, settle the waiters that jobs join, and return the figures of the watch.

        Parameters
        ----------
        listed_all_jobs : bool
            Whether the pages had all jobs.

        Raises
        ------
        CustomizationJobsError
            The watch failed, or a waiter could not be settled: the sweep of the source has to be repeated.
        """
        figures = isolated("the watch", lambda: self._watch.finish(listed_all_jobs=listed_all_jobs))
        results = self._in_parallel(self._settle, self._new_jobs.joined())
        self._errors += [each for each in results if isinstance(each, CustomizationJobsError)]
        for error in self._errors:
            self._observability.logger.warning(
                "Some waiters could not be settled", error=type(error).__name__, reason=str(error)
            )
        if isinstance(figures, CustomizationJobsError):
            raise figures
        if self._errors:
            raise self._errors[0]
        return figures

    def _settle(self, waiter: Waiter) -> object:
        if self._deadline.has_passed():
            # The next sweep of the source finds the same jobs.
            self._observability.logger.warning("The time ran out before a waiter was settled.")
            return None
        settle = partial(self._waker.settle, waiter, self._new_jobs.of(waiter.id))
        return isolated(f"the waiter {waiter.id}", settle)
