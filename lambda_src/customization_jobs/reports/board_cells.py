"""The cells of the board's rows that depend on a job alone: its status, name, phases and type."""

from collections.abc import Mapping
from datetime import UTC

from customization_jobs.console import console_url
from customization_jobs.jobs import (
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    NOT_STARTED,
    PHASES,
    STOPPED,
    STOPPING,
    Summary,
    phase_details,
)
from customization_jobs.reports.html import NOTHING, Mark, escape, small, text
from customization_jobs.timestamps import parse_timestamp_or_none

_PHASE_WORDS = dict(zip(PHASES, ("Validation", "Data processing", "Training"), strict=True))
# In the order in which they need attention.
MARKS = {
    IN_PROGRESS: Mark("run", "\N{BLACK RIGHT-POINTING TRIANGLE}", "In progress"),
    STOPPING: Mark("warn", "\N{BLACK SQUARE}", "Stopping"),
    FAILED: Mark("bad", "\N{MULTIPLICATION X}", "Failed"),
    COMPLETED: Mark("good", "\N{CHECK MARK}", "Completed"),
    STOPPED: Mark("mute", "\N{BLACK SQUARE}", "Stopped"),
}
STUCK = Mark("bad", "!", "Stuck")
_TYPE_WORDS = {
    "FINE_TUNING": "Fine-tuning",
    "CONTINUED_PRE_TRAINING": "Continued pre-training",
    "REINFORCEMENT_FINE_TUNING": "Reinforcement fine-tuning",
}


def status_mark(status: str) -> Mark:
    """Return how a status is shown, which may be unknown."""
    return MARKS.get(status, Mark("mute", "?", status))


def name_cell(job: Summary) -> str:
    """Return a job's name, which links to the console, and its creation time."""
    name = f"<bdi>{escape(job.get('jobName'))}</bdi>"
    if link := console_url(job.get("jobArn")):
        name = f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer">{name}</a>'
    created = parse_timestamp_or_none(job.get("creationTime"))
    when = f"{created.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if created else job.get("creationTime")
    return f'<span class="name">{name}</span>' + small(f"created {escape(when)}")


def phases_cell(job: Summary, status: str) -> str:
    """Draw the phases as steps, and name the last one that has begun."""
    details = job.get("statusDetails")
    statuses = {phase: _phase_status(details, phase) for phase in PHASES}
    begun = [phase for phase in PHASES if statuses[phase] != NOT_STARTED]
    if not begun:
        return small(NOTHING)
    steps = "".join(
        f'<i class="{"todo" if each == NOT_STARTED else status_mark(each).css_class}"></i>'
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
    return f"{phase}, {status_mark(phase_status).words.lower()}"


def type_words(value: object) -> str:
    """Return a type such as `FINE_TUNING` in words."""
    name = text(value)
    return _TYPE_WORDS.get(name) or (name.replace("_", " ").capitalize() if name.isupper() else name)


def bar(kind: str, share: float) -> str:
    """Draw a share of a limit."""
    width = max(1.0, min(share, 1.0) * 100)
    # No style attribute, which a page's Content-Security-Policy can only allow together with all others.
    return f'<svg class="bar {kind}" aria-hidden="true"><rect width="{width:.1f}%" height="100%"/></svg>'
