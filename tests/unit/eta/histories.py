"""Past jobs and histories, for tests."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from customization_jobs.eta.history import CompletedJob, History
from tests.fakes import NOW, Job, job, text

HOUR = 3600


def past(number: int, total: int = HOUR, after: tuple[int | None, ...] = (None, None, None)) -> CompletedJob:
    """Return a completed job; the greater its number, the later it ended."""
    return CompletedJob(1_700_000_000 + number, f"{number:012x}", total, after)


def history_of(totals: Iterable[int], training: int | None = None) -> History:
    """Return a history of jobs with these durations, whose training took the given time."""
    return History().with_jobs(
        past(number, total, (None, None, training)) for number, total in enumerate(totals)
    )


def completed(number: int, hours: float = 1.0, *, ended: datetime = NOW, **fields: Any) -> Job:
    """Return the summary of a completed job whose training took half of its time."""
    created = ended - timedelta(hours=hours)
    details = {
        "trainingDetails": {"status": "Completed", "creationTime": text(ended - (ended - created) / 2)}
    }
    given = {"customizationType": "FINE_TUNING", "endTime": text(ended), "statusDetails": details, **fields}
    return job(number, created=created, **given)
