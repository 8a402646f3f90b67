"""The watch: publishes every job state change once, whether a sweep or one of Bedrock's events found it.

A job passes three steps. *Claim*: a conditional write stores the new state and its transitions as pending,
with a lease on publishing them. *Publish*: the transitions go to the bus. *Record*: a second conditional
write moves them into the timeline as published. If an invocation dies in between, its lease expires, and the
next invocation that reads the record publishes the pending transitions again, with the same ids.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from customization_jobs.aws.table import MAX_KEYS
from customization_jobs.watch.apply import WatchPolicy
from customization_jobs.watch.claims import Claimer, RecordStore
from customization_jobs.watch.events import JobTransition
from customization_jobs.watch.observation import Observation
from customization_jobs.watch.parallel import Parallel
from customization_jobs.watch.publisher import Bus, Publisher
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.summary import WatchSummary

# After this many failures the table or the bus counts as unavailable, and the remaining jobs are not tried.
_MAX_FAILURES = 50


class Store(RecordStore, Protocol):
    """Stores records; see `records.JobRecords`."""

    def get_many(self, job_arns: Iterable[str]) -> Mapping[str, JobRecord]:
        """Read the records that exist, eventually consistent."""
        ...

    def baseline(self) -> datetime:
        """Return when the watch started."""
        ...


class Watch:
    """Processes observations.

    Parameters
    ----------
    get_job : callable
        Calls `GetModelCustomizationJob` for an ARN, to find out why a job failed.
    on_published : callable
        Called with each published transition.
    in_parallel : callable
        `map`, or the result of `parallel.in_threads`.

    Example
    -------
    >>> watch.observe([from_summary(summary)]).published
    Counter({'Discovered': 1, 'Completed': 1})
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        *,
        get_job: Callable[[str], Mapping[str, Any]],
        policy: WatchPolicy,
        on_published: Callable[[JobTransition], None] = lambda _: None,
        in_parallel: Parallel = map,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._in_parallel = in_parallel
        self._claimer = Claimer(store, policy, get_job=get_job, now=now, sleep=sleep)
        self._publisher = Publisher(store, bus, on_published=on_published, in_parallel=in_parallel, now=now)
        self._baseline: datetime | None = None

    def start(self) -> datetime:
        """Return when the watch started. A sweep calls this before it reads its first page.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        if self._baseline is None:
            self._baseline = self._store.baseline()
        return self._baseline

    def observe(
        self, observations: Iterable[Observation], out_of_time: Callable[[], bool] = lambda: False
    ) -> WatchSummary:
        """Publish and record what observations add.

        Delivery: each transition is published at least once, always with the same id; more than once only if
        an invocation dies or stalls, or a call fails, between its publication and its record. A failure for
        one job does not affect the others: it is in the summary, and the next observation of the job makes up
        for it.

        Parameters
        ----------
        observations : iterable of Observation
            Read in chunks of `MAX_KEYS`.
        out_of_time : callable
            Checked before each chunk; once it returns true, the remaining jobs are only counted.

        Raises
        ------
        WatchUnavailableException
            The table could not be read, or too much failed to try the remaining jobs.
        """
        baseline = self.start()
        summary = WatchSummary()
        for chunk in _chunks(observations):
            if out_of_time():
                summary.skipped += len(chunk)
                continue
            claimed = self._claim(chunk, baseline, summary)
            if claimed:
                self._publisher.publish(claimed, summary)
            if summary.failed >= _MAX_FAILURES:
                raise summary.errors[0]
        return summary

    def _claim(self, chunk: list[Observation], baseline: datetime, summary: WatchSummary) -> list[JobRecord]:
        records = self._store.get_many([each.job.arn for each in chunk])
        claimed = []
        for result in self._in_parallel(
            lambda each: self._claimer.claim(each, records.get(each.job.arn), baseline), chunk
        ):
            summary.recorded_only += result.recorded_only
            summary.busy += result.busy
            if result.error:
                summary.add_failure(result.error)
            if result.record:
                claimed.append(result.record)
        return claimed


def _chunks(observations: Iterable[Observation]) -> Iterator[list[Observation]]:
    """Yield chunks without duplicate jobs: a job's second observation has to see the result of its first."""
    chunk: dict[str, Observation] = {}
    for each in observations:
        if len(chunk) == MAX_KEYS or each.job.arn in chunk:
            yield list(chunk.values())
            chunk = {}
        chunk[each.job.arn] = each
    if chunk:
        yield list(chunk.values())
