"""Answers waiters when the last of their jobs has ended.

A waiter is found through the one job that it waits for. When that job ends, the waiter moves on to another
job that has not ended, or is answered. Each of its jobs is read once for that, so N waiters and M jobs cost
N + M reads, and no list call. A waiter that was missed, because an invocation died or the index lagged
behind, is found by the end of the next sweep.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from customization_jobs.aws.table import VersionConflict
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.jobs import TERMINAL
from customization_jobs.waits.result import Failure, Success, result_of
from customization_jobs.waits.waiter import EndedJob, Waiter
from customization_jobs.watch.job import Job
from customization_jobs.watch.record import JobRecord

_MAX_ATTEMPTS = 10
# The job that was waited for is read alone. After it, many are read at a time, because many may have ended.
_READ_AT_ONCE = 100


class WaiterStore(Protocol):
    """Stores waiters; see `waiters.Waiters`."""

    def get(self, waiter_id: str) -> Waiter | None:
        """Read a waiter, strongly consistent; None if there is none, or it is done."""
        ...

    def put(self, waiter: Waiter) -> Waiter:
        """Write a waiter over the version that was read, or raise `VersionConflict`."""
        ...

    def finish(self, waiter: Waiter) -> None:
        """Write that a waiter is done, or raise `VersionConflict`."""
        ...


class Records(Protocol):
    """Reads the records of jobs; see `watch.records.JobRecords`."""

    def get_many(
        self, job_keys: Iterable[str], *, consistent: bool
    ) -> Mapping[str, JobRecord | WatchUnavailableException]:
        """Read the records that exist."""
        ...


class Answers(Protocol):
    """Answers waiting states; see `aws.task_tokens.TaskTokens`."""

    def succeed(self, token: str, output: Mapping[str, object]) -> bool:
        """End a state with an output."""
        ...

    def fail(self, token: str, error: str, cause: str) -> bool:
        """End a state with an error."""
        ...


class Waker:
    """Settles waiters.

    Parameters
    ----------
    statuses : sequence of str
        Bedrock's statuses, which each answer counts.
    on_answered : callable
        Called with each waiter that was answered, the result, and whether the state was still waiting.
    """

    def __init__(
        self,
        waiters: WaiterStore,
        records: Records,
        answers: Answers,
        *,
        statuses: Sequence[str],
        now: Callable[[], datetime],
        on_answered: Callable[[Waiter, Success | Failure, bool], None] = lambda *_: None,
    ) -> None:
        self._waiters = waiters
        self._records = records
        self._answers = answers
        self._statuses = statuses
        self._now = now
        self._on_answered = on_answered

    def settle(self, waiter: Waiter, new_jobs: Iterable[Job] = ()) -> Waiter | None:
        """Store what is known of a waiter's jobs by now, and answer it if there is nothing left to wait for.

        Delivery: the state is answered at least once. Step Functions ignores a repeated answer.

        Parameters
        ----------
        waiter : Waiter
            As read, possibly stale, or not stored yet.
        new_jobs : iterable of Job
            Jobs that match the waiter's query.

        Returns
        -------
        Waiter or None
            As stored; None if it is done.

        Raises
        ------
        WatchUnavailableException
            The table or Step Functions did not answer, or refused.
        """
        new_jobs = tuple(new_jobs)
        for _ in range(_MAX_ATTEMPTS):
            current = self._advance(waiter.with_jobs(new_jobs))
            result = result_of(current, self._statuses, self._now())
            if result:
                self._answer(current, result)
                return None
            if current is waiter and waiter.version:
                return waiter
            try:
                # Read again afterwards: the job that is waited for may have ended before this was written.
                waiter = self._waiters.put(current)
            except VersionConflict:
                stored = self._waiters.get(waiter.id)
                if stored is None:
                    return None
                waiter = stored
        raise WatchUnavailableException("Too many concurrent writes to this waiter. Try again later.")

    def _advance(self, waiter: Waiter) -> Waiter:
        """Count the jobs that have ended, up to the first that has not."""
        read_at_once = 1
        while waiter.pending:
            keys = waiter.pending[:read_at_once]
            records = self._records.get_many(keys, consistent=True)
            ended = [_ended_job(key, record) for key in keys if (record := _ended_record(records.get(key)))]
            waiter = waiter.with_ended(ended)
            if len(ended) < len(keys):
                break
            read_at_once = _READ_AT_ONCE
        return waiter

    def _answer(self, waiter: Waiter, result: Success | Failure) -> None:
        if isinstance(result, Success):
            was_waiting = self._answers.succeed(waiter.token, result.output)
        else:
            was_waiting = self._answers.fail(waiter.token, result.error, result.cause)
        self._on_answered(waiter, result, was_waiting)
        if waiter.version:
            self.drop(waiter)

    def drop(self, waiter: Waiter) -> None:
        """Store that a waiter is done, because it was answered or its state no longer waits."""
        try:
            self._waiters.finish(waiter)
        except VersionConflict:
            # Another invocation has settled the waiter as well. If it is not done, the next sweep finds it.
            return


def _ended_record(record: JobRecord | WatchUnavailableException | None) -> JobRecord | None:
    # A job without a record, or with one that is not readable, has not ended as far as the watch knows.
    is_ended = isinstance(record, JobRecord) and record.job.status in TERMINAL
    return record if is_ended and isinstance(record, JobRecord) else None


def _ended_job(key: str, record: JobRecord) -> EndedJob:
    return EndedJob(key, record.job.arn, record.job.name, record.job.status, record.failure)
