import json
from pathlib import Path
from typing import Any

import pytest

from local.demonstration.transition_view import parse_transition

DOCUMENT = Path(__file__).parents[4] / "docs" / "events.md"


def _documented() -> dict[str, Any]:
    example: dict[str, Any] = json.loads(DOCUMENT.read_text().split("```json\n")[1].split("```")[0])
    return example


def _event(kind: str, found_by: str = "sweep", **transition: object) -> dict[str, Any]:
    detail = {name: value for name, value in _documented().items() if name != "failure"}
    return {"detail": {**detail, "kind": kind, "foundBy": found_by, "transition": transition}}


def test_the_documented_event_can_be_read() -> None:
    view = parse_transition({"detail": _documented()})
    assert (view.time, view.job_name) == ("11:59:30", "support-tone-7")
    assert (view.description, view.status) == ("Failed", "Failed")
    assert view.failure == (
        "token-limit, a retry will not help: Maximum input token count 4097 exceeds limit of 4096"
    )


@pytest.mark.parametrize(
    ("event", "description"),
    [
        (_event("Discovered", scope="job"), "Discovered"),
        (
            _event("PhaseChanged", phase="dataProcessing", to="Completed", **{"from": "InProgress"}),
            "data processing Completed",
        ),
        (
            _event("Stuck", phase="training", ageSeconds=471600, limitSeconds=86400),
            "Stuck: training 5 d 11 h (limit 1 d)",
        ),
        (_event("Stuck", ageSeconds=90000, limitSeconds=86400), "Stuck: in progress 1 d 1 h (limit 1 d)"),
        (
            _event("Late", expectedEnd={"latest": "2026-03-01T14:00:00Z", "basedOn": 42}),
            "Late: expected by 03-01 14:00 UTC",
        ),
        (_event("Unstuck", status="Completed"), "Unstuck: Completed"),
    ],
)
def test_each_kind_has_a_description(event: dict[str, Any], description: str) -> None:
    view = parse_transition(event)
    assert (view.description, view.failure) == (description, "")


@pytest.mark.parametrize(
    ("kind", "found_by", "missed", "origin"),
    [
        ("Stopped", "sweep", True, "event missed, found by sweep"),
        ("Stopped", "sweep", False, "found by sweep before its event"),
        ("Stopped", "event", False, "from Bedrock's event"),
        ("Discovered", "sweep", False, "found by sweep"),
        ("Discovered", "event", False, "found through an event"),
    ],
)
def test_the_origin_of_a_transition(
    kind: str,
    found_by: str,
    missed: bool,  # noqa: FBT001 - a parameter
    origin: str,
) -> None:
    view = parse_transition(_event(kind, found_by))
    assert view.origin(missed=missed) == origin
    assert view.origin(missed=missed, duplicate=True) == "published a second time"
