"""The watch: publishes every job state change once, whether a sweep or one of Bedrock's events found it.

A job passes three steps. *Claim*: a conditional write stores the new state and its transitions as pending,
with a lease on publishing them. *Publish*: the transitions go to the bus. *Record*: a second conditional
write moves them into the timeline as published. If an invocation dies in between, its lease expires, and the
next invocation that reads the record publishes the pending transitions again, with the same ids.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Protocol

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.watch.apply import WatchPolicy
from customization_jobs.watch.claims import Claimer, RecordStore
from customization_jobs.watch.events import JobTransition
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.observation import Observation
from customization_jobs.watch.parallel import Parallel
from customization_jobs.watch.part import Part
from customization_jobs.watch.processing import Processing, Records
from customization_jobs.watch.publisher import Bus, Publisher
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.run import Run
from customization_jobs.watch.summary import WatchSummary

if TYPE_CHECKING:
    from customization_jobs.watch.tags import TagReader


class Store(RecordStore, Protocol):
    """Stores records; see `records.JobRecords`."""

    def get_many(self, job_keys: Iterable[str]) -> Records:
        """Read the records that exist, eventually consistent."""
        ...

    def pending_keys(self, before: datetime) -> Iterable[str]:
        """Read which records have pending transitions and were last written before a time."""
        ...

    def baseline(self) -> datetime:
        """Return when the watch started."""
        ...

    def part(self) -> Part:
        """Return the part of all jobs that the next sweep observes."""
        ...

    def put_part(self, part: Part) -> None:
        """Store the part for the next sweep."""
        ...

    def put_owners(self, owners: Mapping[str, Any]) -> None:
        """Store how many jobs each owner has."""
        ...


class Watch:
    """Processes observations.

    Parameters
    ----------
    get_job : callable
        Calls `GetModelCustomizationJob` for an ARN, to find out why a job failed.
    tags : TagReader or None
        Reads the tags of each job. None: records and events contain no tags.
    on_published : callable
        Called with each published transition.
    in_parallel : callable
        `map`, or the result of `parallel.in_threads`.

    Example
    -------
    >>> watch.observe([from_summary(summary)]).published
    Counter({'Discovered': 1, 'Completed': 1})
    """

    def __init__(  # noqa: PLR0913 - its collaborators, by name
        self,
        store: Store,
        bus: Bus,
        *,
        get_job: Callable[[str], Mapping[str, Any]],
        policy: WatchPolicy,
        tags: "TagReader | None" = None,
        on_published: Callable[[JobTransition], None] = lambda _: None,
        in_parallel: Parallel = map,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._now = now
        self._in_parallel = in_parallel
        self._claimer = Claimer(store, policy, get_job=get_job, now=now, sleep=sleep)
        self._tags = tags
        self._lists_all_records = policy.lists_all_records
        publisher = Publisher(
            store,
            bus,
            on_published=on_published,
            expected_end=policy.expected_end,
            in_parallel=in_parallel,
            now=now,
            tags=tags,
        )
        self._processing = Processing(store.get_many, publisher, in_parallel=in_parallel, now=now)
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

    def observed_part(self, stored: Part, now: datetime) -> Part:
        """Return the part as a sweep that begins now observes it. The counts of owners need all jobs."""
        return stored.at(now, listed=self._lists_all_records, all_jobs=self._tags is not None)

    def part(self) -> Part:
        """Return the part of all jobs that the next sweep observes.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        return self._store.part()

    def put_part(self, part: Part) -> None:
        """Store the part for the next sweep.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        self._store.put_part(part)

    def put_owners(self, run: Run, jobs: int) -> None:
        """Store how many jobs each owner has, if tags are read.

        Parameters
        ----------
        run : Run
            The invocation, which has observed all jobs.
        jobs : int
            Their number.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        if run.tags:
            self._store.put_owners(run.tags.owners.to_json(jobs, self._now()))

    def observe(self, observations: Iterable[Observation], run: Run | None = None) -> WatchSummary:
        """Publish and record what observations add.

        Delivery: each transition is published at least once, always with the same id; more than once only if
        an invocation dies or stalls, or a call fails, between its publication and its record. A failure for
        one job does not affect the others: it is in the summary, and the next observation of the job makes up
        for it.

        Parameters
        ----------
        observations : iterable of Observation
            Read in chunks of `MAX_KEYS`.
        run : Run or None
            The invocation, if it observes more than these jobs, or has a deadline.

        Raises
        ------
        WatchUnavailableException
            The time when the watch started could not be read.
        """
        run = run or Run()
        baseline = self.start()
        if self._tags and run.tags is None:
            run.tags = self._tags.start()
        summary = WatchSummary()
        claims = (
            (each.job.key, partial(self._claimer.claim, each, baseline=baseline, tags=run.tags))
            for each in observations
        )
        self._processing.process(claims, summary, run)
        return summary

    def publish_pending(self, before: datetime, run: Run | None = None) -> WatchSummary:
        """Publish and record transitions that earlier invocations left pending, even of jobs not listed.

        Delivery and failures are as for `observe`. The oldest are first.

        Parameters
        ----------
        before : datetime
            Only records that were last written before this time.
        """
        run = run or Run()
        summary = WatchSummary()
        if run.out_of_time():
            return summary

        def process() -> None:
            keys = takewhile(lambda _: not run.out_of_time(), self._store.pending_keys(before))
            self._processing.process(((key, self._claimer.reclaim) for key in keys), summary, run)

        failure = isolated("the pending transitions", process)
        if failure:
            summary.add_failure(failure)
        return summary

    def read_unread_tags(self, run: Run) -> WatchSummary:
        """Read and record the tags of observed jobs whose tags are unknown, as far as time and budget allow.

        Called at the end of a sweep, when nothing waits for the tags. They are unknown for jobs from before
        the watch, and for those whose tags could not be read before.
        """
        summary = WatchSummary()
        reads = run.tags
        if reads is None:
            return summary

        errors: list[CustomizationJobsError] = []

        def complete(record: JobRecord) -> JobRecord | None:
            # If the table does not accept one record, the others are not tried.
            if errors or run.out_of_time():
                return None
            result = isolated(f"the job {record.job.arn}", lambda: reads.complete(record, self._store.put))
            if isinstance(result, CustomizationJobsError):
                errors.append(result)
                return None
            return result

        for completed in filter(None, self._in_parallel(complete, reads.unread)):
            reads.owners.add(completed)
        for error in errors:
            summary.add_failure(error)
        return summary
