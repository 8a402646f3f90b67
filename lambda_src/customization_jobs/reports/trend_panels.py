"""The panels of the trends: a heading, a chart, and a table of its figures."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from customization_jobs.failure_categories import Category
from customization_jobs.jobs import COMPLETED, FAILED, STOPPED
from customization_jobs.reports.board_cells import status_mark, type_words
from customization_jobs.reports.charts.bars import Bar, bars
from customization_jobs.reports.charts.columns import Column, Part, stacked_columns
from customization_jobs.reports.charts.ranges import Range, duration_ranges
from customization_jobs.reports.html import escape
from customization_jobs.timestamps import format_duration, parse_timestamp

# From the bottom of a column up.
_STATUSES = (COMPLETED, FAILED, STOPPED)
_SO_FAR = "so far"


def weeks_panel(trends: Mapping[str, Any], width: int) -> str:
    """Show how many jobs ended in each week, by their final status."""
    heading = "Jobs that ended, by week and status"
    since = parse_timestamp(trends["since"])
    weeks = [
        (name, since + timedelta(weeks=number), counts)
        for number, (name, counts) in enumerate(trends["byWeek"].items())
    ]
    if not any(sum(counts.values()) for _, _, counts in weeks):
        return _panel(heading, _nothing("No job ended in these weeks."), css_class="wide")
    drawn = stacked_columns(
        [_column(start, counts, is_current=name == trends["currentWeek"]) for name, start, counts in weeks],
        name=heading,
        description="A column for each ISO week in UTC. From the bottom up: completed, failed, stopped. "
        "The last week is not over.",
        width=width,
    )
    rows = [
        (
            f"{name}{f', {_SO_FAR}' if name == trends['currentWeek'] else ''}",
            f"{start:%Y-%m-%d}",
            *(f"{counts[status]:,}" for status in _STATUSES),
        )
        for name, start, counts in weeks
    ]
    table = _table(("ISO week", "Monday", *map(_words, _STATUSES)), rows)
    legend = "".join(
        f'<span class="key"><i class="{_css(each)}"></i>{_words(each)}</span>' for each in _STATUSES
    )
    legend += "<span>(from the bottom up)</span>"
    return _panel(heading, f'<div class="legend">{legend}</div>{drawn}{table}', css_class="wide")


def durations_panel(trends: Mapping[str, Any], width: int) -> str:
    """Show how long completed jobs took, by customization type."""
    heading = "How long completed jobs took, by type"
    found = {name: each for name, each in trends["completedDurationSeconds"].items() if each["jobs"]}
    if not found:
        return _panel(heading, _nothing("No job completed in these weeks."))
    rows = [
        Range(type_words(name), each["jobs"], each["p50"], each["p90"], each["p99"])
        for name, each in sorted(found.items(), key=lambda item: -item[1]["jobs"])
    ]
    drawn = duration_ranges(
        rows,
        name=heading,
        description="From the median (p50, the upright mark) to the 90th percentile (the bar) and the 99th "
        "(the line), within 1 %.",
        width=width,
    )
    table = _table(
        ("Type", "Jobs", "p50", "p90", "p99"),
        [(row.name, f"{row.jobs:,}", *map(format_duration, (row.p50, row.p90, row.p99))) for row in rows],
    )
    return _panel(heading, drawn + table)


def failures_panel(trends: Mapping[str, Any], width: int) -> str:
    """Show why jobs failed."""
    heading = "Why jobs failed"
    failures = trends["failures"]
    counts = {name: number for name, number in failures["byCategory"].items() if number}
    failed = sum(counts.values())
    if not failed:
        return _panel(heading, _nothing("No job failed in these weeks."))
    # What is unknown comes last.
    ordered = sorted(counts.items(), key=lambda item: (item[0] == Category.UNKNOWN, -item[1], item[0]))
    most = max(counts.values())
    drawn = bars(
        [
            Bar(
                _category(name),
                f"{number:,} \N{MIDDLE DOT} {number / failed:.0%}",
                number / most,
                "unknown" if name == Category.UNKNOWN else "bad",
            )
            for name, number in ordered
        ],
        name=heading,
        description="A bar for each category, with the number of failed jobs and their share.",
        width=width,
    )
    table = _table(
        ("Category", "Failed jobs"), [(_category(name), f"{number:,}") for name, number in ordered]
    )
    return _panel(heading, drawn + _not_recorded(failures) + table)


def _column(start: datetime, counts: Mapping[str, int], *, is_current: bool) -> Column:
    parts = [Part(_css(status), _words(status).lower(), counts[status]) for status in _STATUSES]
    name = f"{start.day} {start:%b}"
    return Column(name, _SO_FAR if is_current else "", f"Week from {start:%Y-%m-%d}", parts)


def _not_recorded(failures: Mapping[str, Any]) -> str:
    number = failures["notRecorded"]
    if not number:
        return ""
    what = f"{number:,} of the unknown: "
    reason = (
        "no reason is on record, as for jobs that failed before the watch started."
        if failures["recordsRead"]
        else "the table of the watch, if there is one, could not be read in time."
    )
    return f'<p class="small-note">{what}{reason}</p>'


def _panel(heading: str, content: str, css_class: str = "") -> str:
    return f'<section class="panel {css_class}"><h2>{escape(heading)}</h2>{content}</section>'


def _nothing(words: str) -> str:
    return f'<p class="none">{escape(words)}</p>'


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the figures for those who do not see the chart, or want to copy them."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(
        f"<tr>{''.join(f'<td><bdi>{escape(cell)}</bdi></td>' for cell in row)}</tr>" for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<details><summary>Figures</summary><div class="scroll">{table}</div></details>'


def _words(status: str) -> str:
    return status_mark(status).words


def _css(status: str) -> str:
    return f"part-{status_mark(status).css_class}"


def _category(name: str) -> str:
    return name.replace("-", " ").capitalize()
