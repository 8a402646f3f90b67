"""The workflow's own `nextToken`: where a listing that did not fit into one answer resumes.

Bedrock's token identifies a page, but an answer can end in the middle of one. The cursor therefore holds the
token of the page and the position in it.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customization_jobs.listing.inputs import is_paging
from customization_jobs.listing.position import Position
from customization_jobs.listing.query import JobQuery

_VERSION = 1


class CursorError(ValueError):
    """Raised when a token was not issued by this service."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a listing resumes.

    Attributes
    ----------
    fingerprint : str
        Identifies the query.
    page_token : str or None
        Bedrock's token of the page to resume in; None for the first page.
    position : Position
        How far the listing has advanced, over all pages.
    """

    fingerprint: str
    page_token: str | None
    position: Position

    @classmethod
    def start(cls, query: JobQuery) -> "Cursor":
        """Begin the listing of an ordered query."""
        return cls(fingerprint(query), None, Position(query.parameters["sortOrder"] == "Descending"))

    def to_token(self) -> str:
        """Encode the cursor as URL-safe text."""
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
        """Decode what `to_token` encoded.

        Raises
        ------
        CursorError
            The token was not made by `to_token`.
        """
        try:
            parts = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
            return _from_parts(parts)
        except (binascii.Error, TypeError, ValueError, RecursionError) as error:
            raise CursorError("not a token of this service") from error


def _from_parts(parts: Any) -> Cursor:
    version, query_fingerprint, page_token, descending, time, delivered = parts
    are_text = isinstance(query_fingerprint, str) and isinstance(page_token, str | None)
    if version != _VERSION or not are_text:
        raise ValueError
    return Cursor(query_fingerprint, page_token, _position(descending, time, delivered))


def _position(descending: Any, time_text: Any, delivered: Any) -> Position:
    time = None if time_text is None else datetime.fromisoformat(time_text)
    if not isinstance(descending, bool) or (time and time.tzinfo is None):
        raise ValueError
    if not isinstance(delivered, list) or not all(isinstance(job_id, str) for job_id in delivered):
        raise ValueError
    return Position(descending, time, set(delivered))


def fingerprint(query: JobQuery) -> str:
    """Return 16 characters that identify the jobs and the order of a query, but not its page."""
    identifying = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in query.parameters.items()
        if not is_paging(name)
    }
    return hashlib.blake2b(json.dumps(identifying, sort_keys=True).encode(), digest_size=8).hexdigest()
