"""Ranges of durations: the median, and how far the 90th and the 99th percentile are above it."""

from collections.abc import Sequence
from typing import NamedTuple

from customization_jobs.reports.charts.svg import (
    REGULAR,
    chart,
    fitted,
    group,
    label,
    line,
    rectangle,
    text_width,
)
from customization_jobs.timestamps import format_duration

_ROW = 60
_BAR = 10
_AXIS = 22
_HOUR = 3600
_DAY = 24 * _HOUR
_STEPS = (60, 300, 900, 1800, _HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 5 * _DAY)
_MAX_TICKS = 4


class Range(NamedTuple):
    """The durations of some jobs, in seconds.

    Attributes
    ----------
    name : str
        May be any text; the tooltip has all of it.
    """

    name: str
    jobs: int
    p50: int
    p90: int
    p99: int

    @property
    def figures(self) -> str:
        """The percentiles in words."""
        return " \N{MIDDLE DOT} ".join(
            f"{name} {format_duration(seconds)}"
            for name, seconds in (("p50", self.p50), ("p90", self.p90), ("p99", self.p99))
        )


def duration_ranges(rows: Sequence[Range], *, name: str, description: str, width: int) -> str:
    """Draw ranges one below the other on one axis that begins at 0, with the figures below each."""
    ticks = _ticks(max(row.p99 for row in rows))
    # Half a line is free for the round mark at the end.
    unit = (width - 12) / ticks[-1]
    height = len(rows) * _ROW
    numbers = "".join(
        label(tick * unit, height + 14, format_duration(tick) if tick else "0", "soft", _anchor(tick, ticks))
        for tick in ticks
    )
    drawn = "".join(
        _grid(top, [tick * unit for tick in ticks]) + _range(row, top=top, unit=unit, width=width)
        for top, row in zip(range(0, height, _ROW), rows, strict=True)
    )
    return chart(width, height + _AXIS, name, description, drawn + numbers)


def _grid(top: int, places: Sequence[float]) -> str:
    """Draw the lines of the axis behind one range, but not behind its texts."""
    return "".join(line(place, top + 19, place, top + 39, "grid") for place in places)


def _range(row: Range, *, top: int, unit: float, width: int) -> str:
    jobs = f"{row.jobs:,} job{'' if row.jobs == 1 else 's'}"
    middle = top + 24 + _BAR / 2
    room = width - text_width(jobs) - 12
    return group(
        f"{row.name}: {row.figures}, {jobs}",
        label(0, top + 14, fitted(row.name, room), "strong")
        + label(width, top + 14, jobs, "soft", "end")
        + line(row.p50 * unit, middle, row.p99 * unit, middle, "reach")
        + rectangle(row.p50 * unit, top + 24, (row.p90 - row.p50) * unit, _BAR, "spread")
        + rectangle(max(row.p50 * unit - 1.5, 0), top + 21, 3, _BAR + 6, "median")
        + line(row.p99 * unit, top + 24, row.p99 * unit, top + 24 + _BAR, "reach")
        + label(0, top + 50, fitted(row.figures, width / REGULAR), "soft"),
    )


def _ticks(maximum: int) -> list[int]:
    step = next((each for each in _STEPS if each * _MAX_TICKS >= maximum), 0)
    if not step:
        days = -(-maximum // (_MAX_TICKS * _DAY))
        step = -(-days // 10) * 10 * _DAY
    return [step * number for number in range(max(-(-maximum // step), 1) + 1)]


def _anchor(tick: int, ticks: Sequence[int]) -> str:
    if tick == 0:
        return "start"
    return "end" if tick == ticks[-1] else "middle"
