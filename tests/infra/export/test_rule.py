"""The rule that sends transitions to the queue of the export, matched with real events."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from moto.events.models import EventPattern

from customization_jobs.fleet.events import DETAIL_TYPES
from customization_jobs.watch.transition import Kind
from tests.infra.conftest import ROOT, Synthesis

EVENT: Mapping[str, Any] = json.loads((ROOT / "tests/events/watch-event.json").read_text())
SCHEMA: Mapping[str, Any] = json.loads((ROOT / "docs/event.schema.json").read_text())


def matches(stack: Synthesis, **changed: Any) -> bool:
    # The published types of the library do not fit an event that is read from a file.
    event: Any = {**EVENT, **changed}
    pattern = EventPattern.load(json.dumps(stack.only("AWS::Events::Rule", "Export")["EventPattern"]))
    return bool(pattern.matches_event(event))


def test_it_is_on_the_watchs_bus_and_keeps_what_it_cannot_deliver(export_stack: Synthesis) -> None:
    rule = export_stack.only("AWS::Events::Rule", "Export")
    assert rule["EventBusName"] == export_stack.ref("AWS::Events::EventBus")
    (target,) = rule["Targets"]
    assert target.pop("Id")
    assert target == {
        # The body of a message is the whole event: nothing transforms it.
        "Arn": export_stack.arn("AWS::SQS::Queue", "ExportWriter"),
        "DeadLetterConfig": {"Arn": export_stack.arn("AWS::SQS::Queue", "ExportDeadLetters")},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
    }


def test_a_recorded_event_of_the_watch_matches(export_stack: Synthesis) -> None:
    assert matches(export_stack)


@pytest.mark.parametrize("kind", SCHEMA["properties"]["kind"]["enum"])
def test_every_kind_of_the_published_schema_matches(export_stack: Synthesis, kind: str) -> None:
    detail = {**EVENT["detail"], "kind": kind}
    assert matches(export_stack, **{"detail-type": f"Model Customization Job {kind}", "detail": detail})


def test_the_published_schema_has_every_kind() -> None:
    assert set(SCHEMA["properties"]["kind"]["enum"]) == {str(kind) for kind in Kind}


@pytest.mark.parametrize("detail_type", [*DETAIL_TYPES.values(), "Model Customization Job State Change"])
def test_events_that_are_no_transitions_of_a_job_do_not_match(
    export_stack: Synthesis, detail_type: str
) -> None:
    assert not matches(export_stack, **{"detail-type": detail_type})


def test_events_of_other_sources_and_versions_do_not_match(export_stack: Synthesis) -> None:
    assert not matches(export_stack, source="aws.bedrock")
    assert not matches(export_stack, detail={**EVENT["detail"], "version": "2"})
