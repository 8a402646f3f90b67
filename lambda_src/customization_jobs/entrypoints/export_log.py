"""Log lines and metrics of the export."""

from aws_lambda_powertools.metrics import MetricUnit

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.export.columns import SNAPSHOTS
from customization_jobs.observability import Metric, Observability

# After a rollback, it can happen that all records are unreadable.
_MAX_LOGGED = 10


class ExportLog:
    """Logs and counts what is exported, and what is not.

    Attributes
    ----------
    logger : Logger
        For further lines.
    """

    def __init__(self, observability: Observability) -> None:
        self._observability = observability
        self._unreadable = 0
        self.logger = observability.logger

    def add_file(self, kind: str, key: str, rows: int) -> None:
        """Log a file that was written, and count its rows. Each row of a `snapshots` file is a snapshot."""
        self.logger.info("Rows exported", kind=kind, key=key, rows=rows)
        if kind == SNAPSHOTS:
            self._observability.emit({}, Metric("SnapshotsExported", MetricUnit.Count, rows))
        else:
            self._observability.emit({"Kind": kind}, Metric("RowsExported", MetricUnit.Count, rows))

    def add_unreadable(self, error: CustomizationJobsError) -> None:
        """Log the first few records of an invocation that are not readable; count all of them."""
        self._unreadable += 1
        if self._unreadable <= _MAX_LOGGED:
            self.logger.warning("A record was not readable", reason=str(error))

    def end(self) -> None:
        """Emit the number of records that were not readable in this invocation."""
        if self._unreadable:
            self._observability.emit({}, Metric("RecordsNotExported", MetricUnit.Count, self._unreadable))
        self._unreadable = 0
