"""The job board: an HTML table of jobs for the custom widgets of CloudWatch dashboards, in light and dark.

The HTML fragment includes its own style, and needs neither scripts nor other servers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from customization_jobs.console import console_url
from customization_jobs.errors import Problem
from customization_jobs.jobs import (
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    NOT_STARTED,
    PHASES,
    STOPPED,
    STOPPING,
    TERMINAL,
    LimitOf,
    Summary,
    last_change,
    phase_details,
)
from customization_jobs.reports.expected_end import ExpectedEndOf, in_words, no_expected_end
from customization_jobs.reports.facts import NO_FACTS, JobFacts
from customization_jobs.reports.html import (
    NOTHING,
    Mark,
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
_PHASE_WORDS = dict(zip(PHASES, ("Validation", "Data processing", "Training"), strict=True))
# In the order in which they need attention.
_MARKS = {
    IN_PROGRESS: Mark("run", "\N{BLACK RIGHT-POINTING TRIANGLE}", "In progress"),
    STOPPING: Mark("warn", "\N{BLACK SQUARE}", "Stopping"),
    FAILED: Mark("bad", "\N{MULTIPLICATION X}", "Failed"),
    COMPLETED: Mark("good", "\N{CHECK MARK}", "Completed"),
    STOPPED: Mark("mute", "\N{BLACK SQUARE}", "Stopped"),
}
_STUCK = Mark("bad", "!", "Stuck")
_TYPE_WORDS = {
    "FINE_TUNING": "Fine-tuning",
    "CONTINUED_PRE_TRAINING": "Continued pre-training",
    "REINFORCEMENT_FINE_TUNING": "Reinforcement fine-tuning",
}
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
        How many seconds a job may be in progress before it is shown as stuck.
    theme : object
        "light" or "dark"; for any other value the reader's system decides.
    expected_end_of : callable
        When jobs in progress are expected to end.
    facts : JobFacts
        Whose the jobs are, and why they failed.
    """

    now: datetime
    limit_of: LimitOf
    theme: object
    expected_end_of: ExpectedEndOf = no_expected_end
    facts: JobFacts = NO_FACTS

    def render_jobs(self, jobs: Sequence[Summary], *, filters: Mapping[str, Any], more: bool) -> str:
        """Render jobs in the given order, as an HTML fragment with one root element.

        Parameters
        ----------
        filters : mapping
            The query that selected the jobs.
        more : bool
            Whether further jobs match.
        """
        rows = "".join(self._row(job) for job in jobs)
        if not rows:
            rows = f'<tr><td class="none" colspan="{len(self._columns)}">No job matches.</td></tr>'
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self._columns)
        return self._render(
            f"{self._summary(jobs, filters, more=more)}"
            f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
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

    def _render(self, content: str) -> str:
        theme = self.theme if self.theme in ("light", "dark") else "auto"
        # cwdb-no-default-styles excludes this widget from the dashboard's own style of tables and links.
        style = f"<style>{_stylesheet()}</style>"
        return f'<div class="jobboard {theme} cwdb-no-default-styles">{style}{content}</div>'

    def _summary(self, jobs: Sequence[Summary], filters: Mapping[str, Any], *, more: bool) -> str:
        counts = Counter(text(job.get("status")) for job in jobs)
        stuck = sum(self._is_stuck(job) for job in jobs)
        chips = [chip(_STUCK, stuck)] if stuck else []
        order = (*_MARKS, *sorted(counts.keys() - _MARKS.keys()))
        chips += [chip(_mark(status), counts[status]) for status in order if status in counts]
        number = f"{len(jobs)} job{'' if len(jobs) == 1 else 's'}"
        facts = [
            f"The newest {number}, there are more" if more else number,
            *(filter_value(name, value) for name, value in filters.items()),
            f"{self.now.astimezone(UTC):%H:%M:%S} UTC",
        ]
        joined = " \N{MIDDLE DOT} ".join(facts)
        return (
            f'<div class="summary"><span class="chips">{"".join(chips)}</span>'
            f'<span class="facts">{joined}</span></div>'
        )

    @property
    def _columns(self) -> tuple[str, ...]:
        heading = self.facts.owner_heading
        return (*_COLUMNS, heading) if heading else _COLUMNS

    def _row(self, job: Summary) -> str:
        is_stuck = self._is_stuck(job)
        status = text(job.get("status"))
        owner = (self.facts.owner(job),) if self.facts.tag else ()
        cells = (
            pill(_mark(status)) + (pill(_STUCK) if is_stuck else ""),
            _name(job),
            _phases(job, status) + (self.facts.failure(job) if status == FAILED else ""),
            self._age(job, status, is_stuck=is_stuck),
            escape(_type_words(job.get("customizationType"))),
            model(job.get("baseModelArn")),
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
            age = _bar("over", share) + small(f"<b>{format_duration(seconds)}</b>, {over}")
        else:
            kind = "near" if share > _NEAR_LIMIT else "fine"
            age = _bar(kind, share) + small(f"<b>{format_duration(seconds)}</b> of {format_duration(limit)}")
        expected = self.expected_end_of(job, self.now)
        return age + small(escape(in_words(expected, self.now))) if expected else age

    def _age_ended(self, job: Summary, created: datetime, limit: float) -> str:
        # No fallback to the creation time: the job would seem to have taken no time.
        ended = parse_timestamp_or_none(last_change(job.get("endTime"), job.get("lastModifiedTime"), None))
        if ended is None:
            return NOTHING
        seconds = max(0.0, (ended - created).total_seconds())
        ago = format_duration((self.now - ended).total_seconds())
        return _bar("past", seconds / limit) + small(f"took {format_duration(seconds)}, ended {ago} ago")

    def _is_stuck(self, job: Summary) -> bool:
        created = parse_timestamp_or_none(job.get("creationTime"))
        if created is None or job.get("status") != IN_PROGRESS:
            return False
        return (self.now - created).total_seconds() > self.limit_of(job)


@cache
def _stylesheet() -> str:
    return Path(__file__).with_name("board.css").read_text(encoding="utf-8")


def _mark(status: str) -> Mark:
    return _MARKS.get(status, Mark("mute", "?", status))


def _name(job: Summary) -> str:
    name = f"<bdi>{escape(job.get('jobName'))}</bdi>"
    if link := console_url(job.get("jobArn")):
        name = f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer">{name}</a>'
    created = parse_timestamp_or_none(job.get("creationTime"))
    when = f"{created.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if created else job.get("creationTime")
    return f'<span class="name">{name}</span>' + small(f"created {escape(when)}")


def _phases(job: Summary, status: str) -> str:
    """Draw the phases as steps, and name the last one that has begun."""
    details = job.get("statusDetails")
    statuses = {phase: _phase_status(details, phase) for phase in PHASES}
    begun = [phase for phase in PHASES if statuses[phase] != NOT_STARTED]
    if not begun:
        return small(NOTHING)
    steps = "".join(
        f'<i class="{"todo" if each == NOT_STARTED else _mark(each).css_class}"></i>'
        for each in statuses.values()
    )
    current = begun[-1]
    return f'<div class="steps">{steps}</div>' + small(
        escape(_phase_words(status, _PHASE_WORDS[current], statuses[current]))
    )


def _phase_status(details: object, phase: str) -> str:
    described = details.get(phase_details(phase)) if isinstance(details, Mapping) else None
    return text(described.get("status")) if isinstance(described, Mapping) else NOT_STARTED


def _phase_words(job_status: str, phase: str, phase_status: str) -> str:
    if phase_status == IN_PROGRESS:
        return phase
    if job_status == phase_status == COMPLETED:
        return "All phases"
    return f"{phase}, {_mark(phase_status).words.lower()}"


def _type_words(value: object) -> str:
    """Return a type such as `FINE_TUNING` in words."""
    name = text(value)
    return _TYPE_WORDS.get(name) or (name.replace("_", " ").capitalize() if name.isupper() else name)


def _bar(kind: str, share: float) -> str:
    width = max(1.0, min(share, 1.0) * 100)
    return f'<div class="bar {kind}"><i style="width:{width:.1f}%"></i></div>'
