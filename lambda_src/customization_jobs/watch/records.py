"""The records of all jobs, in the watch's table."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from customization_jobs.aws.table import Document, Unfinished, VersionConflict, VersionedTable
from customization_jobs.aws.table_schema import JOB_NAME, JOB_STATUS, Listed
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.jobs import TERMINAL
from customization_jobs.timestamps import parse_timestamp_or_none
from customization_jobs.watch.part import Part
from customization_jobs.watch.position import position_of, shard_of
from customization_jobs.watch.record import JobRecord

# What a record with pending transitions waits for.
_PUBLICATION = "#publication"
# Prefix of the keys of all documents that are not job records.
NO_JOB = "#"
# Keys of the documents that hold the time when the watch started, the part of all jobs that the next sweep
# observes, and how many jobs each owner has. No ARN starts like this.
BASELINE, PART, OWNERS = "#baseline", "#part", "#owners"


class JobRecords:
    """Reads and writes records, by `Job.key`.

    Parameters
    ----------
    retention : timedelta
        How long a record is kept after its job ended. Only needed for writing.
    source : str
        `account/region` of another source than the function's own. In each source, the watch starts at a
        different time, and observes parts of its own.
    region : str
        The region of the source. What is stored for another region, before the settings changed, is ignored.
    """

    def __init__(
        self,
        table: VersionedTable,
        *,
        retention: timedelta,
        source: str = "",
        region: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._table = table
        self._retention = retention
        self._now = now
        self._region = region
        self._source = source
        suffix = f"/{source}" if source else ""
        self._baseline_key, self._part_key, self._owners_key = (
            f"{key}{suffix}" for key in (BASELINE, PART, OWNERS)
        )

    def get(self, job_key: str) -> JobRecord | None:
        """Read a record, strongly consistent.

        Raises
        ------
        WatchUnavailableException
            As `VersionedTable.get`, or the record is not readable.
        """
        document = self._table.get(job_key)
        return read_record(job_key, document) if document else None

    def get_many(
        self, job_keys: Iterable[str], *, consistent: bool = False
    ) -> dict[str, JobRecord | WatchUnavailableException]:
        """Read the records that exist. A record that is not readable is an error.

        Raises
        ------
        WatchUnavailableException
            As `VersionedTable.get_many`.
        """
        documents = self._table.get_many(job_keys, consistent=consistent)
        return {job_key: read_record_or_error(job_key, document) for job_key, document in documents.items()}

    def put(self, record: JobRecord) -> JobRecord:
        """Write a record over the version that was read, and return it with its new version.

        Raises
        ------
        VersionConflict, WatchUnavailableException
            As `VersionedTable.put`.
        """
        job = record.job
        written = self._table.put(
            job.key,
            Document(record.to_json(), record.version),
            readable={JOB_NAME: job.name, JOB_STATUS: job.status},
            expires_at=self._expires_at(record),
            unfinished=Unfinished(_PUBLICATION, self._now()) if record.pending else None,
            # Also without a fleet, so that the jobs are listed as soon as there is one.
            listed=Listed(shard_of(job.key), position_of(job, record.position)),
        )
        return record._replace(version=written.version, position=written.position)

    def pending_keys(self, before: datetime) -> Iterator[str]:
        """Yield the keys of records that have pending transitions and were last written before a time.

        For a source other than the function's own, only its own keys are yielded: otherwise all concurrent
        sweeps of a fleet would compete for the same records. The sweep of the function's own source publishes
        those of every source.

        Raises
        ------
        WatchUnavailableException
            As `VersionedTable.unfinished_keys`.
        """
        account, _, region = self._source.partition("/")
        keys = self._table.unfinished_keys(_PUBLICATION, before)
        return (key for key in keys if not account or f":{region}:{account}:" in key)

    def baseline(self) -> datetime:
        """Return when the watch started: the time of the first call, by any invocation.

        Raises
        ------
        WatchUnavailableException
            As `VersionedTable.get`.
        """
        document = self._table.get(self._baseline_key)
        if document is None or not self._is_of_region(document):
            body: dict[str, Any] = {"start": self._now().isoformat(), "region": self._region}
            try:
                version = document.version if document else 0
                document = self._table.put(self._baseline_key, Document(body, version))
            except VersionConflict:
                return self.baseline()
        return datetime.fromisoformat(document.body["start"])

    def part(self) -> Part:
        """Return the part of all jobs that the next sweep observes; all of them if none is stored.

        Raises
        ------
        WatchUnavailableException
            As `VersionedTable.get`.
        """
        document = self._table.get(self._part_key)
        is_readable = document and isinstance(document.body, dict) and self._is_of_region(document)
        return Part.from_json(document.body) if document and is_readable else Part()

    def put_part(self, part: Part) -> None:
        """Store the part for the next sweep, unless another sweep does so at the same time.

        Raises
        ------
        WatchUnavailableException
            As `VersionedTable.put`.
        """
        self._put_unless_concurrent(self._part_key, {**part.to_json(), "region": self._region})

    def owners(self) -> Mapping[str, Any] | None:
        """Return what `put_owners` stored last; None if nothing is stored.

        Raises
        ------
        WatchUnavailableException
            As `VersionedTable.get`.
        """
        document = self._table.get(self._owners_key)
        return document.body if document and isinstance(document.body, dict) else None

    def put_owners(self, owners: Mapping[str, Any]) -> None:
        """Store how many jobs each owner has, unless another sweep does so at the same time.

        Raises
        ------
        WatchUnavailableException
            As `VersionedTable.put`.
        """
        self._put_unless_concurrent(self._owners_key, owners)

    def _is_of_region(self, document: Document) -> bool:
        # Earlier versions stored no region.
        body = document.body if isinstance(document.body, Mapping) else {}
        return not self._region or body.get("region", self._region) == self._region

    def _put_unless_concurrent(self, key: str, body: Mapping[str, Any]) -> None:
        version = stored.version if (stored := self._table.get(key)) else 0
        with suppress(VersionConflict):
            self._table.put(key, Document(body, version))

    def _expires_at(self, record: JobRecord) -> int | None:
        # Pending transitions must not expire before they are published.
        if record.job.status not in TERMINAL or record.pending:
            return None
        ended = parse_timestamp_or_none(record.job.last_change) or self._now()
        # As numbers, because a date after the year 9999 would be an error.
        return int(ended.timestamp() + self._retention.total_seconds())


def read_record(job_key: str, document: Document) -> JobRecord:
    """Read a record that this version or another one has written.

    Raises
    ------
    WatchUnavailableException
        The record is not readable.
    """
    try:
        record = JobRecord.from_json(document.body, document.version)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WatchUnavailableException(
            f"The record of the job {job_key} is not readable by this version ({error!r}). Deploy the "
            "version that wrote it, or delete the item from the table."
        ) from error
    return record._replace(position=document.position)


def read_record_or_error(job_key: str, document: Document) -> JobRecord | WatchUnavailableException:
    """Read a record; an error if it is not readable."""
    try:
        return read_record(job_key, document)
    except WatchUnavailableException as error:
        return error
