"""The totals of one source, which a sweep computes from its pages and the coverage of the source keeps."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from customization_jobs.fleet.coverage import SourceCoverage, State
from customization_jobs.jobs import TERMINAL, LimitOf, Summary
from customization_jobs.listing.malformed import malformed_fields
from customization_jobs.reports.expected_end import ExpectedEndOf, no_expected_end
from customization_jobs.reports.job_totals import JobTotals
from customization_jobs.reports.stored_totals import add_stored, totals_to_json
from customization_jobs.reports.well_formed import end_time

_MALFORMED = "malformed"
# Limits an error's text, which can quote what was stored.
_MAX_ERROR = 200


class TotalsContext(NamedTuple):
    """What totals need besides jobs; see `JobTotals`."""

    limit_of: LimitOf
    statuses: Sequence[str]
    types: Sequence[str]
    expected_end_of: ExpectedEndOf = no_expected_end

    def empty(self, now: datetime) -> JobTotals:
        """Return the totals of no jobs at a time."""
        return JobTotals(now, self.limit_of, self.statuses, self.types, self.expected_end_of)


class SourceTotals:
    """Counts the jobs of one listing of a source, page by page.

    Parameters
    ----------
    now : datetime
        When the listing started: the last 30 days end then.
    retention : timedelta or None
        Jobs that ended longer ago are left out, as they are not recorded: no answer would list them.
    """

    def __init__(self, context: TotalsContext, now: datetime, retention: timedelta | None = None) -> None:
        self._totals = context.empty(now)
        self._now = now
        self._retention = retention
        self._malformed = 0

    @property
    def jobs(self) -> int:
        """Number of well-formed jobs so far."""
        return self._totals.jobs

    def add(self, page: Sequence[Summary]) -> None:
        """Add the jobs of a page, including malformed ones, which are only counted."""
        well_formed = [job for job in page if not malformed_fields(job)]
        self._malformed += len(page) - len(well_formed)
        self._totals.add(job for job in well_formed if not self._has_expired(job))

    def _has_expired(self, job: Summary) -> bool:
        if self._retention is None or job["status"] not in TERMINAL:
            return False
        return self._now - end_time(job) >= self._retention

    def to_json(self) -> dict[str, Any]:
        """Return the totals for `SourceCoverage.totals`: under 25 KB as JSON."""
        malformed = {_MALFORMED: self._malformed} if self._malformed else {}
        return {**totals_to_json(self._totals), **malformed}


class FleetTotals(NamedTuple):
    """The totals of several sources.

    Attributes
    ----------
    malformed : int
        Number of malformed jobs, which the totals leave out.
    sources : list of SourceCoverage
        The given sources. One whose totals are not readable is marked as failed, and the totals leave it out.
    """

    totals: JobTotals
    malformed: int
    sources: list[SourceCoverage]

    @classmethod
    def of(cls, sources: Iterable[SourceCoverage], context: TotalsContext, now: datetime) -> "FleetTotals":
        """Add up the last complete listing of each source that has had one."""
        total, malformed = context.empty(now), 0
        counted: list[SourceCoverage] = []
        for source in sources:
            counted.append(source)
            if source.as_of is None:
                continue
            try:
                totals = context.empty(now)
                add_stored(totals, source.totals)
                malformed += int(source.totals.get(_MALFORMED, 0))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                # One unreadable source must not prevent the figures of the others.
                counted[-1] = _unreadable(source, source.as_of, error)
                continue
            total.merge(totals)
        return cls(total, malformed, counted)


def _unreadable(source: SourceCoverage, since: datetime, error: Exception) -> SourceCoverage:
    reason = (
        f"The totals of the last listing are not readable by this version ({repr(error)[:_MAX_ERROR]}), so "
        "these figures leave out the source. The next sweep that lists it writes them anew."
    )
    return replace(source, state=State.FAILED, since=since, denied_by=None, reason=reason)
