"""The board: jobs as an HTML table that is read at a glance, in light and in dark.

It is made for a custom widget of a CloudWatch dashboard, so it is a fragment that brings its own style, works
without a script and asks nothing of any other server. **Every value is input**: a job's name, a status, an
ARN is whatever Bedrock sent, and goes through `_e` on its way into the page. Markup is what stands in this
file, and numbers that this file made.
"""

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from customization_jobs.console import console_url
from customization_jobs.errors import Problem
from customization_jobs.instants import instant
from customization_jobs.summaries import TERMINAL, LimitOf, Summary

# Shown where Bedrock says nothing.
_NOTHING = "\N{EN DASH}"
_PHASES = (
    ("validationDetails", "Validation"),
    ("dataProcessingDetails", "Data processing"),
    ("trainingDetails", "Training"),
)
# A shape beside the colour: colours alone do not reach everybody. In the order in which they want attention.
_MARKS = {
    "InProgress": ("run", "\N{BLACK RIGHT-POINTING TRIANGLE}", "In progress"),
    "Stopping": ("warn", "\N{BLACK SQUARE}", "Stopping"),
    "Failed": ("bad", "\N{MULTIPLICATION X}", "Failed"),
    "Completed": ("good", "\N{CHECK MARK}", "Completed"),
    "Stopped": ("mute", "\N{BLACK SQUARE}", "Stopped"),
}
_TYPES = {
    "FINE_TUNING": "Fine-tuning",
    "CONTINUED_PRE_TRAINING": "Continued pre-training",
    "REINFORCEMENT_FINE_TUNING": "Reinforcement fine-tuning",
}
_LATE = ("bad", "!", "Stuck")
_NEARLY = 0.8
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

Theme = str


