"""`make export`: runs the saved queries on exported files, and prints the first rows of each result."""

import argparse
from pathlib import Path
from typing import Any

from local.demonstration.console import Console
from tools.export_queries import run_saved_queries

_MAX_ROWS = 8
_MAX_CELL = 32


def show_queries(console: Console, folder: Path) -> None:
    """Print the result of each saved query on the files of a folder.

    Raises
    ------
    duckdb.Error
        A file cannot be read as the columns of its kind.
    """
    for result in run_saved_queries(folder):
        console.heading(result.title)
        console.table(result.columns, [[_text(cell) for cell in row] for row in result.rows[:_MAX_ROWS]])
        if len(result.rows) > _MAX_ROWS:
            console.line(f"     ... and {len(result.rows) - _MAX_ROWS} more")


def _text(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return text if len(text) <= _MAX_CELL else f"{text[: _MAX_CELL - 3]}..."


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.show_export", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder that `make export` has filled")
    show_queries(Console(), parser.parse_args().folder)
