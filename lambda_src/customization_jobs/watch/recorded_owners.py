"""The owners of jobs from the watch's table, for the function that only reads it."""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.job_arn import is_job_arn, job_key
from customization_jobs.watch.owners import owner_of
from customization_jobs.watch.parallel import Parallel

if TYPE_CHECKING:
    from customization_jobs.watch.records import JobRecords

# Bounds of `of_jobs`, so that a board with owners costs little and comes as fast as one without.
MAX_JOBS = 50
_MAX_SECONDS = 2.0
_MAX_FAILURES = 3


class RecordedOwners:
    """Reads owners. Failures are only reported: what needs the owners is shown without them.

    Parameters
    ----------
    records : callable
        Opens the records on first use, with a client that fails fast.
    tag : str
        The tag whose value is the owner of a job.
    on_failure : callable
        Called with the first error of each call.
    """

    def __init__(
        self,
        records: "Callable[[], JobRecords]",
        tag: str,
        *,
        in_parallel: Parallel,
        on_failure: Callable[[CustomizationJobsError], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tag = tag
        self._open = records
        self._in_parallel = in_parallel
        self._on_failure = on_failure
        self._clock = clock

    @cached_property
    def _records(self) -> "JobRecords":
        return self._open()

    def counts(self) -> Mapping[str, Any] | None:
        """Return how many jobs each owner has, as the last complete sweep counted them.

        None if no sweep has counted by this tag yet, or the counts are not readable.
        """
        counts = isolated("the owners of jobs", self._records.owners)
        if isinstance(counts, CustomizationJobsError):
            self._on_failure(counts)
            return None
        return counts if counts and counts.get("tag") == self.tag else None

    def of_jobs(self, job_arns: Iterable[str]) -> dict[str, str]:
        """Return the owners of the first 50 jobs, by ARN, as far as they are known and read within 2 s."""
        records = self._records  # opened before the threads need it
        until = self._clock() + _MAX_SECONDS
        errors: list[CustomizationJobsError] = []

        def read(job_arn: str) -> str | None:
            if len(errors) >= _MAX_FAILURES or self._clock() >= until:
                return None
            record = isolated(f"the owner of the job {job_arn}", lambda: records.get(job_key(job_arn)))
            if isinstance(record, CustomizationJobsError):
                errors.append(record)
                return None
            return owner_of(record.tags, self.tag) if record else None

        arns = list(islice(filter(is_job_arn, job_arns), MAX_JOBS))
        owners = dict(zip(arns, self._in_parallel(read, arns), strict=True))
        if errors:
            self._on_failure(errors[0])
        return {arn: owner for arn, owner in owners.items() if owner}
