"""Totals as JSON, well under 30 KB whatever the jobs are, to be read and merged later.

Times are stored instead of ages, so that ages are current whenever an answer is made. The last 30 days are
those before the jobs were counted.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from customization_jobs.jobs import IN_PROGRESS, Summary
from customization_jobs.reports.durations import Durations
from customization_jobs.reports.job_totals import FIELDS, JobTotals
from customization_jobs.reports.name_counts import merged, reduced
from customization_jobs.timestamps import parse_timestamp

# How many names have their own count, and how long they may be as JSON. Others count as one.
_MAX_NAMES = {"byStatus": 16, "byCustomizationType": 16, "byBaseModel": 48}
_MAX_NAME_BYTES = 96
# Bytes of the stuck jobs: some 20 of usual length, of which at least the first is stored.
_MAX_STUCK_BYTES = 6_000
# How long each field of a job may be as JSON. An ARN has at most 1,011 characters, and quotes around them.
_MAX_TEXT_BYTES = {"jobArn": 1013, "baseModelArn": 1013, "jobName": 128, "customizationType": 64}
# The longest escape is that of a character outside the basic plane, which is two of `\ud800`.
_MAX_ESCAPE = 12
_STORED_FIELDS = tuple(name for name in FIELDS if name != "status")


def totals_to_json(totals: JobTotals) -> dict[str, Any]:
    """Return totals as compact JSON. What is 0 or empty is left out, so that most sources have `{}`."""
    oldest = totals.oldest_in_progress
    written = {
        "jobs": totals.jobs,
        "byStatus": _reduced("byStatus", totals.by_status),
        "byCustomizationType": _reduced("byCustomizationType", totals.by_type),
        "byBaseModel": _reduced("byBaseModel", totals.by_base_model),
        "oldest": _job_to_json(oldest) if oldest else None,
        "stuck": totals.stuck,
        "mostOverdue": _jobs_to_json(totals.most_overdue),
        "ended": {status: number for status, number in totals.ended.items() if number},
        "durations": totals.durations.to_json(),
    }
    return {name: value for name, value in written.items() if value}


def add_stored(totals: JobTotals, written: Mapping[str, Any]) -> None:
    """Add what `totals_to_json` returned to empty totals, at whose time ages are measured.

    Raises
    ------
    AttributeError, KeyError, TypeError, ValueError
        The value is something else.
    """
    totals.jobs = int(written.get("jobs", 0))
    totals.by_status = merged(totals.by_status, _counts(written, "byStatus"), totals.statuses)
    totals.by_type = merged(totals.by_type, _counts(written, "byCustomizationType"), totals.types)
    totals.by_base_model = merged(totals.by_base_model, _counts(written, "byBaseModel"), ())
    totals.ended.update(_counts(written, "ended"))
    totals.durations = Durations.from_json(written.get("durations", {}))
    if oldest := written.get("oldest"):
        job = _job_from_json(oldest)
        totals.keep_oldest(job, totals.age(job))
    totals.stuck = int(written.get("stuck", 0))
    for each in written.get("mostOverdue", ()):
        job = _job_from_json(each)
        totals.keep_overdue(job, totals.age(job))


def _reduced(name: str, counts: Counter[str]) -> dict[str, int]:
    return reduced(counts, _MAX_NAMES[name], lambda each: _size(each) <= _MAX_NAME_BYTES)


def _counts(written: Mapping[str, Any], name: str) -> Counter[str]:
    return Counter({each: int(number) for each, number in written.get(name, {}).items()})


def _jobs_to_json(jobs: list[Summary]) -> list[list[str | None]]:
    """Return the first jobs, as many as there is room for."""
    stored: list[list[str | None]] = []
    room = _MAX_STUCK_BYTES
    for job in map(_job_to_json, jobs):
        room -= _size(job)
        if room < 0:
            break
        stored.append(job)
    return stored


def _job_to_json(job: Summary) -> list[str | None]:
    return [_text_to_json(name, job.get(name)) for name in _STORED_FIELDS]


def _text_to_json(name: str, value: object) -> str | None:
    if not isinstance(value, str):
        return None
    if name == "creationTime":
        # A time can have any number of decimals.
        return value if len(value) <= _MAX_NAME_BYTES else parse_timestamp(value).isoformat()
    limit = _MAX_TEXT_BYTES[name]
    return value if _size(value) <= limit else value[: limit // _MAX_ESCAPE]


def _job_from_json(written: list[str | None]) -> Summary:
    fields = dict(zip(_STORED_FIELDS, written, strict=True))
    job = {name: value for name, value in fields.items() if value is not None}
    # Both are read further on; a job without them is not readable.
    _ = job["jobArn"], parse_timestamp(job["creationTime"])
    return {**job, "status": IN_PROGRESS}


def _size(value: object) -> int:
    return len(json.dumps(value, separators=(",", ":")))
