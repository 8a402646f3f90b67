"""The fleet's own `nextToken`: the position after which a listing resumes."""

import base64
import binascii
import hashlib
import json
import re
from datetime import datetime
from typing import NamedTuple

from customization_jobs.listing.inputs import Input
from customization_jobs.listing.search import parse_as_of

_VERSION = "fleet-1"
_CHECKSUM_BYTES = 8
# As `watch.position.position_of` makes it. DynamoDB accepts 1,024 bytes.
_POSITION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\|[!-~]{1,990}", re.ASCII)


class FleetToken(NamedTuple):
    """Where a listing resumes.

    Attributes
    ----------
    fingerprint : str
        Identifies the query and its order.
    position : str
        All jobs up to this position have been dealt with.
    as_of : datetime or None
        The time of the first page, to which relative times refer on every page; None if nothing depends on
        it.
    """

    fingerprint: str
    position: str
    as_of: datetime | None = None

    def encode(self) -> str:
        """Return the token as URL-safe text, with a checksum."""
        fields = [_VERSION, self.fingerprint, self.position]
        if self.as_of:
            fields.append(self.as_of.isoformat())
        content = json.dumps(fields, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(_checksum(content) + content).decode()

    @classmethod
    def decode(cls, text: str) -> "FleetToken":
        """Read what `encode` returned.

        Raises
        ------
        ValueError
            It is something else, or was changed since. The message is empty.
        """
        try:
            decoded = base64.b64decode(text, altchars=b"-_", validate=True)
            checksum, content = decoded[:_CHECKSUM_BYTES], decoded[_CHECKSUM_BYTES:]
            version, fingerprint, position, *as_of = json.loads(content)
        except (binascii.Error, TypeError, ValueError, RecursionError):
            raise ValueError from None
        # Base64 can write the same bytes in several ways.
        is_unchanged = checksum == _checksum(content) and base64.urlsafe_b64encode(decoded).decode() == text
        if not is_unchanged or version != _VERSION or not isinstance(fingerprint, str):
            raise ValueError
        if not isinstance(position, str) or not _POSITION.fullmatch(position):
            raise ValueError
        return cls(fingerprint, position, parse_as_of(as_of[0] if as_of else None))


class TokenInput(Input):
    """The input `nextToken` of a query of the fleet."""

    @property
    def allowed(self) -> str:
        """A description of the accepted values."""
        return "the nextToken of an earlier answer to the same query"

    def parse(self, value: object) -> str:
        """Check that a value is a token; its query is checked with the other inputs.

        Raises
        ------
        ValueError
            The value is not a token.
        """
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004 - one kind of error for every invalid value
        FleetToken.decode(value)
        return value


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM_BYTES).digest()
