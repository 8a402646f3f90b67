"""`make export`, as a user starts it: the files have the rows of what the watch published and recorded."""

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from customization_jobs.export.columns import COLUMNS
from infra.export_sql.statements import saved_queries
from local.demonstration.console import Console
from local.simulated_jobs.sample_jobs import sample_jobs
from tests.e2e.conftest import environment
from tools.export_queries import run_saved_queries
from tools.show_export import show_queries


def rows_of(folder: Path, kind: str) -> list[dict[str, Any]]:
    files = sorted(folder.glob(f"kind={kind}/date=*/*.jsonl.gz"))
    return [json.loads(line) for path in files for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_the_files_of_the_export_are_written_and_the_saved_queries_read_them(tmp_path: Path) -> None:
    earlier = tmp_path / "export" / "kind=jobs" / "date=2020-01-01" / "earlier.jsonl.gz"
    earlier.parent.mkdir(parents=True)
    earlier.touch()
    ended = subprocess.run(
        [sys.executable, "-m", "local.export", "export"],
        cwd=tmp_path,
        env=environment(HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    folder = tmp_path / "export"
    for path in folder.rglob("*.jsonl.gz"):
        assert path.relative_to(folder).as_posix() in ended.stdout
    assert not earlier.exists()
    transitions, jobs, snapshots = (rows_of(folder, kind) for kind in COLUMNS)
    assert len({row["id"] for row in transitions}) == len(transitions)
    assert {"Discovered", "Failed", "Completed"} <= {row["transition"] for row in transitions}
    recorded = {row["job_arn"] for row in jobs}
    assert len(recorded) == len(jobs) >= len(sample_jobs())
    assert {row["job_arn"] for row in transitions} <= recorded
    assert all(row["owner"] for row in jobs)
    assert snapshots == [{"snapshot_at": jobs[0]["snapshot_at"], "jobs": len(jobs), "unreadable": 0}]
    results = {result.title: result for result in run_saved_queries(folder)}
    (counts,) = results["Jobs by status on each day"].rows
    assert counts[1] == len(jobs)
    failures = [each for each in jobs if each["status"] == "Failed"]
    assert sum(row[2] for row in results["Failures by category"].rows) >= len(failures) > 0
    shown = io.StringIO()
    show_queries(Console(shown), folder)
    assert all(f"\n{query.title}\n" in shown.getvalue() for query in saved_queries())
    assert " more\n" in shown.getvalue()
