"""The part of all jobs that a sweep observes, so that sweeps that are cut go on where the last one ended."""

import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

_HASHES = 2**32
_SMALLEST = 1 / 64


class Part(NamedTuple):
    """A share of all jobs, by a hash of their ARNs. Bedrock's order does not matter to it.

    Attributes
    ----------
    start, size : float
        Binary fractions of all hashes. All jobs by default.
    """

    start: float = 0.0
    size: float = 1.0

    def contains(self, job_arn: str) -> bool:
        """Whether a job belongs to the part."""
        return self.start <= zlib.crc32(job_arn.encode()) / _HASHES < self.start + self.size

    def shorter(self) -> "Part":
        """Return the part for the next sweep if this sweep was cut: the first half of this one."""
        return self._replace(size=max(self.size / 2, _SMALLEST))

    def following(self) -> "Part":
        """Return the part for the next sweep if this sweep observed everything.

        After the last part, the next sweep tries parts of twice the size.
        """
        end = self.start + self.size
        return Part(end, self.size) if end < 1 else Part(0.0, min(2 * self.size, 1.0))

    def to_json(self) -> dict[str, float]:
        """Return the form in which the table contains it."""
        return {"start": self.start, "size": self.size}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Part":
        """Read what `to_json` returned. Anything else means all jobs."""
        start, size = written.get("start"), written.get("size")
        if not isinstance(start, float | int) or not isinstance(size, float | int):
            return cls()
        return cls(start, size) if 0 <= start < 1 and _SMALLEST <= size <= 1 else cls()
