"""What the board and the overview show from the watch's table, for the function that only reads it."""

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
from customization_jobs.watch.record import JobRecord

if TYPE_CHECKING:
    from customization_jobs.watch.records import JobRecords

# Limits of a board's reads, so that they cost little and hardly delay the board.
MAX_JOBS = 50
_MAX_SECONDS = 2.0
_MAX_FAILURES = 3


class RecordedJobs:
    """Reads records. Failures are only reported: a board is shown without what could not be read.

    Parameters
    ----------
    records : callable
        Opens the records on first use, with a client that fails fast.
    tag : str or None
        The tag whose value is the owner of a job; None if tags are not read.
    on_failure : callable
        Called with the first error of each call.
    """

    def __init__(
        self,
        records: "Callable[[], JobRecords]",
        tag: str | None,
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

    def owner_counts(self) -> Mapping[str, Any] | None:
        """Return how many jobs each owner has, as the last complete sweep counted them.

        None if no sweep has counted by this tag yet, or the counts are not readable.
        """
        counts = isolated("the owners of jobs", self._records.owners)
        if isinstance(counts, CustomizationJobsError):
            self._on_failure(counts)
            return None
        return counts if counts and counts.get("tag") == self.tag else None

    def facts_of(self, job_arns: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return what is known of the first 50 jobs, by ARN, as far as it is read within 2 s.

        Returns
        -------
        dict of str to dict
            `owner`, a text, and `failure`, as `Failure.to_json`; each absent if it is not known.
        """
        records = self._records  # opened before the threads need it
        until = self._clock() + _MAX_SECONDS
        errors: list[CustomizationJobsError] = []

        def read(job_arn: str) -> dict[str, Any]:
            if len(errors) >= _MAX_FAILURES or self._clock() >= until:
                return {}
            record = isolated(f"the record of the job {job_arn}", lambda: records.get(job_key(job_arn)))
            if isinstance(record, CustomizationJobsError):
                errors.append(record)
                return {}
            return self._facts(record) if record else {}

        arns = list(islice(filter(is_job_arn, job_arns), MAX_JOBS))
        facts = dict(zip(arns, self._in_parallel(read, arns), strict=True))
        if errors:
            self._on_failure(errors[0])
        return {arn: known for arn, known in facts.items() if known}

    def _facts(self, record: JobRecord) -> dict[str, Any]:
        facts = {
            "owner": owner_of(record.tags, self.tag) if self.tag else None,
            "failure": record.failure,
        }
        return {name: value for name, value in facts.items() if value}
