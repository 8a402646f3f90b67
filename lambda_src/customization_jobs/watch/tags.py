"""The tags of a job: read from Bedrock once, when the watch first knows the job by its complete ARN."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from customization_jobs.aws.table import VersionConflict
from customization_jobs.errors import (
    CustomizationJobsError,
    ResourceNotFoundException,
    ValidationException,
    encodable,
)
from customization_jobs.jobs import TERMINAL
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.job_arn import is_complete
from customization_jobs.watch.owners import OwnerCounts, Tags, owner_of

if TYPE_CHECKING:
    from customization_jobs.watch.record import JobRecord

# Bedrock's quotas of tags for one resource. They also bound the size of records and events.
_MAX_TAGS, _MAX_KEY_LENGTH, _MAX_VALUE_LENGTH = 50, 128, 256
# The largest number of jobs without anything to publish whose tags a sweep reads.
_MAX_UNREAD = 500
# What an invocation may spend: failures in a row, and seconds of all threads together.
_MAX_FAILURES = 3
_MAX_SECONDS = 30.0
# Errors that concern one job and say nothing about the next read.
_OF_ONE_JOB = (ResourceNotFoundException, ValidationException)


class TagReader:
    """Reads the tags of jobs.

    Parameters
    ----------
    list_tags : callable
        Calls `ListTagsForResource` for an ARN. It should fail fast: the job's transitions wait for it.
    owner_tag : str
        The tag whose value is the owner of a job.
    on_failure : callable
        Called with the first error of each name in an invocation.
    """

    def __init__(
        self,
        list_tags: Callable[[str], list[Any]],
        owner_tag: str,
        *,
        on_failure: Callable[[CustomizationJobsError], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._list_tags = list_tags
        self._owner_tag = owner_tag
        self._on_failure = on_failure
        self._clock = clock

    def start(self) -> "TagReads":
        """Begin an invocation."""
        return TagReads(self._list_tags, self._owner_tag, self._on_failure, self._clock)

    def owner_of(self, tags: Tags | None) -> str | None:
        """Return the owner that tags name; None if there is none, or the tags are not read."""
        return owner_of(tags, self._owner_tag)


class TagReads:
    """The reads of one invocation. Several threads may use it.

    Reading must not take the time that transitions need. Only those that are about to be published wait for
    their job's tags. After 3 failures in a row, or 30 seconds of all threads together, the remaining tags
    are left to the next sweep.

    Attributes
    ----------
    owners : OwnerCounts
        The owners of the jobs that the invocation has observed.
    """

    def __init__(
        self,
        list_tags: Callable[[str], list[Any]],
        owner_tag: str,
        on_failure: Callable[[CustomizationJobsError], None],
        clock: Callable[[], float],
    ) -> None:
        self.owners = OwnerCounts(owner_tag)
        self._list_tags = list_tags
        self._owner_tag = owner_tag
        self._on_failure = on_failure
        self._clock = clock
        self._lock = Lock()
        self._seconds = 0.0
        self._failures = 0
        self._reported: set[type[CustomizationJobsError]] = set()
        self._unread_active: list[JobRecord] = []
        self._unread_ended: list[JobRecord] = []

    @property
    def unread(self) -> list["JobRecord"]:
        """Observed jobs whose tags are not known, those that have not ended first, and at most 500."""
        return [*self._unread_active, *self._unread_ended][:_MAX_UNREAD]

    def add(self, record: "JobRecord") -> None:
        """Count the owner of an observed job, or remember that its tags are not known. Not thread-safe."""
        unread = self._unread_ended if record.job.status in TERMINAL else self._unread_active
        if record.tags is not None:
            self.owners.add(record)
        elif is_complete(record.job.arn) and len(unread) < _MAX_UNREAD:
            unread.append(record)

    def read_before_publication(
        self, before: "JobRecord | None", known: "JobRecord", now: datetime
    ) -> Tags | None:
        """Read the tags of a job that has transitions to publish; None if not needed, or not readable.

        Parameters
        ----------
        before : JobRecord or None
            The record before the observation.
        known : JobRecord
            The record that is about to be written.
        """
        is_busy = before is not None and before.is_claimed(now)
        if not known.pending or known.tags is not None or is_busy or not is_complete(known.job.arn):
            return None
        return self._read(known.job.arn)

    def complete(self, record: "JobRecord", put: Callable[["JobRecord"], "JobRecord"]) -> "JobRecord | None":
        """Read the tags of a recorded job and write them; None if that fails or another writer was faster."""
        tags = self._read(record.job.arn)
        if tags is None:
            return None
        try:
            return put(record.updated(record.job, tags))
        except VersionConflict:
            return None

    def _read(self, job_arn: str) -> Tags | None:
        if self._failures >= _MAX_FAILURES or self._seconds >= _MAX_SECONDS:
            return None
        started = self._clock()
        result = isolated(
            f"the tags of the job {job_arn}", lambda: select_tags(self._list_tags(job_arn), self._owner_tag)
        )
        seconds = self._clock() - started
        if not isinstance(result, CustomizationJobsError):
            self._add(seconds, failed=False)
            return result
        self._add(seconds, failed=not isinstance(result, _OF_ONE_JOB))
        if self._is_first_of_its_name(result):
            self._on_failure(result)
        return None

    def _add(self, seconds: float, *, failed: bool) -> None:
        with self._lock:
            self._seconds += seconds
            self._failures = self._failures + 1 if failed else 0

    def _is_first_of_its_name(self, error: CustomizationJobsError) -> bool:
        with self._lock:
            is_first = type(error) not in self._reported
            self._reported.add(type(error))
        return is_first


def select_tags(listed: list[Any], owner_tag: str) -> Tags:
    """Return the well-formed tags, sorted by key. Those beyond Bedrock's quotas are left out."""
    tags: dict[str, str] = {}
    for each in listed:
        key, value = (each.get("key"), each.get("value")) if isinstance(each, Mapping) else (None, None)
        if isinstance(key, str) and isinstance(value, str) and 0 < len(encodable(key)) <= _MAX_KEY_LENGTH:
            tags[encodable(key)] = encodable(value)[:_MAX_VALUE_LENGTH]
    # The owner's tag must not be among those that are left out.
    kept = sorted(tags, key=lambda key: (key != owner_tag, key))[:_MAX_TAGS]
    return {key: tags[key] for key in sorted(kept)}
