"""What the answers about a fleet cost."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from benchmarks.fleet.sources import OWN
from benchmarks.fleet.sweep import SETTINGS, Simulation
from benchmarks.fleet.units import Units

QUERIES: Mapping[str, tuple[str, dict[str, str]]] = {
    "listing, first page of 100": ("/fleet/model-customization-jobs", {"maxResults": "100"}),
    "listing, running jobs, first page of 100": (
        "/fleet/model-customization-jobs",
        {"statusEquals": "InProgress", "maxResults": "100"},
    ),
    "overview": ("/fleet/overview", {}),
    "coverage, first page of 100": ("/fleet/coverage", {}),
}


class Answered(NamedTuple):
    """An answer, and its cost. Seconds are virtual, without CPU time."""

    body: dict[str, Any]
    size: int
    units: Units
    calls: int
    seconds: float


def ask(simulation: Simulation) -> dict[str, Answered]:
    """Send each of the queries once, and check that it succeeds."""
    handler = simulation.handler(SETTINGS._replace(watch_bus=None))
    answers = {}
    for name, (path, query) in QUERIES.items():
        units, calls = simulation.cloud.table.units.copy(), simulation.clock.calls.total()
        answer, _ = simulation.invoke(handler, _request(path, query))
        assert answer["statusCode"] == 200, answer  # noqa: S101, PLR2004 - a failure must not pass as a small answer
        body = json.loads(answer["body"])
        answers[name] = Answered(
            body,
            len(answer["body"].encode()),
            simulation.cloud.table.units.since(units),
            simulation.clock.calls.total() - calls,
            simulation.clock.waited,
        )
    return answers


def _request(path: str, query: Mapping[str, str]) -> dict[str, Any]:
    return {
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "headers": {"Accept": "*/*", "Host": f"abcdefghij.execute-api.{OWN.region}.amazonaws.com"},
        "multiValueHeaders": {"Accept": ["*/*"]},
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "path": f"/prod{path}",
            "stage": "prod",
            "httpMethod": "GET",
            "requestId": "8f3c9d2e-0000-4000-8000-000000000002",
            "identity": {},
        },
        "body": None,
        "isBase64Encoded": False,
    }
