import json
from pathlib import Path
from typing import Any

from local.demonstration.function_log import findings, metrics, read_lines


def _metric(name: str, value: float | list[float], unit: str = "Count", **dimensions: str) -> dict[str, Any]:
    directive = {"Dimensions": [["sweep", *dimensions]], "Metrics": [{"Name": name, "Unit": unit}]}
    return {"_aws": {"CloudWatchMetrics": [directive]}, name: value, "sweep": "all-jobs", **dimensions}


def test_metrics_by_status_are_one_entry() -> None:
    lines: list[dict[str, Any]] = [
        _metric("Jobs", [2.0], Status="Failed"),
        _metric("Jobs", [3.0], Status="Stopped"),
        _metric("ListingTime", 26, "Milliseconds"),
        _metric("OldestInProgressAge", 471600, "Seconds"),
        {"level": "INFO", "message": "no metric"},
    ]
    shown = [(name, value.replace("\N{NO-BREAK SPACE}", " ")) for name, value in metrics(lines)]
    assert shown == [
        ("Jobs by Status", "3 Stopped, 2 Failed"),
        ("ListingTime", "26 ms"),
        ("OldestInProgressAge", "471600 s (5 d 11 h)"),
    ]


def test_findings_are_the_warnings() -> None:
    lines: list[dict[str, Any]] = [
        {"level": "WARNING", "message": "job failed", "jobName": "a", "age_seconds": 3600},
        {"level": "INFO", "message": "sweep complete"},
        {"level": "WARNING", "message": "sweep incomplete"},
    ]
    assert findings(lines) == [("job failed", "a", "1 h"), ("sweep incomplete", "", "")]


def test_only_new_json_objects_are_read(tmp_path: Path) -> None:
    log = tmp_path / "function.log"
    log.write_text(json.dumps({"old": 1}) + "\n")
    offset = log.stat().st_size
    log.write_text(log.read_text() + 'text\n[1]\n{"new": 2}\n')
    assert read_lines(log, offset) == [{"new": 2}]
