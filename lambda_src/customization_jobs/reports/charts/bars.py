"""Horizontal bars: how often each of some things occurred."""

from collections.abc import Sequence
from typing import NamedTuple

from customization_jobs.reports.charts.svg import chart, fitted, group, label, rectangle, text_width

_ROW = 36
_BAR = 9


class Bar(NamedTuple):
    """A bar.

    Attributes
    ----------
    name : str
        May be any text; the tooltip has all of it.
    figures : str
        Written at the end of its line.
    share : float
        Of the longest bar, from 0 to 1.
    """

    name: str
    figures: str
    share: float
    css_class: str


def bars(rows: Sequence[Bar], *, name: str, description: str, width: int) -> str:
    """Draw bars one below the other, each below its name and its figures."""
    drawn = "".join(_bar(row, top=number * _ROW, width=width) for number, row in enumerate(rows))
    return chart(width, len(rows) * _ROW, name, description, drawn)


def _bar(row: Bar, *, top: int, width: int) -> str:
    room = width - text_width(row.figures) - 12
    return group(
        f"{row.name}: {row.figures}",
        label(0, top + 13, fitted(row.name, room))
        + label(width, top + 13, row.figures, "soft", "end")
        + rectangle(0, top + 19, width, _BAR, "track")
        + rectangle(0, top + 19, row.share * width, _BAR, row.css_class),
    )
