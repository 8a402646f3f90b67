import io
import json
from pathlib import Path
from typing import Any

import pytest

from local.screen import Screen
from local.telling import read

DOCUMENT = Path(__file__).parents[3] / "docs" / "events.md"


def _documented() -> dict[str, Any]:
    example: dict[str, Any] = json.loads(DOCUMENT.read_text().split("```json\n")[1].split("```")[0])
    return example


def _event(kind: str, found_by: str = "sweep", **transition: object) -> dict[str, Any]:
    detail = {name: value for name, value in _documented().items() if name != "failure"}
    return {"detail": {**detail, "kind": kind, "foundBy": found_by, "transition": transition}}


def test_the_documented_event_is_a_line_and_its_reason() -> None:
    told = read({"detail": _documented()})
    assert (told.time, told.name, told.what, told.word) == ("11:59:30", "support-tone-7", "Failed", "Failed")
    assert told.reason == (
        "token-limit, a retry does not help: Maximum input token count 4097 exceeds limit of 4096"
    )


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (_event("Seen", scope="job"), "Seen"),
        (
            _event("PhaseChanged", phase="dataProcessing", to="Completed", **{"from": "InProgress"}),
            "data processing Completed",
        ),
        (
            _event("Stuck", phase="training", ageSeconds=471600, limitSeconds=86400),
            "Stuck: training 5 d 11 h of 1 d",
        ),
        (_event("Stuck", ageSeconds=90000, limitSeconds=86400), "Stuck: in progress 1 d 1 h of 1 d"),
        (_event("Unstuck", status="Completed"), "Unstuck: Completed"),
    ],
)
def test_each_kind_has_words(event: dict[str, Any], what: str) -> None:
    assert (read(event).what, read(event).reason) == (what, "")


@pytest.mark.parametrize(
    ("kind", "found_by", "missed", "words"),
    [
        ("Stopped", "sweep", True, "missed by the events, found by the sweep"),
        ("Stopped", "sweep", False, "found by the sweep, ahead of its event"),
        ("Stopped", "event", False, "told by its event"),
        ("Seen", "sweep", False, "found by the sweep"),
        ("Seen", "event", False, "found by an event"),
    ],
)
def test_who_found_it(kind: str, found_by: str, missed: bool, words: str) -> None:  # noqa: FBT001 - a parameter
    told = read(_event(kind, found_by))
    assert told.found(missed=missed) == words
    assert told.found(missed=missed, again=True) == "told a second time"


def test_a_line_on_the_screen_is_aligned_and_a_long_reason_is_broken() -> None:
    stream = io.StringIO()
    screen = Screen(stream)
    screen.told("11:59:30", "support-tone-7", "Failed", "told by its event", word="Failed")
    screen.why("permissions: " + "word " * 30)
    lines = stream.getvalue().splitlines()
    assert lines[0] == f"   11:59:30  {'support-tone-7':<33}  Failed, told by its event"
    assert len(lines) == 3
    assert all(line.startswith(" " * 13) and len(line) <= 96 for line in lines[1:])
