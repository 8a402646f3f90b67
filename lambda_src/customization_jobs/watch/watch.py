"""The one path for what sweeps and events see: each transition is told once, and none is lost.

A job goes through three steps. *Claim*: a conditional write puts the new state and what is news into the
table, as pending and claimed for a while. *Publish*: the news goes to the bus. *Record*: a second conditional
write moves it into the timeline as told. Whoever dies on the way leaves a claim that runs out, and the next
to meet the record publishes what is pending again, under the same ids.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.watch.account import Account
from customization_jobs.watch.announce import Announcement
from customization_jobs.watch.failure import Failure, classify, message_of, without_message
from customization_jobs.watch.observation import Observation
from customization_jobs.watch.progress import Terms, progress
from customization_jobs.watch.record import Claim, JobRecord
from customization_jobs.watch.store import MOST_KEYS, Conflict
from customization_jobs.watch.transition import Kind, Transition

# Longer than one call to the bus can take (25 s, see settings.py), with time to spare before it and for the
# record after it; shorter than the minute after which Lambda sends a failed event again, so that the second
# try finds the claim of the first one run out. Nothing is published in the last part of a claim.
LEASE = timedelta(seconds=55)
_LONGEST_CALL = timedelta(seconds=26)
_MOST_ATTEMPTS = 5
_FIRST_WAIT_SECONDS = 0.2
# After so many failures the table or the bus is down, and asking for every other job helps nobody.
_MOST_FAILURES = 50
_THREADS = 8


class Store(Protocol):
    """The table, or a fake of it: see `store.JobStore`."""

    def get(self, job_arn: str) -> JobRecord | None:
        """Read one job as it is now."""
        ...

    def get_many(self, job_arns: Iterable[str]) -> Mapping[str, JobRecord]:
        """Read many jobs, perhaps as they were some seconds ago."""
        ...

    def put(self, record: JobRecord) -> JobRecord:
        """Write over the version that was read, or raise `Conflict`."""
        ...

    def begin(self) -> datetime:
        """Tell since when jobs are watched."""
        ...


class Bus(Protocol):
    """The bus, or a fake of it: see `announce.Announcer`."""

    def publish(
        self, announcements: list[Announcement], out_of_time: Callable[[], bool]
    ) -> Mapping[str, str]:
        """Publish, and return the ids that are not known to be published, and why."""
        ...


class Parallel(Protocol):
    """`map`, or one that does several at a time."""

    def __call__(self, function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]:
        """Call the function with each item and return the results in their order."""
        ...


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What became of one observation.

    Attributes
    ----------
    record : JobRecord or None
        The record whose pending transitions are ours to publish.
    untold : int
        How many transitions went into the timeline as they were.
    busy : bool
        Whether another one had the claim all the time.
    error : CustomizationJobsError or None
        Why it could not be claimed.
    """

    record: JobRecord | None = None
    untold: int = 0
    busy: bool = False
    error: CustomizationJobsError | None = None


