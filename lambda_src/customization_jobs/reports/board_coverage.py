"""The board's line about the sources of a fleet: how many are listed; which are not, since when and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from customization_jobs.reports.html import Mark, chip, escape
from customization_jobs.timestamps import format_duration, parse_timestamp_or_none

# States of sources that are not listed, in the order in which they need attention.
_MARKS = {
    "denied": Mark("bad", "\N{MULTIPLICATION X}", "denied"),
    "failed": Mark("bad", "!", "failed"),
    "throttled": Mark("warn", "\N{BLACK SQUARE}", "throttled"),
    "late": Mark("warn", "?", "late"),
}
_MAX_REASON = 300


def render_coverage(coverage: Mapping[str, Any], now: datetime) -> str:
    """Render a coverage summary as HTML: a line, and a list of gaps that unfolds.

    Parameters
    ----------
    coverage : mapping
        `complete`, `sources`, `byState`, `oldestAsOf`, `gaps`, `moreGaps`, and `accountsAsOf` if the accounts
        come from AWS Organizations, as the fleet's answers have it.
    """
    number, by_state = coverage["sources"], coverage["byState"]
    css_class, symbol = ("good", "\N{CHECK MARK}") if coverage["complete"] else ("warn", "!")
    listed = Mark(css_class, symbol, f"of {number} source{'' if number == 1 else 's'} listed")
    chips = [chip(listed, by_state["listed"])]
    chips += [chip(mark, by_state[state]) for state, mark in _MARKS.items() if by_state.get(state)]
    oldest = parse_timestamp_or_none(coverage["oldestAsOf"])
    facts = f"oldest listing: {_ago(oldest, now) if oldest else 'none yet'}"
    if accounts_as_of := parse_timestamp_or_none(coverage.get("accountsAsOf")):
        facts += f" \N{MIDDLE DOT} accounts read: {_ago(accounts_as_of, now)}"
    return (
        f'<div class="coverage"><span class="chips">{"".join(chips)}</span>'
        f'<span class="facts">{facts}</span>'
        f"{_gaps(coverage['gaps'], coverage['moreGaps'])}</div>"
    )


def _ago(time: datetime, now: datetime) -> str:
    return f"{format_duration((now - time).total_seconds())} ago"


def _gaps(gaps: Sequence[Mapping[str, Any]], more: int) -> str:
    if not gaps:
        return ""
    items = "".join(f"<li>{_gap(each)}</li>" for each in gaps)
    if more:
        items += f"<li>and {more} more</li>"
    number = len(gaps) + more
    summary = f"{number} source{' is' if number == 1 else 's are'} not listed"
    return f"<details><summary>{summary}</summary><ul>{items}</ul></details>"


def _gap(row: Mapping[str, Any]) -> str:
    source = f"<b>{escape(row['account'])} <bdi>{escape(row['region'])}</bdi></b>"
    parts = [f"{source} {escape(row['state'])} since {escape(row['since'])}"]
    if as_of := row.get("asOf"):
        parts.append(f"last listed {escape(as_of)}")
    if denied_by := row.get("deniedBy"):
        parts.append(f"denied by {escape(denied_by)}")
    if reason := row.get("reason"):
        parts.append(f"<bdi>{escape(str(reason)[:_MAX_REASON])}</bdi>")
    return " \N{MIDDLE DOT} ".join(parts)
