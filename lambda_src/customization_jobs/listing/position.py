"""How far an ordered listing has advanced, by creation time and job id.

Unlike a page number, such a position stays correct when new jobs arrive and shift the pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customization_jobs.timestamps import parse_timestamp

# A job's creation time and id: its place in a listing.
Place = tuple[datetime, str]


def place_of(job: Mapping[str, Any]) -> Place:
    """Return a summary's place. A job's id is the last part of its ARN."""
    return parse_timestamp(job["creationTime"]), job["jobArn"].rpartition("/")[2]


@dataclass(slots=True)
class Position:
    """The place up to which a listing has delivered its jobs.

    Attributes
    ----------
    descending : bool
        Whether the listing runs from the newest job to the oldest.
    time : datetime or None
        Creation time of the last delivered job; None before the first.
    delivered : set of str
        Ids of the delivered jobs with exactly that creation time.
    """

    descending: bool
    time: datetime | None = None
    delivered: set[str] = field(default_factory=set)

    def has_passed(self, place: Place) -> bool:
        """Whether the job at `place` was delivered, or appeared since then before the position."""
        created, job_id = place
        if created == self.time:
            return job_id in self.delivered
        return self.is_beyond(created)

    def is_beyond(self, created: datetime) -> bool:
        """Whether the listing has left this creation time behind."""
        if self.time is None:
            return False
        return created > self.time if self.descending else created < self.time

    def advance(self, place: Place) -> None:
        """Record that the job at `place` was delivered."""
        created, job_id = place
        if created != self.time:
            self.time = created
            self.delivered = set()
        self.delivered.add(job_id)
