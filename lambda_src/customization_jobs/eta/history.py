"""The history of one kind of job: how long its newest completed jobs took. Its size is bounded."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from customization_jobs.jobs import COMPLETED, NOT_REPORTED, PHASES, Summary, base_model, phase_details
from customization_jobs.timestamps import parse_timestamp_or_none

# Enough to estimate one job in twenty, few enough to follow changes, and 10 KB of JSON.
MAX_JOBS = 200
# A longer duration is a mistake in the summary. The limit also keeps sums with dates in range.
_MAX_SECONDS = 30 * 365 * 86_400
# No ARN starts like this, so no record of a job has such a key.
_KEY_PREFIX = "#durations"
# Of a name in a key, which in DynamoDB may have 2,048 bytes.
_MAX_NAME_LENGTH = 200
_ID_BYTES = 6


class CompletedJob(NamedTuple):
    """What a completed job contributes to the history. Times are in whole seconds.

    Attributes
    ----------
    end : int
        Since the epoch.
    id : str
        A hash of the job's ARN.
    total : int
        From creation to end.
    after : tuple of int or None
        From the start of each phase in `jobs.PHASES` to the job's end; None if unknown.
    """

    end: int
    id: str
    total: int
    after: tuple[int | None, ...]

    @classmethod
    def from_summary(cls, summary: Summary) -> "CompletedJob | None":
        """Read a summary; None if the job did not complete, or its times are unknown or malformed.

        Failed and stopped jobs say nothing about how long it takes to complete.
        """
        arn = summary.get("jobArn")
        if summary.get("status") != COMPLETED or not isinstance(arn, str):
            return None
        end, created = _seconds(summary.get("endTime")), _seconds(summary.get("creationTime"))
        total = _duration(created, end)
        if end is None or total is None:
            return None
        starts = [_seconds(each) for each in _phase_starts(summary.get("statusDetails"))]
        return cls(end, _id(arn), total, tuple(_duration(start, end) for start in starts))


@dataclass(frozen=True)
class History:
    """The newest completed jobs of one kind, by the time of their end: at most `MAX_JOBS`."""

    jobs: tuple[CompletedJob, ...] = ()

    def with_jobs(self, jobs: Iterable[CompletedJob]) -> "History":
        """Add jobs, in any order. Adding a job again changes nothing: it is known, or too old."""
        by_id = {each.id: each for each in (*jobs, *self.jobs)}
        return History(newest(by_id.values()))

    @cached_property
    def totals(self) -> list[int]:
        """The seconds from creation to end, in ascending order."""
        return sorted(each.total for each in self.jobs)

    @cached_property
    def after(self) -> Mapping[str, list[int]]:
        """The seconds from the start of each phase to the job's end, in ascending order."""
        return {
            phase: sorted(seconds for each in self.jobs if (seconds := each.after[index]) is not None)
            for index, phase in enumerate(PHASES)
        }

    def to_json(self) -> dict[str, Any]:
        """Return the form in which the table contains it."""
        return {"jobs": [[each.end, each.id, each.total, *each.after] for each in self.jobs]}

    @classmethod
    def from_json(cls, written: Any) -> "History":
        """Read what `to_json` returned, in this version or another. What is malformed is left out."""
        jobs = written.get("jobs") if isinstance(written, Mapping) else None
        read = map(_read, jobs if isinstance(jobs, list) else ())
        return cls().with_jobs(each for each in read if each)


def newest(jobs: Iterable[CompletedJob]) -> tuple[CompletedJob, ...]:
    """Return the `MAX_JOBS` that ended last, the newest first."""
    return tuple(sorted(jobs, key=lambda each: (each.end, each.id), reverse=True)[:MAX_JOBS])


def type_key(customization_type: str | None) -> str:
    """Return the key of the history of all jobs of a type."""
    return f"{_KEY_PREFIX}/{(customization_type or NOT_REPORTED)[:_MAX_NAME_LENGTH]}"


def model_key(customization_type: str | None, model: str) -> str:
    """Return the key of the history of all jobs of a type on a foundation model."""
    return f"{type_key(customization_type)}/{model[:_MAX_NAME_LENGTH]}"


def foundation_model(base_model_arn: object) -> str | None:
    """Return the id of the foundation model that a job starts from; None if it is unknown."""
    if not isinstance(base_model_arn, str) or not base_model_arn:
        return None
    return base_model(base_model_arn)


def _phase_starts(details: object) -> Iterator[object]:
    for name in PHASES:
        phase = details.get(phase_details(name)) if isinstance(details, Mapping) else None
        yield phase.get("creationTime") if isinstance(phase, Mapping) else None


def _read(written: Any) -> CompletedJob | None:
    if not isinstance(written, list) or len(written) < len(("end", "id", "total")):
        return None
    end, job_id, total, *after = written
    if not isinstance(job_id, str) or not _is_duration(total) or not _is_duration(end, 2**40):
        return None
    known = [seconds if _is_duration(seconds) else None for seconds in after[: len(PHASES)]]
    return CompletedJob(end, job_id, total, (*known, *[None] * (len(PHASES) - len(known))))


def _is_duration(value: Any, maximum: int = _MAX_SECONDS) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= maximum


def _seconds(time: Any) -> int | None:
    parsed = parse_timestamp_or_none(time)
    return round(parsed.timestamp()) if parsed else None


def _duration(start: int | None, end: int | None) -> int | None:
    if start is None or end is None or not 0 <= end - start <= _MAX_SECONDS:
        return None
    return end - start


def _id(arn: str) -> str:
    return hashlib.blake2b(arn.encode(errors="replace"), digest_size=_ID_BYTES).hexdigest()