@dataclass(frozen=True, slots=True)
class Board:
    """Makes the HTML of boards.

    Parameters
    ----------
    now : datetime
        The moment that ages are measured at.
    limit_of : callable
        How many seconds a job may be in progress.
    theme : str
        "light" or "dark"; with anything else the reader's own system decides.
    """

    now: datetime
    limit_of: LimitOf
    theme: Theme

    def jobs(self, jobs: Sequence[Summary], *, filters: Mapping[str, Any], more: bool) -> str:
        """Show jobs in the order in which they come.

        Parameters
        ----------
        jobs : sequence of mapping
            Summaries as Bedrock sent them.
        filters : mapping
            What selected them, for the reader to know.
        more : bool
            Whether there are others that are not shown.

        Returns
        -------
        str
            An HTML fragment with one element, in which no value of a job or a filter is markup.
        """
        rows = "".join(self._row(job) for job in jobs)
        if not rows:
            rows = '<tr><td class="none" colspan="6">No job matches.</td></tr>'
        head = "".join(
            f'<th scope="col">{name}</th>'
            for name in ("Status", "Job", "Phase", "Age against its limit", "Type", "Base model")
        )
        return self._wrapped(
            f"{self._summary(jobs, filters, more=more)}"
            f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        )

    def problem(self, title: str, message: str, problems: Iterable[Problem] = ()) -> str:
        """Show why there is no board: what is wrong with each parameter, or one message."""
        listed = "".join(
            f"<li><b>{_e(each.parameter)}</b>: got {_e(each.sent)}, allowed: {_e(each.allowed)}</li>"
            for each in problems
        )
        told = f"<ul>{listed}</ul>" if listed else f"<p>{_e(message)}</p>"
        return self._wrapped(f'<div class="problem"><h2>{_e(title)}</h2>{told}</div>')

    def _wrapped(self, inner: str) -> str:
        theme = self.theme if self.theme in ("light", "dark") else "auto"
        # cwdb-no-default-styles keeps the dashboard's own style of tables and links out of this widget.
        return f'<div class="jobboard {theme} cwdb-no-default-styles"><style>{_STYLE}</style>{inner}</div>'

    def _summary(self, jobs: Sequence[Summary], filters: Mapping[str, Any], *, more: bool) -> str:
        counts = Counter(_text(job.get("status")) for job in jobs)
        stuck = sum(self._late(job) for job in jobs)
        chips = [_chip(_LATE, stuck)] if stuck else []
        # A known status has its place, also where another would count as many.
        order = (*_MARKS, *sorted(counts.keys() - _MARKS.keys()))
        chips += [_chip(_mark(status), counts[status]) for status in order if status in counts]
        number = f"{len(jobs)} job{'' if len(jobs) == 1 else 's'}"
        said = [f"The newest {number}, there are more" if more else number]
        said += [
            f"{_e(name)} <b><bdi>{_e(value.isoformat() if isinstance(value, datetime) else value)}</bdi></b>"
            for name, value in filters.items()
        ]
        told = " \N{MIDDLE DOT} ".join((*said, f"{self.now.astimezone(UTC):%H:%M:%S} UTC"))
        return (
            f'<div class="summary"><span class="chips">{"".join(chips)}</span>'
            f'<span class="said">{told}</span></div>'
        )

    def _row(self, job: Summary) -> str:
        late = self._late(job)
        status = _text(job.get("status"))
        cells = (
            _pill(_mark(status)) + (_pill(_LATE) if late else ""),
            self._name(job),
            _phases(job, status),
            self._age(job, status, late=late),
            _e(_in_words(job.get("customizationType"))),
            _model(job.get("baseModelArn")),
        )
        return f'<tr class="{"late" if late else ""}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'

    def _name(self, job: Summary) -> str:
        name = f"<bdi>{_e(job.get('jobName'))}</bdi>"
        if link := console_url(job.get("jobArn")):
            name = f'<a href="{_e(link)}" target="_blank" rel="noopener noreferrer">{name}</a>'
        created = _moment(job.get("creationTime"))
        told = f"{created.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if created else job.get("creationTime")
        return f'<span class="name">{name}</span><span class="small">created {_e(told)}</span>'

    def _age(self, job: Summary, status: str, *, late: bool) -> str:
        created = _moment(job.get("creationTime"))
        if created is None:
            return _NOTHING
        limit = max(self.limit_of(job), 1)
        ended = _ended(job) if status in TERMINAL else None
        seconds = max(0.0, ((ended or self.now) - created).total_seconds())
        share = seconds / limit
        kind = "past" if status in TERMINAL else "over" if late else "near" if share > _NEARLY else "fine"
        if late:
            over = f"{_duration(seconds - limit)} over its limit of {_duration(limit)}"
            told = f"<b>{_duration(seconds)}</b>, {over}"
        elif status in TERMINAL:
            ago = f", ended {_duration((self.now - ended).total_seconds())} ago" if ended else ""
            told = f"took {_duration(seconds)}{ago}"
        else:
            told = f"<b>{_duration(seconds)}</b> of {_duration(limit)}"
        width = max(1.0, min(share, 1.0) * 100)
        bar = f'<div class="bar {kind}"><i style="width:{width:.1f}%"></i></div>'
        return f'{bar}<span class="small">{told}</span>'

    def _late(self, job: Summary) -> bool:
        created = _moment(job.get("creationTime"))
        if created is None or job.get("status") != "InProgress":
            return False
        return (self.now - created).total_seconds() > self.limit_of(job)


def _e(value: object) -> str:
    """Make any value text of a page, also inside a quoted attribute."""
    return html.escape(_text(value), quote=True)


def _text(value: object) -> str:
    return value if isinstance(value, str) and value else _NOTHING if value in (None, "") else str(value)


def _mark(status: str) -> tuple[str, str, str]:
    return _MARKS.get(status, ("mute", "?", status))


def _pill(mark: tuple[str, str, str]) -> str:
    kind, sign, words = mark
    return f'<span class="pill {kind}"><i>{sign}</i>{_e(words)}</span>'


