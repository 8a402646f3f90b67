"""Selects jobs by the inputs that Bedrock lacks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from customization_jobs.failure_categories import Category
from customization_jobs.jobs import FAILED, IN_PROGRESS, TERMINAL, Summary
from customization_jobs.limits import Limits
from customization_jobs.listing import filter_inputs as names
from customization_jobs.timestamps import FIRST_YEAR, parse_timestamp_or_none

# Widens a bound that is sent to Bedrock, which does not document whether its bounds are inclusive.
_MARGIN = timedelta(milliseconds=1)
# A job can end while the tokens of a query are followed, after the time of the first page.
_LONGEST_WALK = timedelta(days=1)
_BY_FACTS = (names.FAILURE_CATEGORY, names.TAG)
_BY_TIME = (names.STUCK, names.DURATION_AT_LEAST, names.DURATION_AT_MOST)


class JobFacts(NamedTuple):
    """What the watch's table knows of a job, and Bedrock's list does not; None if it is not known."""

    failure_category: str | None = None
    tags: Mapping[str, str] | None = None


class Bounds(NamedTuple):
    """Bounds of creation times; None for no bound."""

    after: datetime | None = None
    before: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no time is within them. Bedrock does not document whether equal bounds include a time."""
        return self.after is not None and self.before is not None and self.after > self.before

    def within(self, other: "Bounds") -> "Bounds":
        """Return the bounds of the times that are within both."""
        after = [each.after for each in (self, other) if each.after]
        before = [each.before for each in (self, other) if each.before]
        return Bounds(max(after, default=None), min(before, default=None))


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of a query. Every one must match.

    A job does not match a filter on something that it does not have, or that is malformed. Both bounds of a
    time exclude the time itself, both bounds of a duration include it.

    Attributes
    ----------
    given : mapping
        What the inputs of `filter_inputs` have parsed, by name, with relative times resolved.
    as_of : datetime
        The time of the query's first page, until which the duration of a job that has not ended is measured.
    """

    given: Mapping[str, Any]
    as_of: datetime
    limits: Limits

    @property
    def needs_facts(self) -> bool:
        """Whether a job must also pass `matches_facts`."""
        return any(name in self.given for name in _BY_FACTS)

    @property
    def depends_on_time(self) -> bool:
        """Whether what matches depends on `as_of`."""
        return any(name in self.given for name in _BY_TIME)

    @property
    def statuses(self) -> frozenset[str] | None:
        """The statuses that matching jobs can have; None for any."""
        required: list[frozenset[str]] = []
        if names.STATUS in self.given:
            required.append(self.given[names.STATUS])
        if self.given.get(names.STUCK):
            required.append(frozenset({IN_PROGRESS}))
        if names.FAILURE_CATEGORY in self.given:
            required.append(frozenset({FAILED}))
        return frozenset.intersection(*required) if required else None

    @property
    def bounds(self) -> Bounds:
        """The creation times that matching jobs can have: a job is created before it is modified, or ends."""
        given = self.given
        before = [given[name] for name in (names.LAST_MODIFIED_BEFORE, names.ENDED_BEFORE) if name in given]
        after = []
        if given.get(names.STUCK):
            before.append(self.as_of - timedelta(seconds=self.limits.shortest) + _MARGIN)
        if names.DURATION_AT_LEAST in given:
            before.append(self.as_of - given[names.DURATION_AT_LEAST] + _LONGEST_WALK)
        if names.DURATION_AT_MOST in given and names.ENDED_AFTER in given:
            after.append(given[names.ENDED_AFTER] - given[names.DURATION_AT_MOST] - _MARGIN)
        # Bedrock refuses earlier years.
        after = [each for each in after if each.year >= FIRST_YEAR]
        return Bounds(max(after, default=None), min(before, default=None))

    def matches(self, job: Summary) -> bool:
        """Whether a job matches, as far as its summary decides."""
        return isinstance(job, Mapping) and all(
            test(self, job, self.given[name]) for name, test in _TESTS.items() if name in self.given
        )

    def matches_facts(self, job: Summary, facts: JobFacts) -> bool:
        """Whether a job that `matches` also matches by what the watch's table knows of it."""
        categories = self.given.get(names.FAILURE_CATEGORY)
        if categories is not None:
            category = facts.failure_category or Category.UNKNOWN
            if job.get("status") != FAILED or category not in categories:
                return False
        return all(_has_tag(facts.tags or {}, tag) for tag in self.given.get(names.TAG, ()))


def _is_stuck(filters: Filters, job: Summary) -> bool | None:
    """Whether a job is stuck; None if that is not known."""
    status, created = job.get("status"), _time(job, "creationTime")
    if not isinstance(status, str):
        return None
    if status != IN_PROGRESS:
        return False
    if created is None:
        return None
    return (filters.as_of - created).total_seconds() > filters.limits.of_summary(job)


def _duration(filters: Filters, job: Summary) -> timedelta | None:
    created = _time(job, "creationTime")
    status = job.get("status")
    until = _ended(job) if status in TERMINAL else filters.as_of if isinstance(status, str) else None
    return until - created if created and until else None


def _is_at_least(duration: timedelta | None, shortest: timedelta) -> bool:
    return duration is not None and duration >= shortest


def _is_at_most(duration: timedelta | None, longest: timedelta) -> bool:
    return duration is not None and duration <= longest


def _time(job: Summary, name: str) -> datetime | None:
    return parse_timestamp_or_none(job.get(name))


def _ended(job: Summary) -> datetime | None:
    if job.get("status") not in TERMINAL:
        return None
    # Bedrock may leave out `endTime`.
    return _time(job, "endTime") or _time(job, "lastModifiedTime")


def _text(job: Summary, name: str) -> str:
    text = job.get(name)
    return text if isinstance(text, str) else ""


def _has_tag(tags: Mapping[str, str], tag: str) -> bool:
    # Keys can contain =, so every split counts.
    return tag in tags or any(f"{key}={value}" == tag for key, value in tags.items())


def _is_after(time: datetime | None, bound: datetime) -> bool:
    return time is not None and time > bound


def _is_before(time: datetime | None, bound: datetime) -> bool:
    return time is not None and time < bound


_TESTS: Mapping[str, Callable[[Filters, Summary, Any], bool]] = {
    names.STATUS: lambda _, job, statuses: _text(job, "status") in statuses,
    names.CUSTOMIZATION_TYPE: lambda _, job, types: _text(job, "customizationType") in types,
    names.BASE_MODEL: lambda _, job, part: part in _text(job, "baseModelArn"),
    names.OUTPUT_MODEL: lambda _, job, part: (
        part in _text(job, "customModelArn") or part in _text(job, "customModelName")
    ),
    names.LAST_MODIFIED_AFTER: lambda _, job, bound: _is_after(_time(job, "lastModifiedTime"), bound),
    names.LAST_MODIFIED_BEFORE: lambda _, job, bound: _is_before(_time(job, "lastModifiedTime"), bound),
    names.ENDED_AFTER: lambda _, job, bound: _is_after(_ended(job), bound),
    names.ENDED_BEFORE: lambda _, job, bound: _is_before(_ended(job), bound),
    names.DURATION_AT_LEAST: lambda filters, job, bound: _is_at_least(_duration(filters, job), bound),
    names.DURATION_AT_MOST: lambda filters, job, bound: _is_at_most(_duration(filters, job), bound),
    names.STUCK: lambda filters, job, wanted: _is_stuck(filters, job) is wanted,
}
