"""Events of the watch become rows; anything else is refused with a reason."""

import json
from typing import Any

import pytest
from hypothesis import given

from customization_jobs.export.columns import COLUMNS, TRANSITIONS
from customization_jobs.export.transition_event import MalformedTransitionError, read_transition
from customization_jobs.watch.transition import Kind
from tests.unit.export.samples import TAGS, VALUES, damaged, event, record
from tests.unit.export.types import is_of_type
from tests.unit.notify.samples import bus_event, detail


def test_a_row_has_the_transition_and_the_state_of_the_job() -> None:
    found = read_transition(event())
    transition = record().timeline[-1]
    assert (found.id, found.date) == (transition.id, "2026-03-01")
    assert list(found.row) == list(COLUMNS[TRANSITIONS])
    of_the_transition = list(COLUMNS[TRANSITIONS])[:8]
    assert [found.row[name] for name in of_the_transition] == [
        transition.id,
        2,
        "Failed",
        "2026-03-01T12:00:00.000Z",
        "2026-03-01T12:00:01.000Z",
        "event",
        "job",
        None,
    ]
    assert found.row["job_arn"] == record().job.arn
    assert (found.row["owner"], found.row["tags"]) == ("support", TAGS)
    assert found.row["failure_message"] == "Input size exceeded in file train.jsonl"


@pytest.mark.parametrize("kind", [*Kind, "Vanished"])
def test_a_transition_of_every_kind_also_of_a_newer_version_is_exported(kind: str) -> None:
    assert read_transition(bus_event(detail(kind))).row["transition"] == kind


def test_what_a_kind_adds_is_in_details_as_json() -> None:
    found = read_transition(bus_event(detail("Stuck")))
    assert json.loads(found.row["details"]) == {
        "phase": "training",
        "ageSeconds": 187_200,
        "limitSeconds": 86_400,
        "age": "2 d 4 h",
        "limit": "1 d",
    }
    assert found.row["scope"] == "job"


def test_the_date_is_the_day_of_the_transition_in_utc() -> None:
    assert read_transition(event(at="2026-03-01T23:30:00-01:00")).date == "2026-03-02"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (None, 'not an event of the source "bedrock-customization-jobs"'),
        ({**event(), "source": "aws.bedrock"}, "not an event of the source"),
        ({**event(), "detail": []}, "version None of the events; this function reads 1"),
        (event(version="2\ud800"), "version 2.ud800 of the events; this function reads 1"),
        (event(id=""), "detail.id is missing or malformed"),
        (event(kind=7), "detail.kind is missing or malformed"),
        (event(at="soon"), "detail.at is missing or malformed"),
        (event(sequence=True), "detail.sequence is missing or malformed"),
        (event(sequence=0), "detail.sequence is missing or malformed"),
        (event(sequence=2**31), "detail.sequence is missing or malformed"),
        (event(job={"jobArn": "arn:aws:s3:::bucket", "status": "Failed"}), "not the ARN of a job of Bedrock"),
        (event(job={"jobArn": record().job.arn}), "detail.job.status is missing or malformed"),
        (bus_event({"version": "1", "kind": "SourceDark", "source": {}}), "detail.id is missing"),
    ],
)
def test_what_is_no_transition_of_a_job_is_refused_with_the_reason(sent: Any, reason: str) -> None:
    with pytest.raises(MalformedTransitionError, match=reason):
        read_transition(sent)


@given(damaged(event()) | VALUES)
def test_any_event_becomes_a_row_of_the_declared_types_or_is_refused(sent: Any) -> None:
    try:
        found = read_transition(sent)
    except MalformedTransitionError as error:
        str(error).encode()
        return
    assert list(found.row) == list(COLUMNS[TRANSITIONS])
    for name, value in json.loads(
        json.dumps(found.row, ensure_ascii=False, allow_nan=False).encode()
    ).items():
        assert is_of_type(value, COLUMNS[TRANSITIONS][name]), (name, value)
    assert found.row["id"] == found.id
    assert found.row["at"].startswith(found.date)


def test_details_that_are_nested_too_deeply_are_refused() -> None:
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(MalformedTransitionError, match="nested too deeply"):
        read_transition(event(transition={"scope": "job", "nested": nested}))


def test_text_that_utf_8_cannot_encode_is_escaped() -> None:
    changes: dict[str, Any] = {
        "kind": "\ud800",
        "foundBy": "\ud801",
        "transition": {"scope": "\ud802", "\ud803": "größe"},
    }
    row = read_transition(event(**changes)).row
    assert [row[name] for name in ("transition", "found_by", "scope", "details")] == [
        *("\\ud800", "\\ud801", "\\ud802", '{"\\ud803":"größe"}')
    ]


def test_a_value_of_another_type_is_null() -> None:
    failure = {"category": 5, "message": ["no"], "retryHelps": "no"}
    row = read_transition(event(failure=failure, owner={}, tags="none", foundBy=1)).row
    named = ("failure_category", "failure_message", "failure_retry_helps", "owner", "tags", "found_by")
    assert [row[name] for name in named] == [None] * 6
