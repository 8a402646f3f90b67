"""Creates what exports transitions and snapshots."""

from collections.abc import Callable

from customization_jobs.aws.bucket import Bucket
from customization_jobs.aws.clients import create_client
from customization_jobs.aws.queue import Queue
from customization_jobs.aws.table import VersionedTable
from customization_jobs.aws.table_scan import TableScan
from customization_jobs.entrypoints.export import ExportEntryPoint
from customization_jobs.entrypoints.export_log import ExportLog
from customization_jobs.errors import UnknownEventException
from customization_jobs.export.files import ExportFiles
from customization_jobs.export.snapshot import SnapshotExport
from customization_jobs.export.transitions import TransitionExport
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.watch.records import NO_JOB


def create_export(
    settings: Settings, observability: Observability, documents: Callable[[], VersionedTable]
) -> ExportEntryPoint:
    """Create the entry point of the export function.

    Parameters
    ----------
    documents : callable
        Opens the table.

    Raises
    ------
    UnknownEventException
        The function does not export.
    """
    if settings.export_bucket is None or settings.export_queue_url is None:
        raise UnknownEventException(
            "This function exports nothing: EXPORT_BUCKET is not set. Send exports, the events of the watch, "
            "and the records of their queue, to the export function."
        )
    log = ExportLog(observability)
    files = ExportFiles(Bucket(create_client(settings, "s3"), settings.export_bucket), log.add_file)
    snapshots = SnapshotExport(
        TableScan(documents(), without_prefix=NO_JOB),
        files,
        Queue(create_client(settings, "sqs"), settings.export_queue_url),
        owner_tag=settings.owner_tag,
        on_unreadable=log.add_unreadable,
    )
    return ExportEntryPoint(TransitionExport(files), snapshots, log, call_seconds=settings.call_seconds)