class Watch:
    """Takes in what sweeps and events see.

    Parameters
    ----------
    store : Store
        Where the last known states are.
    bus : Bus
        Where the news goes.
    get_job : callable
        Answers a job's ARN with the answer of `GetModelCustomizationJob`. It is called for a job that failed,
        when that is news and nobody said why.
    terms : Terms
        What the watch is set to.
    heard : callable
        Told of each published transition, for the log.
    in_parallel : callable
        `map`, or `in_threads`.
    now, sleep : callable
        The clock.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        *,
        get_job: Callable[[str], Mapping[str, Any]],
        terms: Terms,
        heard: Callable[[Announcement], None] = lambda _: None,
        in_parallel: Parallel = map,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._bus = bus
        self._get_job = get_job
        self._terms = terms
        self._heard = heard
        self._in_parallel = in_parallel
        self._now = now
        self._sleep = sleep
        self._known_since: datetime | None = None

    def begin(self) -> None:
        """Fix the moment since when jobs are watched. A sweep does so before it reads its first page.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        if self._known_since is None:
            self._known_since = self._store.begin()

    def observe(
        self, observations: Iterable[Observation], out_of_time: Callable[[], bool] = lambda: False
    ) -> Account:
        """Take in observations: tell what is news, and record it.

        Delivery: at least once, under one id; once, unless an invocation dies, or a call fails, between the
        publication of a transition and its record. What fails for one job does not keep the others: it is in
        the account, and the next observation of the job, by anyone, makes up for it.

        Parameters
        ----------
        observations : iterable of Observation
            Read and forgotten a hundred at a time.
        out_of_time : callable
            Asked before each hundred; once it says yes, the rest is only counted.

        Returns
        -------
        Account
            What was told, and what went wrong.

        Raises
        ------
        WatchUnavailableException
            The table could not be read at all, or nearly everything failed.
        """
        self.begin()
        account = Account()
        for chunk in _chunks(observations):
            if out_of_time():
                account.left += len(chunk)
                continue
            self._observe(chunk, account)
            if account.failed >= _MOST_FAILURES:
                raise account.errors[0]
        return account

    def _observe(self, chunk: list[Observation], account: Account) -> None:
        records = self._store.get_many([each.job.arn for each in chunk])
        claimed: list[JobRecord] = []
        for outcome in self._in_parallel(
            lambda each: self._try_to_claim(each, records.get(each.job.arn)), chunk
        ):
            account.untold += outcome.untold
            account.busy += outcome.busy
            if outcome.error:
                account.fail(outcome.error)
            if outcome.record:
                claimed.append(outcome.record)
        if claimed:
            failed = self._publish(claimed, account)
            for error in self._in_parallel(lambda each: self._try_to_record(each, failed), claimed):
                if error:
                    account.fail(error)

    def _try_to_claim(self, observation: Observation, record: JobRecord | None) -> _Claimed:
        try:
            return self._claim(observation, record)
        except CustomizationJobsError as error:
            return _Claimed(error=error)

    def _claim(self, observation: Observation, record: JobRecord | None) -> _Claimed:
        by = uuid.uuid4().hex
        for attempt in range(_MOST_ATTEMPTS):
            if attempt:
                self._sleep(random.uniform(0, _FIRST_WAIT_SECONDS * 2.0**attempt))  # noqa: S311 - no secret
                record = self._store.get(observation.job.arn)
                if record and record.claim and record.claim.by == by:
                    # It was written, and only the answer was lost.
                    return _Claimed(record)
            now = self._now()
            after, found = self._progress(record, observation, now)
            if observation.failure is None and any(_is_new_failure(each, after) for each in found):
                observation = replace(observation, failure=self._reason(observation.job.arn))
                after, found = self._progress(record, observation, now)
            if record and record.claimed(now):
                if found:
                    continue
                return _Claimed()
            if after is None or (after is record and not record.pending):
                return _Claimed()
            claim = Claim(by, now + LEASE) if after.pending else None
            try:
                written = self._store.put(replace(after, claim=claim))
            except Conflict:
                continue
            untold = sum(each in written.timeline for each in found)
            return _Claimed(written if written.pending else None, untold)
        return _Claimed(busy=True)

    def _progress(
        self, record: JobRecord | None, observation: Observation, now: datetime
    ) -> tuple[JobRecord | None, tuple[Transition, ...]]:
        # `observe` has begun.
        assert self._known_since is not None  # noqa: S101
        return progress(record, observation, self._terms, since=self._known_since, now=now)

    def _reason(self, job_arn: str) -> Failure:
        try:
            message = message_of(self._get_job(job_arn))
        except CustomizationJobsError as error:
            # That it failed must not wait for why it failed.
            return without_message(type(error).__name__)
        return classify(message) if message else without_message("Bedrock gives none")

    def _publish(self, claimed: list[JobRecord], account: Account) -> Mapping[str, str]:
        announcements = [Announcement(record.job, each) for record in claimed for each in record.pending]
        # Past it someone else may publish, and what is told once more would be told twice.
        until = min(record.claim.until for record in claimed if record.claim)
        failed = self._bus.publish(announcements, lambda: self._now() + _LONGEST_CALL > until)
        if failed:
            why = ", ".join(sorted(set(failed.values())))
            message = f"The bus did not take {len(failed)} of {len(announcements)} events: {why}."
            account.fail(WatchUnavailableException(message), len(failed))
        for each in announcements:
            if each.transition.id not in failed:
                account.tell(each.transition)
                self._heard(each)
        return failed

    def _try_to_record(self, claimed: JobRecord, failed: Mapping[str, str]) -> CustomizationJobsError | None:
        try:
            return self._record(claimed, failed)
        except CustomizationJobsError as error:
            return error

    def _record(self, claimed: JobRecord, failed: Mapping[str, str]) -> CustomizationJobsError | None:
        told = {each.id for each in claimed.pending if each.id not in failed}
        record = claimed
        for _ in range(_MOST_ATTEMPTS):
            after = record.published(told)
            if after.claim == claimed.claim:
                # What is left is not waited for: the next to come may publish it at once.
                after = replace(after, claim=None)
            try:
                self._store.put(after)
            except Conflict:
                now = self._store.get(claimed.job.arn)
            else:
                return None
            if now is None or not any(each.id in told for each in now.pending):
                # Whoever took over has recorded it; or this write did, and its answer was lost.
                return None
            record = now
        return WatchUnavailableException("Others write the record all the time. Try again later.")


def in_threads(in_each_thread: Callable[[], Callable[[], None]]) -> Parallel:
    """Make a `map` that waits for several answers at a time.

    Parameters
    ----------
    in_each_thread : callable
        Called where the work is given out; what it returns is called first in each thread.
    """

    def run(function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]:
        given = list(items)
        if len(given) == 1:
            return [function(given[0])]
        with ThreadPoolExecutor(min(_THREADS, len(given)), initializer=in_each_thread()) as threads:
            return list(threads.map(function, given))

    return run


def _is_new_failure(transition: Transition, after: JobRecord | None) -> bool:
    return transition.kind is Kind.FAILED and after is not None and transition in after.pending


def _chunks(observations: Iterable[Observation]) -> Iterator[list[Observation]]:
    """Cut into hundreds, with no job twice in one of them: its second observation has to see its first."""
    chunk: dict[str, Observation] = {}
    for each in observations:
        if len(chunk) == MOST_KEYS or each.job.arn in chunk:
            yield list(chunk.values())
            chunk = {}
        chunk[each.job.arn] = each
    if chunk:
        yield list(chunk.values())
