"""The function's log: JSON lines, some of them metrics in CloudWatch's embedded metric format."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from local.demonstration.formatting import counts, duration

_GROUPING_DIMENSIONS = ("Status", "CustomizationType", "Kind")


def read_lines(log: Path, offset: int) -> list[dict[str, Any]]:
    """Return the JSON lines after `offset` bytes; other output is skipped."""
    with log.open("rb") as file:
        file.seek(offset)
        return list(_json_objects(file))


def metrics(lines: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return names and values of the metrics; a metric by status or type becomes one entry."""
    plain: dict[str, str] = {}
    grouped: dict[str, dict[str, int]] = {}
    for line in lines:
        if "_aws" not in line:
            continue
        directive = line["_aws"]["CloudWatchMetrics"][0]
        dimension = next((each for each in directive["Dimensions"][0] if each in _GROUPING_DIMENSIONS), None)
        for metric in directive["Metrics"]:
            value = _value(line[metric["Name"]])
            if dimension:
                name = f"{metric['Name']} by {dimension}"
                grouped.setdefault(name, {})[line[dimension]] = int(value)
            else:
                plain[metric["Name"]] = _with_unit(value, metric["Unit"])
    return [*((name, counts(values)) for name, values in grouped.items()), *plain.items()]


def findings(lines: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Return message, job name and age of each warning."""
    return [
        (
            line["message"],
            line.get("jobName", ""),
            duration(line["age_seconds"]) if "age_seconds" in line else "",
        )
        for line in lines
        if line.get("level") == "WARNING"
    ]


def _json_objects(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for text in lines:
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict):
            yield line


def _value(logged: Any) -> float:
    return float(logged[0] if isinstance(logged, list) else logged)


def _with_unit(value: float, unit: str) -> str:
    if unit == "Seconds":
        return f"{value:g} s ({duration(value)})"
    return f"{value:g} ms" if unit == "Milliseconds" else f"{value:g}"
