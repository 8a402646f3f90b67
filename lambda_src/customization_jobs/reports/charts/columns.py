"""Stacked columns: what each period consists of."""

from collections.abc import Sequence
from typing import NamedTuple

from customization_jobs.reports.charts.svg import (
    LINE,
    axis,
    chart,
    group,
    label,
    line,
    rectangle,
    text_width,
)

_HEIGHT = 250
_TOP, _BOTTOM = 24, 44
# The last name is wider than its column.
_RIGHT = 20
# Share of the room of a column that it fills.
_FILLED = 0.72
# The lowest part that has room for its number.
_MIN_LABELED = 15


class Part(NamedTuple):
    """A part of a column.

    Attributes
    ----------
    css_class : str
        Its color. Its number is written on it, because not everyone distinguishes colors.
    words : str
        What it counts.
    """

    css_class: str
    words: str
    number: int


class Column(NamedTuple):
    """A column.

    Attributes
    ----------
    name : str
        Written below it.
    note : str
        A second line below it. With a note, the column is drawn as incomplete.
    title : str
        Its tooltip, to which the parts are added.
    parts : sequence of Part
        From the bottom up.
    """

    name: str
    note: str
    title: str
    parts: Sequence[Part]

    @property
    def total(self) -> int:
        """The sum of the parts."""
        return sum(part.number for part in self.parts)


def stacked_columns(columns: Sequence[Column], *, name: str, description: str, width: int) -> str:
    """Draw columns side by side, with an axis, the number of each part, and each total."""
    ticks = axis(max(column.total for column in columns))
    bottom = _HEIGHT - _BOTTOM
    unit = (bottom - _TOP) / ticks[-1]
    left = text_width(f"{ticks[-1]:,}") + 8
    room = (width - left - _RIGHT) / len(columns)
    grid = "".join(
        line(left, bottom - tick * unit, width - _RIGHT, bottom - tick * unit, "grid")
        + label(left - 6, bottom - tick * unit + 4, f"{tick:,}", "soft", "end")
        for tick in ticks
    )
    # Names that would overlap are left out, but never that of the last column.
    every = max(1, -int(-max(text_width(column.name) + 6 for column in columns) // room))
    drawn = "".join(
        _column(
            column,
            middle=left + room * (number + 0.5),
            room=room,
            unit=unit,
            is_named=(len(columns) - 1 - number) % every == 0,
        )
        for number, column in enumerate(columns)
    )
    return chart(width, _HEIGHT, name, description, grid + drawn)


def _column(column: Column, *, middle: float, room: float, unit: float, is_named: bool) -> str:
    below = _HEIGHT - _BOTTOM + LINE
    content = _parts(column, middle, room * _FILLED, unit)
    total = f"{column.total:,}"
    if column.total and text_width(total) <= room:
        content += label(middle, below - LINE - column.total * unit - 5, total, "strong", "middle")
    if is_named:
        content += label(middle, below, column.name, "soft", "middle")
    if column.note:
        content += label(middle, below + LINE, column.note, "strong", "middle")
    counts = ", ".join(f"{part.number:,} {part.words}" for part in column.parts)
    return group(f"{column.title}: {counts}", content, "partial" if column.note else "")


def _parts(column: Column, middle: float, width: float, unit: float) -> str:
    content, top = "", float(_HEIGHT - _BOTTOM)
    for part in filter(lambda part: part.number, column.parts):
        height, number = part.number * unit, f"{part.number:,}"
        top -= height
        content += rectangle(middle - width / 2, top, width, height, part.css_class)
        if height >= _MIN_LABELED and text_width(number) <= width:
            content += label(middle, top + height / 2 + 4, number, f"on-{part.css_class}", "middle")
    return content
