"""Rows have exactly the columns of their kind, with values of the declared types, whatever is stored."""

import json
from typing import Any

import pytest
from hypothesis import given

from customization_jobs.aws.table import Document
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.export.columns import COLUMNS, JOBS
from customization_jobs.export.rows import Row, job_row
from customization_jobs.watch.transition import Kind, Transition
from tests.unit.export.samples import TAGS, damaged, key, record, stored
from tests.unit.export.types import is_of_type

SNAPSHOT_AT = "2026-03-02T03:00:00.000Z"


def row(body: Any, owner_tag: str | None = "team") -> Row:
    found = job_row(key(0), Document(body, 1), SNAPSHOT_AT, owner_tag)
    assert isinstance(found, dict)
    return found


def test_a_row_has_what_the_watch_knows_of_a_job() -> None:
    arn = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/amazon.nova-lite-v1:0:300k"
    assert row(stored(0)) == {
        "snapshot_at": SNAPSHOT_AT,
        "job_arn": f"{arn}/000000000000",
        "job_name": "support-tone-0",
        "account": "111122223333",
        "region": "us-east-1",
        "status": "Failed",
        "customization_type": "FINE_TUNING",
        "base_model_arn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
        "base_model": "amazon.nova-lite-v1:0:300k",
        "custom_model_arn": None,
        "custom_model_name": None,
        "creation_time": "2026-03-01T12:00:00.000Z",
        "last_modified_time": None,
        "end_time": "2026-03-01T12:00:00.000Z",
        "owner": "support",
        "tags": TAGS,
        "failure_category": "size",
        "failure_message": "Input size exceeded in file train.jsonl",
        "failure_retry_helps": False,
        "stuck": [],
        "transitions": 2,
    }


def test_without_an_owner_tag_there_are_neither_tags_nor_an_owner() -> None:
    without = row(stored(0), owner_tag=None)
    assert (without["tags"], without["owner"]) == (None, None)
    assert row(stored(0), owner_tag="cost center")["owner"] is None


@pytest.mark.parametrize(
    ("sent", "exported"),
    [
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00.000Z"),
        ("2026-03-01T14:00:00.123456+02:00", "2026-03-01T12:00:00.123Z"),
        ("2026-03-01", "2026-03-01T00:00:00.000Z"),
        ("yesterday", None),
    ],
)
def test_times_are_in_utc_and_of_one_length_so_that_they_sort_as_text(sent: str, exported: str) -> None:
    assert row(stored(0, lastModifiedTime=sent))["last_modified_time"] == exported


def test_a_row_says_in_which_scopes_the_job_is_stuck() -> None:
    known = record()
    stuck = (
        Transition("a", Kind.STUCK, "2026-03-01T12:00:00Z", "sweep", 3, scope="training"),
        Transition("b", Kind.STUCK, "2026-03-01T12:00:00Z", "sweep", 4),
    )
    found = row(known._replace(timeline=(*known.timeline, stuck[0]), pending=stuck[1:]).to_json())
    assert (found["stuck"], found["transitions"]) == (["job", "training"], 4)


def test_the_failure_is_the_one_that_was_explained_last() -> None:
    body = stored(0)
    unexplained = {"category": "unknown", "retryHelps": None, "message": None}
    body["timeline"][0]["details"] = {"failure": unexplained}
    assert row(body)["failure_category"] == "size"
    body["timeline"][1]["details"] = {"failure": unexplained}
    found = row(body)
    assert [found[f"failure_{name}"] for name in ("category", "message", "retry_helps")] == [
        *("unknown", None, None)
    ]


@given(damaged(stored(0)))
def test_any_record_becomes_a_row_of_the_declared_types_or_is_not_readable(body: Any) -> None:
    found = job_row(key(0), Document(body, 1), SNAPSHOT_AT, "team")
    if isinstance(found, WatchUnavailableException):
        assert key(0) in str(found)
        return
    assert list(found) == list(COLUMNS[JOBS])
    # Rows are written in UTF-8, without the values that JSON lacks, such as NaN.
    written = json.loads(json.dumps(found, ensure_ascii=False, allow_nan=False).encode())
    for name, value in written.items():
        assert is_of_type(value, COLUMNS[JOBS][name]), (name, value)
    assert found["job_arn"]
    assert found["status"]


@pytest.mark.parametrize(
    "body", [None, {}, [], {**stored(0), "job": {"jobArn": "#part", "status": "Failed"}}]
)
def test_what_is_no_record_of_a_job_is_not_readable(body: Any) -> None:
    assert isinstance(job_row(key(0), Document(body, 1), SNAPSHOT_AT, None), WatchUnavailableException)


def test_text_that_utf_8_cannot_encode_is_escaped() -> None:
    body = stored(0)
    body["job"] |= {"status": "\ud800"}
    body["tags"] = {"team": "\ud801", "\ud802": ""}
    body["timeline"][1]["details"]["failure"] |= {"category": "\ud803", "message": "\ud804"}
    body["timeline"][0] |= {"kind": Kind.STUCK, "scope": "\ud805"}
    found = row(body)
    named = ("status", "owner", "tags", "failure_category", "failure_message", "stuck")
    assert [found[name] for name in named] == [
        *("\\ud800", "\\ud801", {"team": "\\ud801", "\\ud802": ""}, "\\ud803", "\\ud804", ["\\ud805"])
    ]
