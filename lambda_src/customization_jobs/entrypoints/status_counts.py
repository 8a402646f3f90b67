"""How many jobs of an answer have each status, in an object of limited size."""

from collections import Counter
from collections.abc import Iterable, Sequence

from customization_jobs.jobs import NOT_REPORTED

# Limits of the counts, which add to the answer's size. Further statuses are counted together.
_MAX_STATUSES = 10
_MAX_STATUS_LENGTH = 64
_OTHER = "Other"


def count_by_status(jobs: Iterable[object], statuses: Sequence[str]) -> dict[str, int]:
    """Count jobs, which may be malformed, by status; known statuses even if no job has them."""
    counts = Counter(dict.fromkeys(statuses, 0))
    for job in jobs:
        name = _status_name(job)
        counts[name if name in counts or len(counts) < _MAX_STATUSES else _OTHER] += 1
    return dict(counts)


def _status_name(job: object) -> str:
    status = job.get("status") if isinstance(job, dict) else None
    if status is None:
        return NOT_REPORTED
    is_name = isinstance(status, str) and status.isascii() and status.isalnum()
    return status if is_name and len(status) <= _MAX_STATUS_LENGTH else _OTHER
