"""The jobs that a listing has read, in 8 bytes each: the ARNs of 100,000 jobs would take 25 MB."""

from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from customization_jobs.listing.identity import arn_of, identifying_text
from customization_jobs.timestamps import parse_timestamp_or_none


class Span(NamedTuple):
    """The earliest and the latest of some creation times."""

    earliest: datetime = datetime.min.replace(tzinfo=UTC)
    latest: datetime = datetime.max.replace(tzinfo=UTC)

    @classmethod
    def of(cls, times: Sequence[datetime | None]) -> "Span":
        """Return the range of creation times. A malformed one can be any time."""
        known = [time for time in times if time]
        return cls(min(known), max(known)) if known and len(known) == len(times) else cls()

    def overlaps(self, other: "Span") -> bool:
        """Whether the ranges have a time in common."""
        return self.earliest <= other.latest and other.earliest <= self.latest

    def including(self, other: "Span") -> "Span":
        """Return the range of both."""
        return Span(min(self.earliest, other.earliest), max(self.latest, other.latest))


class PageKeys(NamedTuple):
    """What a page's jobs are recognized by, in the order of the jobs.

    Attributes
    ----------
    arns : list of str or None
        None if a malformed summary has no ARN.
    keys : list of int
        64 bits that identify a job within this process, by its ARN or by the whole summary.
    times : list of datetime or None
        Creation times; None if malformed.
    span : Span
        The range of the times.
    """

    arns: list[str | None]
    keys: list[int]
    times: list[datetime | None]
    span: Span

    @classmethod
    def of(cls, jobs: Sequence[Any]) -> "PageKeys":
        """Return the keys of a page's jobs."""
        arns = [arn_of(job) for job in jobs]
        keys = [hash(arn or identifying_text(job)) for arn, job in zip(arns, jobs, strict=True)]
        times = [_creation_time(job) for job in jobs]
        return cls(arns, keys, times, Span.of(times))


def _creation_time(job: Any) -> datetime | None:
    return parse_timestamp_or_none(job.get("creationTime")) if isinstance(job, dict) else None


class SeenJobs:
    """A set of jobs. It is searched only for pages whose creation times overlap with its own."""

    def __init__(self) -> None:
        self._keys = array("q")
        self.span: Span | None = None

    def find(self, page: PageKeys) -> set[int]:
        """Return the keys of the page's jobs that the set contains."""
        if self.span is None or not self.span.overlaps(page.span):
            return set()
        return set(page.keys).intersection(self._keys)

    def keys(self) -> frozenset[int]:
        """Return the keys of all jobs."""
        return frozenset(self._keys)

    def add(self, page: PageKeys) -> set[int]:
        """Add the jobs of a page. Return the keys of those that are new."""
        new = set(page.keys) - self.find(page)
        if new:
            self._keys.extend(new)
            self.span = page.span.including(self.span) if self.span else page.span
        return new
