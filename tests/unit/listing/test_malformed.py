import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.listing.malformed import log_if_malformed, malformed_fields
from customization_jobs.observability import Observability
from tests.fakes import job

REQUIRED = ("jobArn", "baseModelArn", "jobName", "status", "creationTime")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def test_a_summary_with_all_required_fields_is_fine_whatever_else_it_holds() -> None:
    assert malformed_fields(job()) == ()
    assert malformed_fields(job(status="Paused", customizationType="NEW", unknown=[1])) == ()


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, "", 7, True, [], {}])
def test_a_missing_or_malformed_required_field_is_named(name: str, value: Any) -> None:
    assert malformed_fields({**job(), name: value}) == (name,)
    assert malformed_fields({key: each for key, each in job().items() if key != name}) == (name,)


@pytest.mark.parametrize("time", ["nope", "2026-13-01T00:00:00Z", "1767312000.5", " "])
def test_text_that_is_not_a_time_is_malformed(time: str) -> None:
    assert malformed_fields(job(creationTime=time)) == ("creationTime",)


@given(JSON)
def test_any_json_other_than_a_summary_lacks_required_fields(value: object) -> None:
    assert set(malformed_fields(value)) <= set(REQUIRED)
    assert malformed_fields(value)


def test_a_malformed_summary_is_logged_by_name(
    observability: Observability, lines: Callable[[], tuple[list[Any], list[Any]]]
) -> None:
    assert log_if_malformed(observability.logger, job(5, creationTime="nope")) is True
    (line,) = lines()[1]
    assert (line["message"], line["level"]) == ("Malformed job summary", "WARNING")
    assert (line["jobArn"], line["jobName"]) == (job(5)["jobArn"], "support-tone-5")
    assert line["malformed_fields"] == ["creationTime"]


def test_what_is_logged_is_text_of_limited_length_that_can_be_encoded(
    observability: Observability, lines: Callable[[], tuple[list[Any], list[Any]]]
) -> None:
    log_if_malformed(observability.logger, None)
    log_if_malformed(observability.logger, {"jobArn": {"a": 1}, "jobName": "\ud800" + "x" * 100_000})
    nothing, long = lines()[1]
    assert {"jobArn", "jobName"} & set(nothing) == set()
    assert "jobArn" not in long
    assert long["jobName"] == "\\ud800" + "x" * 1010
    json.dumps(long, ensure_ascii=False).encode()


def test_a_summary_that_is_fine_is_not_logged(
    observability: Observability, lines: Callable[[], tuple[list[Any], list[Any]]]
) -> None:
    assert log_if_malformed(observability.logger, job()) is False
    assert lines() == ([], [])
