"""The console: sentences and aligned tables, in color on a terminal."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

_WIDTH = 96
_COLORS = {"Completed": "32", "Failed": "31", "InProgress": "36", "Stopping": "33", "Stopped": "33"}
_INDENT = "   "
_JOB_WIDTH = 33
_SOURCE_WIDTH = 20
_DETAIL_INDENT = " " * 13


class Console:
    """Prints to `stream`, without color if it is not a terminal or `NO_COLOR` is set."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colored = self._stream.isatty() and not os.environ.get("NO_COLOR")

    def line(self, text: str = "") -> None:
        """Print one line."""
        print(text.replace("\N{NO-BREAK SPACE}", " "), file=self._stream, flush=True)

    def heading(self, text: str) -> None:
        """Print a heading after an empty line."""
        self.line()
        self.line(self._styled(text, "1"))

    def sent(self, text: str) -> None:
        """Print a request, wrapped between its members or parameters."""
        for number, piece in enumerate(_wrapped(text, _WIDTH - len(_INDENT) - 2)):
            self.line(f"{_INDENT}{'>' if not number else ' '} {self._styled(piece, '2')}")

    def received(self, text: str, *, ok: bool = True) -> None:
        """Print a response."""
        self.line(f"{_INDENT}< {self._styled(text, '32' if ok else '31')}")

    def facts(self, facts: Iterable[tuple[str, object]]) -> None:
        """Print names and values."""
        rows = [(name, str(value)) for name, value in facts]
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows:
            for number, piece in enumerate(_wrapped(value, _WIDTH - len(_INDENT) - width - 4)):
                self.line(f"{_INDENT}  {'' if number else name:<{width}}  {piece}")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows under a header, with aligned columns."""
        widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
        for row in (header, *rows):
            cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
            styles = ["2"] * len(row) if row is header else [_COLORS.get(cell, "") for cell in row]
            styled = [self._styled(cell, style) for cell, style in zip(cells, styles, strict=True)]
            self.line(f"{_INDENT}  {'  '.join(styled).rstrip()}")

    def jobs(self, jobs: Sequence[Mapping[str, Any]], limit: int = 6) -> None:
        """Print the first jobs as a table, and the number of further ones."""
        self.table(("CREATED (UTC)", "STATUS", "NAME", "TYPE"), [_row(job) for job in jobs[:limit]])
        if len(jobs) > limit:
            self.line(f"{_INDENT}  ... and {len(jobs) - limit} more")

    def transition(
        self, time: str, job: str, description: str, origin: str, *, status: str, source: str = ""
    ) -> None:
        """Print a transition of a job, in the color of its status. An empty source or origin is left out."""
        description = self._styled(description, _COLORS.get(status, ""))
        origin = f", {self._styled(origin, '1' if 'missed' in origin else '2')}" if origin else ""
        source = f"{source:<{_SOURCE_WIDTH}}" if source else ""
        self.line(f"{_INDENT}{time}  {source}{job:<{_JOB_WIDTH}}  {description}{origin}")

    def detail(self, text: str) -> None:
        """Print a detail of the transition above it."""
        for piece in _wrapped(text, _WIDTH - len(_DETAIL_INDENT)):
            self.line(f"{_DETAIL_INDENT}{self._styled(piece, '2')}")

    def error(self, text: str) -> None:
        """Print to standard error."""
        self._stream.flush()
        print(text, file=sys.stderr, flush=True)

    def _styled(self, text: str, style: str) -> str:
        return f"\033[{style}m{text}\033[0m" if self._colored and style else text


def _row(job: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        job["creationTime"][:16].replace("T", " "),
        job["status"],
        job["jobName"],
        job.get("customizationType", "-"),
    )


def _wrapped(text: str, width: int) -> Iterable[str]:
    """Wrap at spaces and before `&`."""
    piece = ""
    for word in text.replace("&", "\0&").replace(" ", " \0").split("\0"):
        if piece and len(piece) + len(word.rstrip()) > width:
            yield piece.rstrip()
            piece = ""
        piece += word
    yield piece.rstrip()
