"""Writes the transitions of an observation to the job's record, with a lease on publishing them."""

import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from customization_jobs.aws.table import VersionConflict
from customization_jobs.backoff import jittered_pause
from customization_jobs.errors import CustomizationJobsError
from customization_jobs.timeouts import LEASE
from customization_jobs.timestamps import parse_timestamp_or_none
from customization_jobs.watch.apply import Applied, WatchPolicy, apply_observation
from customization_jobs.watch.claim_result import ClaimCalls, ClaimResult, isolated_claim
from customization_jobs.watch.failure import Failure, classify, message_of, unknown_reason
from customization_jobs.watch.observation import Observation
from customization_jobs.watch.record import Claim, JobRecord
from customization_jobs.watch.transition import FoundBy, Kind

if TYPE_CHECKING:
    from customization_jobs.watch.tags import TagReads

MAX_ATTEMPTS = 5
_FIRST_PAUSE_SECONDS = 0.2
# For how long every sweep tries to fetch the reason of a failure.
_EXPLAINED_WITHIN = timedelta(days=1)


class RecordStore(Protocol):
    """Reads and writes single records; see `records.JobRecords`."""

    def get(self, job_key: str) -> JobRecord | None:
        """Read a record, strongly consistent."""
        ...

    def put(self, record: JobRecord) -> JobRecord:
        """Write a record over the version that was read, or raise `VersionConflict`."""
        ...


class _Step(Enum):
    """What follows from applying an observation.

    RETRY: another invocation holds the claim, and the observation adds something.
    """

    NOTHING = auto()
    RETRY = auto()
    WRITE = auto()


