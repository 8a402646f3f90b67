"""The workflow's own `nextToken`: where a listing that did not fit into one answer resumes.

Bedrock's token identifies a page, but an answer can end in the middle of one. The cursor therefore holds the
token of the page and the ids of its jobs that were delivered.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customization_jobs.listing.delivered import ID_BYTES, MAX_IDS, Delivered
from customization_jobs.listing.inputs import Input, is_paging
from customization_jobs.listing.loops import LoopGuard
from customization_jobs.listing.query import JobQuery

_VERSION = 2
_CHECKSUM_BYTES = 8
# JSON without indentation contains no newline.
_END_OF_HEADER = b"\n"


class CursorError(ValueError):
    """Raised when a token was not issued by this service, or was damaged."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a listing resumes.

    Attributes
    ----------
    fingerprint : str
        Identifies the query and its order.
    page_token : str or None
        Bedrock's token of the page to resume in; None for the first page.
    delivered : Delivered
        Which jobs that page must not repeat.
    loop_guard : LoopGuard
        How the listing has progressed, over all answers.
    """

    fingerprint: str
    page_token: str | None = None
    delivered: Delivered = field(default_factory=Delivered)
    loop_guard: LoopGuard = field(default_factory=LoopGuard)

    @classmethod
    def start(cls, query: JobQuery) -> "Cursor":
        """Begin the listing of an ordered query."""
        return cls(fingerprint(query))

    def to_token(self) -> str:
        """Encode the cursor as URL-safe text, with a checksum."""
        guard, delivered = self.loop_guard, self.delivered
        header = [
            _VERSION,
            self.fingerprint,
            self.page_token,
            guard.pages,
            guard.pages_without_new_jobs,
            guard.checkpoint,
            len(delivered.ids),
        ]
        ids = b"".join([*delivered.ids, *delivered.unidentified])
        content = json.dumps(header, separators=(",", ":")).encode() + _END_OF_HEADER + ids
        return base64.urlsafe_b64encode(_checksum(content) + content).decode()

    @classmethod
    def from_token(cls, token: Any, page_tokens: Input) -> "Cursor":
        """Decode what `to_token` encoded.

        Parameters
        ----------
        page_tokens : Input
            Bedrock's own `nextToken`, as its model constrains it.

        Raises
        ------
        CursorError
            The token was not made by `to_token`, or was changed since.
        """
        try:
            return _decoded(token, page_tokens)
        except (binascii.Error, TypeError, ValueError, RecursionError) as error:
            raise CursorError("not a token of this service") from error


def _decoded(token: Any, page_tokens: Input) -> Cursor:
    decoded = base64.b64decode(token, altchars=b"-_", validate=True)
    checksum, content = decoded[:_CHECKSUM_BYTES], decoded[_CHECKSUM_BYTES:]
    # Base64 can write the same bytes in several ways.
    if checksum != _checksum(content) or base64.urlsafe_b64encode(decoded).decode() != token:
        raise ValueError
    header, _, ids = content.partition(_END_OF_HEADER)
    version, query_fingerprint, page_token, *progress, identified = json.loads(header)
    if version != _VERSION or not isinstance(query_fingerprint, str):
        raise ValueError
    if page_token is not None:
        page_tokens.parse(page_token)
    return Cursor(query_fingerprint, page_token, _delivered(ids, identified), _loop_guard(*progress))


def _loop_guard(pages: Any, pages_without_new_jobs: Any, checkpoint: Any) -> LoopGuard:
    if (
        not _is_count(pages)
        or not _is_count(pages_without_new_jobs)
        or not isinstance(checkpoint, str | None)
    ):
        raise ValueError
    return LoopGuard(pages, pages_without_new_jobs, checkpoint)


def _is_count(value: Any) -> bool:
    # JSON's true is an int in Python.
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _delivered(packed: bytes, identified: Any) -> Delivered:
    ids = [packed[start : start + ID_BYTES] for start in range(0, len(packed), ID_BYTES)]
    if not _is_count(identified) or len(packed) % ID_BYTES or len(ids) > MAX_IDS:
        raise ValueError
    return Delivered(ids[:identified], ids[identified:])


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM_BYTES).digest()


def fingerprint(query: JobQuery) -> str:
    """Return 16 characters that identify the jobs and the order of a query, but not its page."""
    if query.search:
        return query.search.fingerprint
    identifying = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in query.parameters.items()
        if not is_paging(name)
    }
    return hashlib.blake2b(json.dumps(identifying, sort_keys=True).encode(), digest_size=8).hexdigest()
