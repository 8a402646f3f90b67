"""The job board: an HTML table of jobs for the custom widgets of CloudWatch dashboards, in light and dark.

The HTML fragment includes its own style, and needs neither scripts nor other servers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from customization_jobs.errors import Problem
from customization_jobs.jobs import (
    FAILED,
    IN_PROGRESS,
    TERMINAL,
    LimitOf,
    Summary,
    last_change,
)
from customization_jobs.reports.board_cells import (
    MARKS,
    STUCK,
    bar,
    name_cell,
    phases_cell,
    status_mark,
    type_words,
)
from customization_jobs.reports.board_coverage import render_coverage
from customization_jobs.reports.expected_end import ExpectedEndOf, in_words, no_expected_end
from customization_jobs.reports.facts import NO_FACTS, JobFacts
from customization_jobs.reports.frame import framed
from customization_jobs.reports.html import (
    NOTHING,
    chip,
    escape,
    filter_value,
    model,
    pill,
    small,
    text,
)
from customization_jobs.timestamps import format_duration, parse_timestamp_or_none

_COLUMNS = ("Status", "Job", "Phase", "Age / limit", "Type", "Base model")
_FLEET_COLUMNS = ("Account", "Region")
# An age above this share of its limit is highlighted.
_NEAR_LIMIT = 0.8


@dataclass(frozen=True, slots=True)
class Board:
    """Renders boards.

    Parameters
    ----------
    now : datetime
        Ages are measured at this time.
    limit_of : callable
        Returns how many seconds a job may be in progress before it is shown as stuck.
    theme : object
        "light" or "dark"; for any other value the reader's system decides.
    expected_end_of : callable
        Returns when a job in progress is expected to end.
    facts : JobFacts
        Whose the jobs are, and why they failed.
    links : str
        HTML of links to other views.
    """

    now: datetime
    limit_of: LimitOf
    theme: object
    expected_end_of: ExpectedEndOf = no_expected_end
    facts: JobFacts = NO_FACTS
    links: str = ""

    def render_jobs(
        self,
        jobs: Sequence[Summary],
        *,
        filters: Mapping[str, Any],
        more: bool,
        coverage: Mapping[str, Any] | None = None,
    ) -> str:
        """Render jobs in the given order, as an HTML fragment with one root element.

        Parameters
        ----------
        filters : mapping
            The query that selected the jobs.
        more : bool
            Whether further jobs match.
        coverage : mapping or None
            The coverage summary of a fleet. If given, each job has `account` and `region`, which are shown.
        """
        columns = self._columns(of_fleet=coverage is not None)
        rows = "".join(self._row(job, of_fleet=coverage is not None) for job in jobs)
        if not rows:
            none = "No job matches among those that were read in time." if more else "No job matches."
            rows = f'<tr><td class="none" colspan="{len(columns)}">{none}</td></tr>'
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
        styles = ("board.css", "board_coverage.css") if coverage else ("board.css",)
        return self._render(
            f"{self._summary(jobs, filters, more=more)}"
            f"{render_coverage(coverage, self.now) if coverage else ''}"
            f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>',
            styles,
        )

    def render_problem(self, title: str, message: str, problems: Iterable[Problem] = ()) -> str:
        """Render why there is no board: the problem with each parameter, or one message."""
        items = "".join(
            f"<li><b>{escape(each.parameter)}</b>: got {escape(each.sent)}, "
            f"allowed: {escape(each.allowed)}</li>"
            for each in problems
        )
        explanation = f"<ul>{items}</ul>" if items else f"<p>{escape(message)}</p>"
        return self._render(f'<div class="problem"><h2>{escape(title)}</h2>{explanation}</div>')

    def _render(self, content: str, styles: Sequence[str] = ("board.css",)) -> str:
        return framed(self.links + content, self.theme, styles)

    def _summary(self, jobs: Sequence[Summary], filters: Mapping[str, Any], *, more: bool) -> str:
        counts = Counter(text(job.get("status")) for job in jobs)
        stuck = sum(self._is_stuck(job) for job in jobs)
        chips = [chip(STUCK, stuck)] if stuck else []
        order = (*MARKS, *sorted(counts.keys() - MARKS.keys()))
        chips += [chip(status_mark(status), counts[status]) for status in order if status in counts]
        number = f"{len(jobs)} job{'' if len(jobs) == 1 else 's'}"
        facts = [
            f"The newest {number}, there are more" if more and jobs else number,
            *(filter_value(name, value) for name, value in filters.items()),
            f"{self.now.astimezone(UTC):%H:%M:%S} UTC",
        ]
        joined = " \N{MIDDLE DOT} ".join(facts)
        return (
            f'<div class="summary"><span class="chips">{"".join(chips)}</span>'
            f'<span class="facts">{joined}</span></div>'
        )

    def _columns(self, *, of_fleet: bool) -> tuple[str, ...]:
        heading = self.facts.owner_heading
        return (*_COLUMNS, *(_FLEET_COLUMNS if of_fleet else ()), *((heading,) if heading else ()))

    def _row(self, job: Summary, *, of_fleet: bool) -> str:
        is_stuck = self._is_stuck(job)
        status = text(job.get("status"))
        owner = (self.facts.owner(job),) if self.facts.tag else ()
        cells = (
            pill(status_mark(status)) + (pill(STUCK) if is_stuck else ""),
            name_cell(job),
            phases_cell(job, status) + (self.facts.failure(job) if status == FAILED else ""),
            self._age(job, status, is_stuck=is_stuck),
            escape(type_words(job.get("customizationType"))),
            model(job.get("baseModelArn")),
            *(
                f'<span class="source"><bdi>{escape(job.get(name))}</bdi></span>'
                for name in ("account", "region")
                if of_fleet
            ),
            *owner,
        )
        columns = "".join(f"<td>{cell}</td>" for cell in cells)
        return f'<tr class="{"stuck" if is_stuck else ""}">{columns}</tr>'

    def _age(self, job: Summary, status: str, *, is_stuck: bool) -> str:
        created = parse_timestamp_or_none(job.get("creationTime"))
        if created is None:
            return NOTHING
        limit = max(self.limit_of(job), 1)
        if status in TERMINAL:
            return self._age_ended(job, created, limit)
        seconds = max(0.0, (self.now - created).total_seconds())
        share = seconds / limit
        if is_stuck:
            over = f"{format_duration(seconds - limit)} over its limit of {format_duration(limit)}"
            age = bar("over", share) + small(f"<b>{format_duration(seconds)}</b>, {over}")
        else:
            kind = "near" if share > _NEAR_LIMIT else "fine"
            age = bar(kind, share) + small(f"<b>{format_duration(seconds)}</b> of {format_duration(limit)}")
        expected = self.expected_end_of(job, self.now)
        return age + small(escape(in_words(expected, self.now))) if expected else age

    def _age_ended(self, job: Summary, created: datetime, limit: float) -> str:
        # No fallback to the creation time: the job would seem to have taken no time.
        ended = parse_timestamp_or_none(last_change(job.get("endTime"), job.get("lastModifiedTime"), None))
        if ended is None:
            return NOTHING
        seconds = max(0.0, (ended - created).total_seconds())
        ago = format_duration((self.now - ended).total_seconds())
        return bar("past", seconds / limit) + small(f"took {format_duration(seconds)}, ended {ago} ago")

    def _is_stuck(self, job: Summary) -> bool:
        created = parse_timestamp_or_none(job.get("creationTime"))
        if created is None or job.get("status") != IN_PROGRESS:
            return False
        return (self.now - created).total_seconds() > self.limit_of(job)
