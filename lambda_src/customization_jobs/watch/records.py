"""The records of all jobs, in the watch's table."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from customization_jobs.aws.table import Document, VersionConflict, VersionedTable
from customization_jobs.jobs import TERMINAL
from customization_jobs.timestamps import parse_timestamp_or_none
from customization_jobs.watch.record import JobRecord

# Key of the document that holds the time when the watch started. No ARN starts like this.
BASELINE = "#baseline"


class JobRecords:
    """Reads and writes records.

    Parameters
    ----------
    retention : timedelta
        How long a record is kept after its job ended. Only needed for writing.
    """

    def __init__(
        self,
        table: VersionedTable,
        *,
        retention: timedelta,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._table = table
        self._retention = retention
        self._now = now

    def get(self, job_arn: str) -> JobRecord | None:
        """Read a record, strongly consistent.

        Raises
        ------
        WatchUnavailableException
            As `VersionedTable.get`.
        """
        document = self._table.get(job_arn)
        return _record(document) if document else None

    def get_many(self, job_arns: Iterable[str]) -> dict[str, JobRecord]:
        """Read the records that exist, eventually consistent.

        Raises
        ------
        WatchUnavailableException
            As `VersionedTable.get_many`.
        """
        documents = self._table.get_many(job_arns)
        return {job_arn: _record(document) for job_arn, document in documents.items()}

    def put(self, record: JobRecord) -> JobRecord:
        """Write a record over the version that was read, and return it with its new version.

        Raises
        ------
        VersionConflict, WatchUnavailableException
            As `VersionedTable.put`.
        """
        job = record.job
        written = self._table.put(
            job.arn,
            Document(record.to_json(), record.version),
            readable={"jobName": job.name, "jobStatus": job.status},
            expires_at=self._expires_at(record),
        )
        return replace(record, version=written.version)

    def baseline(self) -> datetime:
        """Return when the watch started: the time of the first call, by any invocation.

        Raises
        ------
        WatchUnavailableException
            As `VersionedTable.get`.
        """
        document = self._table.get(BASELINE)
        if document is None:
            body: dict[str, Any] = {"start": self._now().isoformat()}
            try:
                document = self._table.put(BASELINE, Document(body))
            except VersionConflict:
                return self.baseline()
        return datetime.fromisoformat(document.body["start"])

    def _expires_at(self, record: JobRecord) -> int | None:
        # Pending transitions must not expire before they are published.
        if record.job.status not in TERMINAL or record.pending:
            return None
        ended = parse_timestamp_or_none(record.job.last_change) or self._now()
        return int((ended + self._retention).timestamp())


def _record(document: Document) -> JobRecord:
    return JobRecord.from_json(document.body, document.version)
