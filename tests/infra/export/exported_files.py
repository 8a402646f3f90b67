"""Writes files as the export does, with known rows."""

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from customization_jobs.export.columns import COLUMNS, JOBS, SNAPSHOTS, TRANSITIONS

_PREFIX = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job"


def arn(job_id: str, model: str = "amazon.nova-lite-v1:0:300k") -> str:
    """Return the ARN of a job, by default in its long form."""
    return f"{_PREFIX}/{model}/{job_id}" if model else f"{_PREFIX}/{job_id}"


def job(job_id: str, **known: Any) -> dict[str, Any]:
    """Return the columns of a job that transitions and snapshots share; what is not given is null."""
    columns = COLUMNS[JOBS].keys() & COLUMNS[TRANSITIONS].keys()
    return {
        **dict.fromkeys(columns),
        "job_arn": arn(job_id),
        "job_name": f"job-{job_id}",
        "account": "111122223333",
        "region": "us-east-1",
        "status": "InProgress",
        "creation_time": "2026-03-01T00:00:00Z",
        **known,
    }


def transition(event_id: str, kind: str, of: Mapping[str, Any], **known: Any) -> dict[str, Any]:
    """Return a row of a transition."""
    return {
        "id": event_id,
        "sequence": 1,
        "transition": kind,
        "at": "2026-03-02T12:00:00Z",
        "published_at": "2026-03-02T12:00:01Z",
        "found_by": "event",
        "scope": "job",
        "details": "{}",
        **of,
        **known,
    }


class Export:
    """A folder with the layout of the bucket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written = 0

    def transitions(self, *rows: Mapping[str, Any]) -> None:
        """Write a batch of transitions, one file for each date in it, as each batch of the queue."""
        for date in sorted({row["at"][:10] for row in rows}):
            self.write(TRANSITIONS, date, (row for row in rows if row["at"].startswith(date)))

    def snapshot(self, at: str, *parts: Iterable[Mapping[str, Any]], complete: bool = True) -> None:
        """Write the parts of a snapshot, and that it is complete."""
        written = 0
        for part in parts:
            rows = [{"stuck": [], "transitions": 1, **row, "snapshot_at": at} for row in part]
            written += len(rows)
            self.write(JOBS, at[:10], rows)
        if complete:
            self.write(SNAPSHOTS, at[:10], [{"snapshot_at": at, "jobs": written}])

    def write(self, kind: str, date: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write a file with a name of its own."""
        folder = self.folder / f"kind={kind}" / f"date={date}"
        folder.mkdir(parents=True, exist_ok=True)
        self._written += 1
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{self._written}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
