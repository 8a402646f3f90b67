"""Where a job is listed among the jobs of all sources: in the order of their creation."""

import hashlib
from datetime import UTC, datetime
from zlib import crc32

from customization_jobs.timestamps import parse_timestamp_or_none
from customization_jobs.watch.job import Job

# One partition of an index takes 1,000 write units a second. Another number of shards would move jobs between
# them.
SHARDS = tuple(f"jobs/{number}" for number in range(8))
_SEPARATOR = "|"
# The characters of a job's key are between these two.
_BELOW_KEYS, _ABOVE_KEYS = " ", "\x7f"
# DynamoDB's limit is 1,024 bytes, and the time with its separator takes 28.
_MAX_KEY_LENGTH = 990
_EPOCH = datetime.fromtimestamp(0, UTC)


def shard_of(job_key: str) -> str:
    """Return the shard of a job, which never changes."""
    return SHARDS[crc32(job_key.encode()) % len(SHARDS)]


def position_of(job: Job, known: str | None = None) -> str:
    """Return a job's position: its creation time, then its key, so that no two jobs have the same.

    A position does not change, because a known creation time does not. Bedrock's list and events always
    contain one. If it is missing nevertheless, the time of the last change, or the epoch, stands in until it
    becomes known.

    Parameters
    ----------
    known : str or None
        The position that the job has so far.
    """
    created = parse_timestamp_or_none(job.creation_time)
    if created is None and known is not None:
        return known
    time = created or parse_timestamp_or_none(job.last_change) or _EPOCH
    return f"{_text(time)}{_SEPARATOR}{_shortened(job.key)}"


def first_position(created_after: datetime) -> str:
    """Return the lower bound of the positions of jobs that were created after a time."""
    return f"{_text(created_after)}{_SEPARATOR}{_ABOVE_KEYS}"


def last_position(created_before: datetime) -> str:
    """Return the upper bound of the positions of jobs that were created before a time."""
    return f"{_text(created_before)}{_SEPARATOR}"


def creation_time(position: str) -> str:
    """Return the time in a position, in ISO 8601."""
    return position.partition(_SEPARATOR)[0]


def just_above(position: str) -> str:
    """Return a bound that is above a position, and below all positions above it."""
    return position + _BELOW_KEYS


def just_below(position: str) -> str:
    """Return a bound that is below a position, and above all positions below it."""
    return position[:-1] + chr(ord(position[-1]) - 1) + _ABOVE_KEYS


def _text(time: datetime) -> str:
    # Not strftime: it writes a year before 1000 with fewer than four digits.
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _shortened(job_key: str) -> str:
    if len(job_key) <= _MAX_KEY_LENGTH:
        return job_key
    digest = hashlib.blake2b(job_key.encode(), digest_size=16).hexdigest()
    return job_key[: _MAX_KEY_LENGTH - len(digest)] + digest
