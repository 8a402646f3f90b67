"""The trends as a view: three charts, each with a table of its figures, in light and dark."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from customization_jobs.jobs import COMPLETED, FAILED
from customization_jobs.reports.board_cells import MARKS, status_mark
from customization_jobs.reports.frame import framed
from customization_jobs.reports.html import chip, filter_value
from customization_jobs.reports.trend_panels import durations_panel, failures_panel, weeks_panel
from customization_jobs.timestamps import parse_timestamp

_STYLES = ("board.css", "trends.css")
# The narrowest widget that AWS allows has some 100 pixels less than this, and scrolls.
_MIN_WIDTH, _MAX_WIDTH = 320, 1280
# From this width on, two charts are side by side.
_TWO_COLUMNS = 820
_GAP = 32


def render_trends(
    trends: Mapping[str, Any], *, filters: Mapping[str, Any], theme: object, width: int, links: str
) -> str:
    """Render an answer of `TrendsReport`.

    Parameters
    ----------
    filters : mapping
        The query that selected the jobs.
    theme : object
        As for `framed`.
    width : int
        Of the available room, in pixels.
    links : str
        HTML of links to other views.
    """
    width = min(max(width, _MIN_WIDTH), _MAX_WIDTH)
    half = (width - _GAP) // 2 if width >= _TWO_COLUMNS else width
    panels = weeks_panel(trends, width) + durations_panel(trends, half) + failures_panel(trends, half)
    content = f'{_summary(trends, filters)}{_notes(trends)}<div class="panels">{panels}</div>'
    return framed(links + content, theme, _STYLES)


def _summary(trends: Mapping[str, Any], filters: Mapping[str, Any]) -> str:
    counts: Counter[str] = Counter()
    for week in trends["byWeek"].values():
        counts.update(week)
    ended = counts.total()
    chips = "".join(chip(status_mark(status), counts[status]) for status in MARKS if counts[status])
    as_of = parse_timestamp(trends["asOf"])
    since = f"<b>{parse_timestamp(trends['since']):%Y-%m-%d}</b>"
    facts = [
        f"{ended:,} job{'' if ended == 1 else 's'} ended since {since}",
        *_success_rate(counts),
        *(filter_value(name, value) for name, value in filters.items()),
        f"{as_of:%H:%M:%S} UTC",
    ]
    joined = " \N{MIDDLE DOT} ".join(facts)
    return f'<div class="summary"><span class="chips">{chips}</span><span class="facts">{joined}</span></div>'


def _success_rate(counts: Counter[str]) -> list[str]:
    # As in the overview: stopping a job is a decision, not a result.
    decided = counts[COMPLETED] + counts[FAILED]
    return [f"success rate <b>{counts[COMPLETED] / decided:.0%}</b>"] if decided else []


def _notes(trends: Mapping[str, Any]) -> str:
    notes = []
    if not trends["complete"]:
        notes.append(
            f"<b>Incomplete:</b> time ran out after {trends['jobs']:,} jobs, and there are more. "
            "All figures are of these jobs alone. Filters select fewer jobs."
        )
    if malformed := trends.get("malformed"):
        notes.append(f"{malformed:,} jobs are left out, because Bedrock sent them malformed.")
    return "".join(f'<p class="note">{note}</p>' for note in notes)
