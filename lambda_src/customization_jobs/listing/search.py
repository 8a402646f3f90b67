"""A search: a query with filters that Bedrock lacks, or with relative times, and where it resumes."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from customization_jobs.listing.filters import Filters, JobFacts
from customization_jobs.listing.identity import arn_of
from customization_jobs.timestamps import parse_timestamp_or_none

# No token of Bedrock begins like this.
PREFIX = "search."
_VERSION = 1
_CHECKSUM_BYTES = 8
# The latest second in which a job can be created, or a query made. The earliest is 0, in 1970.
LAST_SECOND = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp())

# Returns what the watch's table knows of jobs, by ARN. Raises a CustomizationJobsError if they are not
# readable.
FactsOf = Callable[[Iterable[str]], Mapping[str, JobFacts]]


class Position(NamedTuple):
    """The place of a job in a listing by creation time.

    Attributes
    ----------
    second : int
        Since 1970. Within a second, jobs are ordered by `key`, so that Bedrock's order need not be finer.
    key : str
        16 hexadecimal digits that identify the job.
    """

    second: int
    key: str


@dataclass(frozen=True, slots=True)
class Search:
    """How the jobs of a query are found.

    Attributes
    ----------
    filters : Filters
        May be empty.
    facts_of : callable or None
        None if the filters need no facts.
    fingerprint : str
        Identifies the selection and the order as the caller wrote them.
    as_of : datetime or None
        The time of the first page; None if what is found does not depend on it.
    """

    filters: Filters
    facts_of: FactsOf | None
    fingerprint: str
    as_of: datetime | None

    def matching(self, jobs: Sequence[Any]) -> list[bool]:
        """Return whether each job matches.

        Raises
        ------
        CustomizationJobsError
            Facts of jobs are needed and not readable.
        """
        filters, facts_of = self.filters, self.facts_of
        matching = [filters.matches(job) for job in jobs]
        if not filters.needs_facts or facts_of is None:
            return matching
        arns = [arn_of(job) if matches else None for job, matches in zip(jobs, matching, strict=True)]
        facts = facts_of(filter(None, arns))
        return [
            arn is not None and filters.matches_facts(job, facts.get(arn, JobFacts()))
            for job, arn in zip(jobs, arns, strict=True)
        ]

    def token(self, position: Position) -> str:
        """Return the token with which the listing resumes after a position."""
        return SearchToken(self.fingerprint, self.as_of, position).encode()


class SearchToken(NamedTuple):
    """Where a search resumes.

    Attributes
    ----------
    as_of : datetime or None
        The time of the first page, to which relative times refer on every page; None if nothing depends on
        it.
    """

    fingerprint: str
    as_of: datetime | None
    position: Position

    def encode(self) -> str:
        """Return the token as URL-safe text, with a checksum."""
        as_of = self.as_of and self.as_of.isoformat()
        fields = [_VERSION, self.fingerprint, as_of, *self.position]
        content = json.dumps(fields, separators=(",", ":")).encode()
        return PREFIX + base64.urlsafe_b64encode(_checksum(content) + content).decode()

    @classmethod
    def decode(cls, text: str) -> "SearchToken":
        """Read what `encode` returned.

        Raises
        ------
        ValueError
            It is something else, or was changed since.
        """
        encoded = text.removeprefix(PREFIX)
        try:
            decoded = base64.b64decode(encoded, altchars=b"-_", validate=True)
            checksum, content = decoded[:_CHECKSUM_BYTES], decoded[_CHECKSUM_BYTES:]
            # Base64 can write the same bytes in several ways.
            if checksum != _checksum(content) or cls._encoded(decoded) != text:
                raise ValueError
            version, fingerprint, as_of, second, key = json.loads(content)
            if version != _VERSION or not isinstance(fingerprint, str) or not isinstance(key, str):
                raise ValueError
            if not isinstance(second, int) or not 0 <= second <= LAST_SECOND:
                raise ValueError
            return cls(fingerprint, parse_as_of(as_of), Position(second, key))
        except (binascii.Error, TypeError, RecursionError) as error:
            raise ValueError from error

    @staticmethod
    def _encoded(decoded: bytes) -> str:
        return PREFIX + base64.urlsafe_b64encode(decoded).decode()


def parse_as_of(written: object) -> datetime | None:
    """Read the time of a first page from a token.

    Raises
    ------
    ValueError
        It is neither null nor a time from which every relative time can be subtracted.
    """
    if written is None:
        return None
    as_of = parse_timestamp_or_none(written)
    if as_of is None or not 0 <= as_of.timestamp() <= LAST_SECOND:
        raise ValueError
    return as_of


def fingerprint_of(given: Mapping[str, Any]) -> str:
    """Return 16 characters that identify a query as the caller wrote it.

    Parameters
    ----------
    given : mapping
        JSON: the inputs that select and order jobs.
    """
    return hashlib.blake2b(json.dumps(given, sort_keys=True).encode(), digest_size=8).hexdigest()


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM_BYTES).digest()