def _chip(mark: tuple[str, str, str], count: int) -> str:
    kind, sign, words = mark
    return f'<span class="chip {kind}"><i>{sign}</i><b>{count}</b> {_e(words)}</span>'


def _phases(job: Summary, status: str) -> str:
    """Draw the three phases as steps, and name the one that matters now: the last that was begun."""
    details = job.get("statusDetails")
    details = details if isinstance(details, Mapping) else {}
    steps, current = [], None
    for field, name in _PHASES:
        phase = details.get(field)
        of_phase = _text(phase.get("status")) if isinstance(phase, Mapping) else "NotStarted"
        kind = "todo" if of_phase == "NotStarted" else _mark(of_phase)[0]
        steps.append(f'<i class="{kind}"></i>')
        if of_phase != "NotStarted":
            current = (name, of_phase)
    if current is None:
        return f'<span class="small">{_NOTHING}</span>'
    name, of_phase = current
    # "Training" says it all of a job in progress, and of a completed one each phase is.
    told = name if of_phase == "InProgress" else f"{name}, {_mark(of_phase)[2].lower()}"
    if status == "Completed" == of_phase:
        told = "All phases"
    return f'<div class="steps">{"".join(steps)}</div><span class="small">{_e(told)}</span>'


def _model(arn: object) -> str:
    """Name a model by the end of its ARN, which says what it is; the whole ARN is the tooltip."""
    text = _text(arn)
    kind, _, identifier = text.partition("/")
    if kind.endswith(":custom-model"):
        family, _, own = identifier.rpartition("/")
        shown = f'<bdi>{_e(family)}</bdi><span class="small">through custom model <bdi>{_e(own)}</bdi></span>'
    else:
        shown = f"<bdi>{_e(identifier or text)}</bdi>"
    return f'<span class="model" title="{_e(text)}">{shown}</span>'


def _in_words(value: object) -> str:
    """Write `FINE_TUNING` as people do."""
    text = _text(value)
    return _TYPES.get(text) or (text.replace("_", " ").capitalize() if text.isupper() else text)


def _ended(job: Summary) -> datetime | None:
    return _moment(job.get("endTime") or job.get("lastModifiedTime"))


def _moment(value: object) -> datetime | None:
    """Read a time; None where Bedrock sent something else, which must not cost the reader the other jobs."""
    try:
        return instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _duration(seconds: float) -> str:
    """Write a duration in its two largest units."""
    seconds = int(seconds)
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{max(seconds, 0)} s"