class Claimer:
    """Claims observations.

    Parameters
    ----------
    get_job : callable
        Calls `GetModelCustomizationJob` for an ARN. Used for jobs whose failure comes without a reason.
    """

    def __init__(
        self,
        records: RecordStore,
        policy: WatchPolicy,
        *,
        get_job: Callable[[str], Mapping[str, Any]],
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._records = records
        self._policy = policy
        self._get_job = get_job
        self._now = now
        self._sleep = sleep

    def claim(
        self,
        observation: Observation,
        record: JobRecord | None,
        baseline: datetime,
        tags: "TagReads | None",
    ) -> ClaimResult | ClaimCalls:
        """Write what an observation adds, and a lease if there is anything to publish.

        Parameters
        ----------
        record : JobRecord or None
            As read before, possibly stale.
        baseline : datetime
            When the watch started.
        tags : TagReads or None
            The tag reads of the invocation; None if tags are not read.

        Returns
        -------
        ClaimResult or callable
            The result, if the observation adds nothing; else the calls that are needed, for any thread.
        """
        arn = observation.job.arn
        unchanged = isolated_claim(arn, lambda: self._unchanged(observation, record, baseline))
        return unchanged or partial(
            isolated_claim, arn, lambda: self._claim(observation, record, baseline, tags)
        )

    def reclaim(self, record: JobRecord | None) -> ClaimResult | ClaimCalls:
        """Write a new lease on publishing what a record has pending, if no other invocation holds one.

        Parameters
        ----------
        record : JobRecord or None
            As read before, possibly stale.

        Returns
        -------
        ClaimResult or callable
            As `claim`.
        """
        if record is None or not record.pending or record.is_claimed(self._now()):
            return ClaimResult()
        return partial(isolated_claim, record.job.arn, lambda: self._reclaim(record))

    def _unchanged(
        self, observation: Observation, record: JobRecord | None, baseline: datetime
    ) -> ClaimResult | None:
        """Return what is known of a job if there is nothing to write or to fetch; else None."""
        now = self._now()
        applied = self._apply(record, observation, baseline, now)
        step = _next_step(applied, record, now, lists_all_records=self._policy.lists_all_records)
        if step is not _Step.NOTHING or _may_be_explained(record, observation, now):
            return None
        return ClaimResult(known=applied.record)

    def _reclaim(self, record: JobRecord) -> ClaimResult:
        try:
            return self._write(Applied(record), uuid.uuid4().hex)._replace(known=None)
        except VersionConflict:
            # Another invocation has claimed the record in the meantime, or published its transitions.
            return ClaimResult()

    def _claim(
        self,
        observation: Observation,
        record: JobRecord | None,
        baseline: datetime,
        tags: "TagReads | None",
    ) -> ClaimResult:
        owner = uuid.uuid4().hex
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                self._sleep(jittered_pause(attempt, base=_FIRST_PAUSE_SECONDS))
                record = self._records.get(observation.job.key)
                if record and record.is_claimed_by(owner):
                    # An earlier write succeeded, and only its answer was lost.
                    return ClaimResult(record, known=record)
            now = self._now()
            applied = self._apply(record, observation, baseline, now)
            completed = self._complete(observation, record, applied, now, tags)
            if completed is not observation:
                observation = completed
                applied = self._apply(record, observation, baseline, now)
            step = _next_step(applied, record, now, lists_all_records=self._policy.lists_all_records)
            if step is _Step.NOTHING:
                return ClaimResult(known=applied.record)
            if step is _Step.WRITE:
                with suppress(VersionConflict):
                    return self._write(applied, owner)
        return ClaimResult(busy=True)

    def _complete(
        self,
        observation: Observation,
        record: JobRecord | None,
        applied: Applied,
        now: datetime,
        tags: "TagReads | None",
    ) -> Observation:
        """Add what needs further calls to Bedrock, if it is missing; else return the same observation."""
        # The longest known form of the ARN, because Bedrock does not accept the form that its events contain.
        job = applied.record.job if applied.record else observation.job
        completed = observation
        if _needs_reason(applied, observation) or _may_be_explained(record, observation, now):
            completed = completed._replace(failure=self._failure_reason(job.arn))
        # If the tags cannot be read, the transitions go without them instead of waiting for a later try.
        known = applied.record
        read = tags.read_before_publication(record, known, now) if tags and known else None
        return completed if read is None else completed._replace(tags=read)

    def _apply(
        self, record: JobRecord | None, observation: Observation, baseline: datetime, now: datetime
    ) -> Applied:
        return apply_observation(record, observation, self._policy, baseline=baseline, now=now)

    def _write(self, applied: Applied, owner: str) -> ClaimResult:
        assert applied.record is not None  # noqa: S101 - see _next_step
        # The lease starts now, because finding out why the job failed may have taken long.
        claim = Claim(owner, self._now() + LEASE) if applied.record.pending else None
        written = self._records.put(applied.record._replace(claim=claim))
        recorded_only = sum(each in written.timeline for each in applied.found)
        return ClaimResult(written if written.pending else None, recorded_only, known=written)

    def _failure_reason(self, job_arn: str) -> Failure:
        try:
            message = message_of(self._get_job(job_arn))
        except CustomizationJobsError as error:
            # The failure is published even if its reason cannot be fetched.
            return unknown_reason(type(error).__name__)
        return classify(message) if message else unknown_reason("Bedrock returned no message")


def _next_step(
    applied: Applied, record: JobRecord | None, now: datetime, *, lists_all_records: bool
) -> _Step:
    if record and record.is_claimed(now):
        return _Step.RETRY if applied.found else _Step.NOTHING
    if applied.record is None:
        return _Step.NOTHING
    is_changed = applied.record is not record
    is_unlisted = lists_all_records and applied.record.position is None
    # An unchanged record with pending transitions is claimed again: its last owner's lease has expired.
    return _Step.WRITE if is_changed or is_unlisted or applied.record.pending else _Step.NOTHING


def _may_be_explained(record: JobRecord | None, observation: Observation, now: datetime) -> bool:
    """Whether to fetch again the reason of a failure that was recorded without one."""
    if (
        record is None
        or record.is_claimed(now)
        or observation.failure
        or observation.found_by is FoundBy.EVENT
    ):
        return False
    failed = parse_timestamp_or_none(record.unexplained_since)
    return failed is not None and now - failed < _EXPLAINED_WITHIN


def _needs_reason(applied: Applied, observation: Observation) -> bool:
    pending = applied.record.pending if applied.record else ()
    return observation.failure is None and any(
        each.kind == Kind.FAILED and each in pending for each in applied.found
    )
