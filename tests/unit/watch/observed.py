"""A harness whose sweeps run as those of the schedule, by the part of all jobs that is stored."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any, cast

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.timeouts import Deadline
from customization_jobs.watch.summary import WatchSummary
from customization_jobs.watch.sweep_observer import WatchObserver
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import WatchHarness

_PAGE = 2
NEVER = 10**6


class _Silent:
    """Logs and metrics that nobody reads."""

    @property
    def logger(self) -> "_Silent":
        return self

    def ignore(self, *_: Any, **__: Any) -> None:
        pass

    emit = annotate = warning = ignore


class ObservedHarness(WatchHarness):
    """A harness for sweeps."""

    # Whether the last sweep had time for every job.
    was_complete = True

    def sweep(
        self,
        faults: FaultInjector | None = None,
        *,
        checks_in_time: int = NEVER,
        left_out: Collection[str] = (),
        is_listing_broken: bool = False,
    ) -> WatchSummary:
        """Sweep the jobs in pages.

        Parameters
        ----------
        checks_in_time : int
            How many times the deadline is checked before it passes.
        left_out : collection of str
            ARNs of jobs that the sweep does not list.
        is_listing_broken : bool
            Whether Bedrock fails after the pages, so that the sweep ends without finishing.
        """
        checks = iter(range(checks_in_time))
        observer = WatchObserver(
            self.watch(faults),
            Deadline(lambda: 1 if next(checks, None) is not None else -1),
            cast("Any", _Silent()),
            region="us-east-1",
            now=lambda: self.now,
        )
        observer._run.count_published = self.counted.extend  # noqa: SLF001 - in place of the metrics
        observer.start()
        jobs = [job for arn, job in self.jobs.items() if arn not in left_out]
        for start in range(0, len(jobs), _PAGE):
            observer.observe_page(jobs[start : start + _PAGE])
        if not is_listing_broken:
            with suppress(CustomizationJobsError):
                observer.finish(listed_all_jobs=not left_out)
        self.was_complete = observer.is_complete() and observer.summary.skipped == 0
        return observer.summary
