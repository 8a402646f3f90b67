"""The table of a digest."""

from collections.abc import Sequence

from customization_jobs.notify.job_event import JobEvent
from customization_jobs.notify.kinds import KINDS
from customization_jobs.notify.plain import cut

_NAME_LENGTH = 40
_CELL_LENGTH = 24


def table(events: Sequence[JobEvent], *, longest: int) -> str:
    """Return aligned rows for the first `longest` events of one kind, and the number of the others.

    Columns that would be empty are left out.
    """
    rows = [("JOB", "WHY", "BASE MODEL", "TIME"), *map(_row, events[:longest])]
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    padded = [[cell.ljust(max(map(len, column))) for cell in column] for column in columns]
    lines = ["  ".join(cells).rstrip() for cells in zip(*padded, strict=True)]
    others = len(events) - longest
    return "\n".join([*lines, *([f"and {others} more"] if others > 0 else [])])


def _row(event: JobEvent) -> tuple[str, str, str, str]:
    summary = KINDS[event.kind].summary(event)
    return (
        cut(event.job_name, _NAME_LENGTH),
        cut(summary, _CELL_LENGTH),
        cut(event.short_model, _CELL_LENGTH),
        event.time,
    )
