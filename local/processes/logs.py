"""Bounds the logs of the processes: at the default speed, the watch alone logs up to 35 MB in an hour."""

import os
import shutil
from pathlib import Path

LARGEST_BYTES = 2_000_000


def rotate(log: Path) -> None:
    """Move the content of a log that is too large to `previous_log`, replacing the one before.

    The process keeps the file open, so its content is copied and the file emptied; a line that is written
    between the two is lost.
    """
    if log.stat().st_size > LARGEST_BYTES:
        shutil.copyfile(log, previous_log(log))
        os.truncate(log, 0)


def previous_log(log: Path) -> Path:
    """Return the path of the content before the last rotation: `watch.1.log` for `watch.log`."""
    return log.with_name(f"{log.stem}.1{log.suffix}")
