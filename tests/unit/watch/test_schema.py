"""The published JSON schema of the events, against the events and their documentation."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from customization_jobs.eta.expected_end import ExpectedEnd, Reason
from customization_jobs.failure_categories import Category
from customization_jobs.jobs import EVENT_VERSION, PHASES
from customization_jobs.watch.transition import JOB, FoundBy, Kind, transition_id
from tests.unit.watch.harness import HOUR, WatchHarness
from tests.unit.watch.scenarios import busy_harness

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "event.schema.json").read_text())
EXAMPLES = [
    json.loads(block)
    for block in re.findall("```json\n(.*?)```", (DOCS / "events.md").read_text(), re.DOTALL)
]


def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(SCHEMA)
    return Draft202012Validator(SCHEMA)


def events_of_every_kind() -> list[dict[str, Any]]:
    harness = busy_harness()
    harness.expected_end = lambda each, now: ExpectedEnd(
        42, now - HOUR, now, ("phase",), reason=Reason.LATE if each.current_phase == "training" else None
    )
    harness.sweep()
    second = list(harness.jobs)[1]
    harness.now += timedelta(days=1)
    harness.sweep()
    harness.deliver(harness.change(second, "Stopping"))
    harness.change(second, "Stopped")
    harness.create(9, status="Completed", created=harness.now)
    failed = next(iter(harness.jobs))
    harness.failure_messages[failed] = "Internal error"
    harness.deliver(harness.event(failed))
    harness.sweep()
    return harness.published


def test_events_of_every_kind_match_the_schema() -> None:
    events = events_of_every_kind()
    assert {each["kind"] for each in events} == {str(kind) for kind in Kind}
    for each in events:
        validator().validate(each)


def test_events_with_tags_match_the_schema() -> None:
    harness = WatchHarness(owner_tag="team")
    arn = harness.create(1)
    harness.tags[arn] = {"team": "search"} | {str(number): "x" * 300 for number in range(60)}
    harness.sweep()
    (discovered,) = harness.published
    assert discovered["owner"] == "search"
    assert len(discovered["tags"]) == 50
    validator().validate(discovered)


def test_the_schema_lists_the_values_that_the_code_defines() -> None:
    fields = SCHEMA["properties"]
    assert fields["version"]["const"] == EVENT_VERSION
    assert fields["kind"]["enum"] == [str(kind) for kind in Kind]
    assert sorted(fields["foundBy"]["enum"]) == sorted(str(source) for source in FoundBy)
    assert fields["failure"]["properties"]["category"]["enum"] == [str(each) for each in Category]
    assert fields["transition"]["properties"]["scope"]["enum"] == [JOB, *PHASES]


@pytest.mark.parametrize(
    "change",
    [
        {"version": "2"},
        {"id": "x"},
        {"sequence": 0},
        {"kind": "Vanished"},
        {"kind": "Stuck"},
        {"kind": "Failed"},
        {"kind": "Late"},
        {"expectedEnd": {"earliest": None, "latest": None, "basedOn": 3}},
        {"expectedEnd": {"earliest": "2026-03-01T14:00:00Z", "latest": None, "basedOn": 3, "similarBy": []}},
        {"failure": {}},
        {"job": {}},
        {"transition": {}},
    ],
)
def test_the_schema_rejects_invalid_events(change: dict[str, Any]) -> None:
    harness = WatchHarness()
    harness.deliver(harness.event(harness.create(1)))
    (discovered,) = harness.published
    assert validator().is_valid(discovered)
    assert not validator().is_valid({**discovered, **change})


def test_the_documented_example_matches_the_schema() -> None:
    example, rule, _ = EXAMPLES
    validator().validate(example)
    assert example["id"] == transition_id(example["job"]["jobArn"], Kind.FAILED)
    assert set(rule) <= {"source", "detail-type", "detail"}
