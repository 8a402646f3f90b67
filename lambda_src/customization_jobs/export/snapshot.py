"""Exports a snapshot: a row for each job in the table, and finally the row that marks it as complete."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from customization_jobs.aws.table_scan import ScannedPage
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.export.columns import JOBS, SNAPSHOTS
from customization_jobs.export.files import ExportFiles, JsonLines, name_of
from customization_jobs.export.progress import Progress
from customization_jobs.export.rows import job_row

# Limits the memory that a part takes, and the time until the first one is written.
MAX_ROWS = 2000


class Scan(Protocol):
    """The part of `aws.table_scan.TableScan` that is used here."""

    def read(self, start: str | None, *, limit: int) -> ScannedPage:
        """Read the documents that follow a key."""
        ...


class Continuations(Protocol):
    """The part of `aws.queue.Queue` that is used here."""

    def send(self, body: Mapping[str, Any]) -> None:
        """Send a message; raise QueueError if it is not known to be sent."""


class _Part(NamedTuple):
    lines: JsonLines
    unreadable: int
    end: str | None


class SnapshotExport:
    """Writes snapshots.

    Parameters
    ----------
    continuations : Continuations
        Where the progress of a snapshot is sent, for another invocation to continue it.
    owner_tag : str or None
        The tag whose value is the owner of a job. None: rows have no tags.
    on_unreadable : callable
        Called with the error of each record that is not readable. The snapshot has no row for it.
    """

    def __init__(
        self,
        scan: Scan,
        files: ExportFiles,
        continuations: Continuations,
        *,
        owner_tag: str | None,
        on_unreadable: Callable[[WatchUnavailableException], None],
        max_rows: int = MAX_ROWS,
    ) -> None:
        self._scan = scan
        self._files = files
        self._continuations = continuations
        self._owner_tag = owner_tag
        self._on_unreadable = on_unreadable
        self._max_rows = max_rows

    def run(self, progress: Progress, out_of_time: Callable[[], bool]) -> Progress:
        """Write parts until the snapshot is complete, or until the time runs out and its progress is sent.

        Each call reads at least one page. Delivery: at least once. A repeated call writes its rows again,
        under the same names where its parts are the same.

        Parameters
        ----------
        out_of_time : callable
            Checked after each page. Once it returns true, there is only time for two more calls.

        Returns
        -------
        Progress
            Whose `start` is None if the snapshot is complete.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        BucketError, QueueError
            A part, or the progress, is not known to be written.
        """
        while True:
            part = self._read_part(progress, out_of_time)
            if part.lines.rows:
                self._files.write(JOBS, progress.date, _name(progress, part.end), part.lines)
            progress = progress.after(part.end, jobs=part.lines.rows, unreadable=part.unreadable)
            if progress.start is None:
                self._mark_complete(progress)
                return progress
            if out_of_time():
                self._continuations.send({"export": progress.to_json()})
                return progress

    def _read_part(self, progress: Progress, out_of_time: Callable[[], bool]) -> _Part:
        lines, unreadable, start = JsonLines(), 0, progress.start
        while True:
            page = self._scan.read(start, limit=self._max_rows - lines.rows)
            for key, document in page.documents.items():
                row = job_row(key, document, progress.snapshot_at, self._owner_tag)
                if isinstance(row, WatchUnavailableException):
                    unreadable += 1
                    self._on_unreadable(row)
                else:
                    lines.add(row)
            start = page.next_start
            if start is None or lines.rows >= self._max_rows or out_of_time():
                return _Part(lines, unreadable, start)

    def _mark_complete(self, progress: Progress) -> None:
        row = {
            "snapshot_at": progress.snapshot_at,
            "jobs": progress.jobs,
            "unreadable": progress.unreadable,
        }
        self._files.write(SNAPSHOTS, progress.date, _stamp(progress), JsonLines([row]))


def _name(progress: Progress, end: str | None) -> str:
    # Two invocations that run at the same time may cut the jobs differently. They must not replace each
    # other's parts, so the name depends on where the part starts and ends.
    return f"{_stamp(progress)}-{progress.part:05}-{name_of((progress.start or '', end or ''))}"


def _stamp(progress: Progress) -> str:
    return progress.snapshot_at.replace("-", "").replace(":", "")
