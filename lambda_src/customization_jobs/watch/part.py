"""The jobs that a sweep observes: a share of all, without those that ended long ago and are recorded."""

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from customization_jobs.timestamps import parse_timestamp_or_none

_HASHES = 2**32
_SMALLEST = 1 / 64
# A job that ended longer ago needs no further observation. For a day, every sweep tries to find out why a job
# failed (`claims`); the remaining hour allows for the delay of Bedrock's list.
_CHANGES_FOR = timedelta(hours=25)
# How often all jobs are observed, whenever they ended: a safeguard on which nothing should depend.
_ALL_JOBS_EVERY = timedelta(hours=24)
# The stored times may be this much out of date, which saves writes.
_ACCURACY = timedelta(hours=1)


class Part(NamedTuple):
    """A share of all jobs, by a hash of their keys. Bedrock's order does not matter to it.

    Attributes
    ----------
    start, size : float
        Binary fractions of all hashes. All jobs by default.
    known_until : datetime or None
        Jobs that ended before this time need no observation: a sweep has observed all jobs since then, and
        recorded what they added. Transitions that are still pending are found without observing the job.
    all_at : datetime or None
        When the last sweep began that observed all jobs, whenever they ended.
    listed : bool
        Whether that sweep gave every record a position in the fleet's listing.
    """

    start: float = 0.0
    size: float = 1.0
    known_until: datetime | None = None
    all_at: datetime | None = None
    listed: bool = False

    def contains(self, job_key: str) -> bool:
        """Whether a job belongs to the part."""
        return self.start <= zlib.crc32(job_key.encode()) / _HASHES < self.start + self.size

    def is_known(self, ended: datetime | None) -> bool:
        """Whether a job that ended at a time, None for any other job, needs no observation."""
        return ended is not None and self.known_until is not None and ended < self.known_until

    def at(self, now: datetime, *, listed: bool = False, all_jobs: bool = False) -> "Part":
        """Return the part as a sweep that begins now observes it: once a day, this includes known jobs.

        Parameters
        ----------
        listed : bool
            Whether every record needs a position.
        all_jobs : bool
            Whether all jobs are observed in any case.
        """
        if all_jobs or (listed and not self.listed):
            return self._replace(known_until=None, listed=listed)
        is_due = self.all_at is None or not timedelta(0) <= now - self.all_at < _ALL_JOBS_EVERY
        # A time that no sweep can have stored comes from a wrong clock.
        is_due = is_due or self.known_until is None or self.known_until > now - _CHANGES_FOR
        return self._replace(known_until=None, listed=listed) if is_due else self

    def shorter(self) -> "Part":
        """Return the part for the next sweep if this sweep was cut: the first half of this one."""
        return self._replace(size=max(self.size / 2, _SMALLEST))

    def following(self) -> "Part":
        """Return the part for the next sweep if this sweep observed everything.

        After the last part, the next sweep tries parts of twice the size.
        """
        end = self.start + self.size
        if end < 1:
            return self._replace(start=end)
        return self._replace(start=0.0, size=min(2 * self.size, 1.0))

    def recorded(self, observed: "Part", began: datetime) -> "Part":
        """Return the part for the next sweep if a sweep observed, and recorded, every job that was listed.

        Parameters
        ----------
        observed : Part
            What that sweep observed, as `at` returned it when the sweep began.
        began : datetime
            When it began.
        """
        if observed.size < 1:
            return self
        known_until = began - _CHANGES_FOR
        is_current = self.known_until is not None and known_until - self.known_until < _ACCURACY
        if observed.known_until is None:
            return self._replace(known_until=known_until, all_at=began, listed=observed.listed)
        return self if is_current else self._replace(known_until=known_until)

    def to_json(self) -> dict[str, Any]:
        """Return the form in which the table contains it."""
        times = {"knownUntil": self.known_until, "allAt": self.all_at}
        return {
            "start": self.start,
            "size": self.size,
            **{name: time.isoformat() for name, time in times.items() if time},
            **({"listed": True} if self.listed else {}),
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Part":
        """Read what `to_json` returned. Anything else means all jobs."""
        start, size = written.get("start"), written.get("size")
        if not isinstance(start, float | int) or not isinstance(size, float | int):
            return cls()
        if not (0 <= start < 1 and _SMALLEST <= size <= 1):
            return cls()
        known_until, all_at = (parse_timestamp_or_none(written.get(each)) for each in ("knownUntil", "allAt"))
        return cls(start, size, known_until, all_at, written.get("listed") is True)
