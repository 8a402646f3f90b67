"""Checks whether the records of indexed jobs match a query, because the index can lag behind them."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple, Protocol, TypeAlias

from customization_jobs.aws.batch_reads import MAX_KEYS
from customization_jobs.aws.job_index import IndexedJob
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.fleet.query import FleetQuery
from customization_jobs.fleet.summary import source_of
from customization_jobs.sources import Source
from customization_jobs.watch.parallel import Parallel
from customization_jobs.watch.record import JobRecord

# A record, or an error if it is not readable.
Record: TypeAlias = JobRecord | WatchUnavailableException


class Records(Protocol):
    """Reads records; see `watch.records.JobRecords`."""

    def get_many(self, job_keys: Iterable[str], *, consistent: bool = False) -> Mapping[str, Record]:
        """Read the records that exist."""
        ...


class Match(NamedTuple):
    """A job whose record matches, or is not readable."""

    job: IndexedJob
    source: Source
    record: Record


class Matches:
    """Finds the matching jobs of some sources."""

    def __init__(
        self, records: Records, query: FleetQuery, sources: frozenset[Source], in_parallel: Parallel
    ) -> None:
        self._records = records
        self._query = query
        self._sources = sources
        self._in_parallel = in_parallel

    def among(self, indexed: list[IndexedJob]) -> list[Match]:
        """Read the records of jobs, and return those that match, in the order of the jobs.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        jobs = [(job, source) for job in indexed if (source := source_of(job.key)) in self._sources]
        records = self._get_many([job.key for job, _ in jobs], consistent=False)
        # The record that was read can be older than the index. Only a current record rules a job out.
        doubtful = [job.key for job, _ in jobs if not self._agrees(job, records.get(job.key))]
        records = {**records, **dict.fromkeys(doubtful), **self._get_many(doubtful, consistent=True)}
        return [
            Match(job, source, record)
            for job, source in jobs
            if source and (record := records[job.key]) and self._is_listed_here(job, record)
        ]

    def _get_many(self, keys: list[str], *, consistent: bool) -> Mapping[str, Record | None]:
        parts = [keys[start : start + MAX_KEYS] for start in range(0, len(keys), MAX_KEYS)]
        read = self._in_parallel(partial(self._records.get_many, consistent=consistent), parts)
        return {key: record for records in read for key, record in records.items()}

    def _agrees(self, job: IndexedJob, record: Record | None) -> bool:
        return (
            isinstance(record, JobRecord) and record.position == job.position and self._query.matches(record)
        )

    def _is_listed_here(self, job: IndexedJob, record: Record) -> bool:
        if isinstance(record, WatchUnavailableException):
            return True
        if not self._query.matches(record):
            return False
        if record.position in (None, job.position):
            return True
        # The job has moved since it was indexed. If its new position is still ahead, it is listed there.
        is_later = record.position is not None and record.position > job.position
        return is_later != self._query.ascending
