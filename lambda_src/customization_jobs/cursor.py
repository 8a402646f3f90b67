"""Where a listing that did not fit goes on: the workflow's own `nextToken`.

Bedrock's token names a page; a byte budget ends inside one. So the cursor holds the token of the page and the
position in it: the creation time of the last job that was delivered, and which jobs of just that time were. A
position by time and name, and not by number, stays right when new jobs arrive and push the page along.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customization_jobs.instants import instant
from customization_jobs.query import JobQuery

_VERSION = 1
# What may change between two calls of one listing without changing which jobs it has, and in which order.
_NOT_OF_THE_LISTING = ("maxResults", "nextToken")


# When a job was created, and its id: where it stands in a listing.
Place = tuple[datetime, str]


class CursorError(ValueError):
    """The text is no token of ours."""


@dataclass(slots=True)
class Position:
    """How far an ordered listing has come.

    Attributes
    ----------
    descending : bool
        Whether the listing goes from the newest job to the oldest.
    time : datetime or None
        The creation time of the job that was delivered last; None before the first.
    delivered : set of str
        The ids of the jobs with exactly that time that were delivered.
    """

    descending: bool
    time: datetime | None = None
    delivered: set[str] = field(default_factory=set)

    def has_passed(self, place: Place) -> bool:
        """Whether the job at `place` was delivered, or arrived meanwhile ahead of what was."""
        created, job_id = place
        if created == self.time:
            return job_id in self.delivered
        return self.is_beyond(created)

    def is_beyond(self, created: datetime) -> bool:
        """Whether the listing has left this time behind."""
        if self.time is None:
            return False
        return created > self.time if self.descending else created < self.time

    def advance(self, place: Place) -> None:
        """Note that the job at `place` was delivered."""
        created, job_id = place
        if created != self.time:
            self.time = created
            self.delivered = set()
        self.delivered.add(job_id)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a listing goes on.

    Attributes
    ----------
    fingerprint : str
        Of the query that the listing answers.
    page_token : str or None
        Bedrock's token of the page to go on in; None for the first page.
    position : Position
        How far the listing has come, over all pages.
    """

    fingerprint: str
    page_token: str | None
    position: Position

    @classmethod
    def start(cls, query: JobQuery) -> "Cursor":
        """Begin the listing of an ordered query."""
        return cls(fingerprint(query), None, Position(query.parameters["sortOrder"] == "Descending"))

    def to_token(self) -> str:
        """Write the cursor as a text without white space, safe in URLs."""
        time = self.position.time
        parts = [
            _VERSION,
            self.fingerprint,
            self.page_token,
            self.position.descending,
            time.isoformat() if time else None,
            sorted(self.position.delivered),
        ]
        return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()

    @classmethod
    def from_token(cls, token: Any) -> "Cursor":
        """Read what `to_token` wrote.

        Raises
        ------
        CursorError
            It is something else.
        """
        try:
            version, of_query, page_token, descending, time, delivered = json.loads(
                base64.b64decode(token, altchars=b"-_", validate=True)
            )
            position = Position(
                descending, datetime.fromisoformat(time) if time is not None else None, set(delivered)
            )
            whole = (
                version == _VERSION
                and isinstance(of_query, str)
                and isinstance(page_token, str | None)
                and isinstance(descending, bool)
                and (position.time is None or position.time.tzinfo is not None)
                and all(isinstance(job_id, str) for job_id in position.delivered)
            )
        except (binascii.Error, TypeError, ValueError, RecursionError) as error:
            raise CursorError("not a token of this function") from error
        if not whole:
            raise CursorError("not a token of this function")
        return cls(of_query, page_token, position)


def fingerprint(query: JobQuery) -> str:
    """Name the listing that a query stands for, in 16 characters: equal for equal filters and order."""
    filters = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in query.parameters.items()
        if name not in _NOT_OF_THE_LISTING
    }
    return hashlib.blake2b(json.dumps(filters, sort_keys=True).encode(), digest_size=8).hexdigest()


def place_of(job: Mapping[str, Any]) -> Place:
    """Tell where a summary stands; a job's id is the last part of its ARN."""
    return instant(job["creationTime"]), job["jobArn"].rpartition("/")[2]
