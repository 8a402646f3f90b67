"""What the local run prints: plain sentences and aligned tables, in colour on a terminal."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

_WIDTH = 96
_COLOURS = {"Completed": "32", "Failed": "31", "InProgress": "36", "Stopping": "33", "Stopped": "33"}
_INDENT = "   "
_JOB_WIDTH = 33
_WHY_INDENT = " " * 13


class Screen:
    """Prints to `stream`; no colour when that is not a terminal, or `NO_COLOR` is set."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._coloured = self._stream.isatty() and not os.environ.get("NO_COLOR")

    def line(self, text: str = "") -> None:
        """Print one line."""
        print(text.replace("\N{NO-BREAK SPACE}", " "), file=self._stream, flush=True)

    def heading(self, text: str) -> None:
        """Print a heading after an empty line."""
        self.line()
        self.line(self._styled(text, "1"))

    def sent(self, text: str) -> None:
        """Print what was sent, broken where a shell would need a new line."""
        for number, piece in enumerate(_wrapped(text, _WIDTH - len(_INDENT) - 2)):
            self.line(f"{_INDENT}{'>' if not number else ' '} {self._styled(piece, '2')}")

    def received(self, text: str, *, good: bool = True) -> None:
        """Print how it was answered."""
        self.line(f"{_INDENT}< {self._styled(text, '32' if good else '31')}")

    def facts(self, facts: Iterable[tuple[str, object]]) -> None:
        """Print names and values."""
        rows = [(name, str(value)) for name, value in facts]
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows:
            for number, piece in enumerate(_wrapped(value, _WIDTH - len(_INDENT) - width - 4)):
                self.line(f"{_INDENT}  {'' if number else name:<{width}}  {piece}")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows under a header, each column as wide as it needs."""
        widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
        for row in (header, *rows):
            cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
            styles = ["2"] * len(row) if row is header else [_COLOURS.get(cell, "") for cell in row]
            styled = [self._styled(cell, style) for cell, style in zip(cells, styles, strict=True)]
            self.line(f"{_INDENT}  {'  '.join(styled).rstrip()}")

    def jobs(self, jobs: Sequence[Mapping[str, Any]], most: int = 6) -> None:
        """Print the first jobs as a table, and how many more there are."""
        self.table(("CREATED (UTC)", "STATUS", "NAME", "TYPE"), [_row(job) for job in jobs[:most]])
        if len(jobs) > most:
            self.line(f"{_INDENT}  ... and {len(jobs) - most} more")

    def told(self, time: str, job: str, what: str, found: str, *, word: str = "") -> None:
        """Print what happened to a job, and who found it, coloured after `word`."""
        what = self._styled(what, _COLOURS.get(word, ""))
        found = self._styled(found, "1" if "missed" in found else "2")
        self.line(f"{_INDENT}{time}  {job:<{_JOB_WIDTH}}  {what}, {found}")

    def why(self, text: str) -> None:
        """Print the reason of what was told, under it."""
        for piece in _wrapped(text, _WIDTH - len(_WHY_INDENT)):
            self.line(f"{_WHY_INDENT}{self._styled(piece, '2')}")

    def error(self, text: str) -> None:
        """Print what went wrong to standard error."""
        self._stream.flush()
        print(text, file=sys.stderr, flush=True)

    def _styled(self, text: str, style: str) -> str:
        return f"\033[{style}m{text}\033[0m" if self._coloured and style else text


def compact(value: object) -> str:
    """Write JSON on one line, which is broken between members alone."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ":\N{NO-BREAK SPACE}"))


def counts(values: Mapping[str, int]) -> str:
    """Write counts that are not 0, the largest first."""
    ordered = sorted(values.items(), key=lambda item: -item[1])
    # The space within each is one that no line is broken at.
    return ", ".join(f"{count}\N{NO-BREAK SPACE}{name}" for name, count in ordered if count) or "none"


def duration(seconds: float) -> str:
    """Write a duration in its two largest units."""
    minutes = int(seconds // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def _row(job: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        job["creationTime"][:16].replace("T", " "),
        job["status"],
        job["jobName"],
        job.get("customizationType", "-"),
    )


def _wrapped(text: str, width: int) -> Iterable[str]:
    """Break at spaces and before `&`, so that each piece still reads as what it is."""
    piece = ""
    for word in text.replace("&", "\0&").replace(" ", " \0").split("\0"):
        if piece and len(piece) + len(word.rstrip()) > width:
            yield piece.rstrip()
            piece = ""
        piece += word
    yield piece.rstrip()
