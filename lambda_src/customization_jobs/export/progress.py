"""How far a snapshot has come: what the next invocation needs to continue it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from customization_jobs.errors import ValidationException, cut
from customization_jobs.timestamps import format_milliseconds, parse_strict_timestamp

_SNAPSHOT, _START = "snapshot", "startKey"
_COUNTS = ("part", "jobs", "unreadable")


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a snapshot.

    Attributes
    ----------
    scheduled : datetime
        The time for which the snapshot was scheduled, which identifies it.
    start : str or None
        The key after which the next part starts; None at the beginning.
    part, jobs, unreadable : int
        How many parts are written, how many rows they have, and how many records were not readable.
    """

    scheduled: datetime
    start: str | None = None
    part: int = 0
    jobs: int = 0
    unreadable: int = 0

    @property
    def snapshot_at(self) -> str:
        """The time of the snapshot, as rows contain it."""
        return format_milliseconds(self.scheduled)

    @property
    def date(self) -> str:
        """The day of the snapshot in UTC."""
        return self.snapshot_at.partition("T")[0]

    def after(self, start: str | None, *, jobs: int, unreadable: int) -> "Progress":
        """Return the progress after a part."""
        return replace(
            self,
            start=start,
            part=self.part + bool(jobs),
            jobs=self.jobs + jobs,
            unreadable=self.unreadable + unreadable,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            _SNAPSHOT: self.snapshot_at,
            **{name: getattr(self, name) for name in _COUNTS},
            **({} if self.start is None else {_START: self.start}),
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Progress":
        """Read what `to_json` returned, or the input of the schedule, which has `snapshot` alone.

        Raises
        ------
        ValidationException
            The input is anything else; the message says what is allowed.
        """
        unknown = sorted(given.keys() - {_SNAPSHOT, _START, *_COUNTS})
        if unknown:
            raise ValidationException(
                f"export has {cut(unknown[0])!r}; allowed: {', '.join((_SNAPSHOT, *_COUNTS, _START))}."
            )
        counts = {name: given.get(name, 0) for name in _COUNTS}
        for name, count in counts.items():
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise ValidationException(f"export.{name} is {_shown(count)}; allowed: a whole number.")
        start = given.get(_START)
        if start is not None and not (isinstance(start, str) and start):
            raise ValidationException(f"export.{_START} is {_shown(start)}; allowed: the key of a document.")
        return cls(_scheduled(given.get(_SNAPSHOT)), start, **counts)


def _scheduled(value: Any) -> datetime:
    try:
        return parse_strict_timestamp(value if isinstance(value, str) else "")
    except ValueError as error:
        raise ValidationException(
            f"export.{_SNAPSHOT} is {_shown(value)}; allowed: an ISO 8601 time with a zone, such as "
            "2026-03-01T03:00:00Z."
        ) from error


def _shown(value: Any) -> str:
    return cut(repr(value))
