"""Answers as CSV (RFC 4180), which people open in spreadsheets."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from customization_jobs.errors import encodable

# A spreadsheet runs a cell that begins with one of these as a formula. The last four are full-width forms.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_FIGURE = ("section", "name", "value")


def table(columns: Sequence[str], rows: Iterable[Any]) -> str:
    """Return a header and a line for each row.

    Parameters
    ----------
    columns : sequence of str
        Paths of names that are joined by dots.
    rows : iterable
        JSON objects. A missing field becomes an empty cell; a row that is no object has only empty cells.
    """
    paths = [each.split(".") for each in columns]
    return _written(columns, ([_at(row, path) for path in paths] for row in rows))


def figures(answer: Mapping[str, Any]) -> str:
    """Return a line for each single value of an answer: its section, its name within that, and the value."""
    lines = (
        (section, ".".join(path), value)
        for section, content in answer.items()
        for path, value in _values(content)
    )
    return _written(_FIGURE, lines)


def _written(header: Sequence[str], lines: Iterable[Iterable[Any]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows(map(_cell, line) for line in lines)
    return file.getvalue()


def _cell(value: Any) -> str:
    """Return a value as text that no spreadsheet takes for a formula. Numbers stay numbers."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return encodable(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
    text = encodable(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _at(row: Any, path: Iterable[str]) -> Any:
    for name in path:
        if not isinstance(row, Mapping):
            return None
        row = row.get(name)
    return row


def _values(content: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each single value with the names that lead to it; items of lists are numbered from 0."""
    if isinstance(content, Mapping):
        items: Iterable[tuple[Any, Any]] = content.items()
    elif isinstance(content, list):
        items = enumerate(content)
    else:
        yield (), content
        return
    for name, below in items:
        for path, value in _values(below):
            yield (str(name), *path), value