_LIGHT = (
    "--text:#16191f;--soft:#5f6b7a;--line:#e9ebed;--hover:#f4f7fa;--link:#0560b6;--track:#e4e8ed;"
    "--run:#0560b6;--run-bg:#e3f0fd;--good:#0e7a2f;--good-bg:#e4f6e8;--bad:#c0161c;--bad-bg:#fdeaea;"
    "--warn:#8a5a00;--warn-bg:#fdf3d8;--mute:#5f6b7a;--mute-bg:#eef0f3;--past:#a9b4c1"
)
_DARK = (
    "--text:#e6e9ee;--soft:#98a5b5;--line:#2b3644;--hover:#1b2532;--link:#6cb6ff;--track:#2b3644;"
    "--run:#6cb6ff;--run-bg:#12304f;--good:#5fd17f;--good-bg:#123a20;--bad:#ff8b8b;--bad-bg:#4a1a1d;"
    "--warn:#f2c14e;--warn-bg:#41330d;--mute:#a7b3c2;--mute-bg:#2a3441;--past:#566577"
)
# Every rule begins with the board's own class: whether a dashboard keeps its widgets apart, AWS does not say.
_STYLE = f"""
.jobboard{{{_LIGHT};color:var(--text);font:13px/1.45 "Amazon Ember","Helvetica Neue",Roboto,Arial,sans-serif}}
.jobboard.dark{{{_DARK}}}
@media (prefers-color-scheme:dark){{.jobboard.auto{{{_DARK}}}}}
.jobboard .summary{{display:flex;flex-wrap:wrap;gap:6px 16px;align-items:center;justify-content:space-between;padding:2px 0 10px}}
.jobboard .chips{{display:flex;flex-wrap:wrap;gap:6px}}
.jobboard .said,.jobboard .small{{color:var(--soft);font-size:12px}}
.jobboard .said b{{color:var(--text);font-weight:600}}
.jobboard .small{{display:block;white-space:nowrap}}
.jobboard .small b{{color:var(--text);font-weight:600}}
.jobboard .chip,.jobboard .pill{{display:inline-flex;align-items:center;gap:5px;border-radius:999px;white-space:nowrap;color:var(--k);background:var(--k-bg)}}
.jobboard .chip{{padding:3px 10px}}
.jobboard .pill{{padding:1px 9px;font-size:12px;font-weight:600;margin:1px 4px 1px 0}}
.jobboard .chip i,.jobboard .pill i{{font-style:normal;font-size:10px;min-width:9px;text-align:center}}
.jobboard .run{{--k:var(--run);--k-bg:var(--run-bg)}}
.jobboard .good{{--k:var(--good);--k-bg:var(--good-bg)}}
.jobboard .bad{{--k:var(--bad);--k-bg:var(--bad-bg)}}
.jobboard .warn{{--k:var(--warn);--k-bg:var(--warn-bg)}}
.jobboard .mute{{--k:var(--mute);--k-bg:var(--mute-bg)}}
.jobboard .todo{{--k:var(--track)}}
.jobboard .scroll{{overflow-x:auto}}
.jobboard table{{border-collapse:collapse;width:100%;text-align:left}}
.jobboard th{{padding:6px 14px 6px 0;color:var(--soft);font-size:12px;font-weight:600;white-space:nowrap;border-bottom:1px solid var(--line)}}
.jobboard td{{padding:8px 14px 8px 0;vertical-align:top;border-bottom:1px solid var(--line)}}
.jobboard tbody tr:last-child td{{border-bottom:0}}
.jobboard th:first-child,.jobboard td:first-child{{padding-left:10px}}
.jobboard tbody tr:hover{{background:var(--hover)}}
.jobboard tr.late td:first-child{{box-shadow:inset 3px 0 0 var(--bad)}}
.jobboard th:first-child,.jobboard th:nth-child(3){{width:1%}}
.jobboard .none{{padding:28px 0;text-align:center;color:var(--soft)}}
.jobboard a{{color:var(--link);text-decoration:none}}
.jobboard a:hover{{text-decoration:underline}}
.jobboard .name{{display:block;font-weight:600;overflow-wrap:anywhere;min-width:190px}}
.jobboard .model{{display:block;overflow-wrap:anywhere;min-width:150px}}
.jobboard .steps{{display:flex;gap:3px;width:96px;padding:7px 0 4px}}
.jobboard .steps i{{flex:1;height:5px;border-radius:3px;background:var(--k)}}
.jobboard .bar{{height:7px;margin:6px 0 4px;min-width:150px;border-radius:4px;background:var(--track);overflow:hidden}}
.jobboard .bar i{{display:block;height:100%;border-radius:4px;background:var(--run)}}
.jobboard .bar+.small{{white-space:normal}}
.jobboard .bar.near i{{background:var(--warn)}}
.jobboard .bar.over i{{background:var(--bad)}}
.jobboard .bar.past i{{background:var(--past)}}
.jobboard .problem{{padding:12px 16px;border-radius:8px;border-left:4px solid var(--bad);background:var(--bad-bg)}}
.jobboard .problem h2{{margin:0 0 4px;font-size:14px;color:var(--bad)}}
.jobboard .problem p{{margin:0;overflow-wrap:anywhere}}
.jobboard .problem ul{{margin:4px 0 0;padding-left:18px}}
.jobboard .problem li{{overflow-wrap:anywhere}}
"""  # noqa: E501 - a rule a line
