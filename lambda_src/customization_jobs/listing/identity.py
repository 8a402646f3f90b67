"""What identifies a job in a listing, and which jobs a listing has read."""

import json
from array import array
from collections import defaultdict

# Each bucket is searched from its beginning, so it should stay short: 25 of 100,000 jobs.
_BUCKETS = 4096


def arn_of(job: object) -> str | None:
    """Return a job's ARN; None if the summary is malformed, and nothing identifies its job."""
    arn = job.get("jobArn") if isinstance(job, dict) else None
    return arn if isinstance(arn, str) and arn.startswith("arn:") else None


def identifying_text(job: object) -> str:
    """Return a job's ARN, or the whole summary if it has none."""
    return arn_of(job) or json.dumps(job, sort_keys=True)


def key_of(job: object) -> int:
    """Return 64 bits that identify a job within this process, by its ARN or by the whole summary."""
    return hash(identifying_text(job))


class SeenJobs:
    """A set of keys that takes about 12 bytes for each: 100,000 ARNs in a `set` would take 25 MB."""

    def __init__(self) -> None:
        self._buckets: defaultdict[int, array[int]] = defaultdict(lambda: array("q"))

    def __contains__(self, key: int) -> bool:
        """Whether the key was added."""
        return key in self._buckets.get(key % _BUCKETS, ())

    def add(self, key: int) -> bool:
        """Add a key. Return whether it is new."""
        bucket = self._buckets[key % _BUCKETS]
        if key in bucket:
            return False
        bucket.append(key)
        return True
