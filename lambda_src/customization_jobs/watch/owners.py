"""The owners of jobs, by the value of the chosen tag, and how many jobs of each status they have."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from customization_jobs.timestamps import format_timestamp

if TYPE_CHECKING:
    from customization_jobs.watch.record import JobRecord

Tags: TypeAlias = Mapping[str, str]

# Bounds of the counts: owners in memory, owners and statuses of each in the document.
_MAX_COUNTED = 1000
_MAX_OWNERS = 32
_MAX_STATUSES = 8


def owner_of(tags: Tags | None, owner_tag: str) -> str | None:
    """Return the value of the tag that names the owner; None if it is absent, empty or not read."""
    return (tags or {}).get(owner_tag) or None


class OwnerCounts:
    """Counts jobs by owner and status, in memory that does not grow with the number of jobs.

    Attributes
    ----------
    tag : str
        The tag whose value is the owner.
    """

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._by_owner: dict[str, Counter[str]] = {}
        self._others = 0
        self._without_tag = 0

    def add(self, record: "JobRecord") -> None:
        """Count a job, if its tags have been read."""
        if record.tags is None:
            return
        owner = owner_of(record.tags, self.tag)
        if owner is None:
            self._without_tag += 1
        elif owner in self._by_owner or len(self._by_owner) < _MAX_COUNTED:
            self._by_owner.setdefault(owner, Counter())[record.job.status] += 1
        else:
            self._others += 1

    def to_json(self, jobs: int, as_of: datetime) -> dict[str, Any]:
        """Return the counts of the owners with the most jobs, and how many jobs have none of these.

        Parameters
        ----------
        jobs : int
            Number of all jobs, including those whose tags have not been read.
        """
        ordered = sorted(self._by_owner.items(), key=lambda each: (-each[1].total(), each[0]))
        others = self._others + sum(counts.total() for _, counts in ordered[_MAX_OWNERS:])
        read = self._without_tag + self._others + sum(each.total() for each in self._by_owner.values())
        return {
            "tag": self.tag,
            "asOf": format_timestamp(as_of),
            "counts": {
                owner: dict(counts.most_common(_MAX_STATUSES)) for owner, counts in ordered[:_MAX_OWNERS]
            },
            "otherOwners": others,
            "withoutTag": self._without_tag,
            "notRead": max(jobs - read, 0),
        }
