import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import ValidationException
from customization_jobs.listing.query import QueryContract

# Straight from the service model, to hold the safe matcher against.
_JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*")


def problems(contract: QueryContract, payload: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationException) as refused:
        contract.from_json(payload)
    return [(problem.parameter, problem.sent) for problem in refused.value.problems]


def test_all_eight_inputs_are_accepted(contract: QueryContract) -> None:
    query = contract.from_json(
        {
            "creationTimeAfter": "2026-01-01T00:00:00Z",
            "creationTimeBefore": "2026-02-01T00:00:00.250+01:00",
            "statusEquals": "Stopping",
            "nameContains": "support-2026.1+a",
            "maxResults": 1000,
            "nextToken": "opaque/+=",
            "sortBy": "CreationTime",
            "sortOrder": "Ascending",
        }
    )
    assert query.parameters == {
        "creationTimeAfter": datetime(2026, 1, 1, tzinfo=UTC),
        "creationTimeBefore": datetime(2026, 1, 31, 23, 0, 0, 250000, tzinfo=UTC),
        "statusEquals": "Stopping",
        "nameContains": "support-2026.1+a",
        "maxResults": 1000,
        "nextToken": "opaque/+=",
        "sortBy": "CreationTime",
        "sortOrder": "Ascending",
    }


def test_text_and_json_mean_the_same(contract: QueryContract) -> None:
    of_text = contract.from_text({"maxResults": ["7"], "statusEquals": ["Failed"]})
    assert of_text == contract.from_json({"maxResults": 7, "statusEquals": "Failed"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("maxResults", 0),
        ("maxResults", 1001),
        ("maxResults", True),
        ("maxResults", 5.0),
        ("maxResults", "5"),
        ("maxResults", None),
        ("statusEquals", "inprogress"),
        ("statusEquals", ["Failed"]),
        ("sortBy", "Name"),
        ("sortOrder", ""),
        ("nameContains", ""),
        ("nameContains", "-2026"),
        ("nameContains", "a" * 64),
        ("nameContains", "a_b"),
        ("nameContains", "ok\n"),
        ("creationTimeAfter", 1767312000),
        ("creationTimeAfter", "1767312000"),
        ("creationTimeAfter", "10/11/12"),
        ("creationTimeAfter", "2026-01-01"),
        ("creationTimeAfter", "2026-01-01T00:00:00"),
        ("creationTimeAfter", "2026-01-01 00:00:00Z"),
        ("creationTimeAfter", "2026-02-30T00:00:00Z"),
        ("creationTimeAfter", "2026-01-01T00:00:00Z\n"),
        ("creationTimeAfter", "\u0662\u0660\u0662\u0666-01-01T00:00:00Z"),
        ("creationTimeAfter", "0001-01-01T00:00:00+14:00"),
        ("creationTimeBefore", "0999-12-31T23:59:59Z"),
    ],
)
def test_a_bad_value_is_named_and_shown(contract: QueryContract, name: str, value: Any) -> None:
    assert problems(contract, {name: value}) == [(name, repr(value))]


@pytest.mark.parametrize("token", ["", "a b", "x" * 2049, 5, ["secret-token"]])
def test_a_bad_token_is_never_shown(contract: QueryContract, token: Any) -> None:
    with pytest.raises(ValidationException, match="nextToken") as refused:
        contract.from_json({"nextToken": token})
    assert not re.search("a b|xx|secret", str(refused.value))


def test_every_problem_is_told_at_once(contract: QueryContract) -> None:
    with pytest.raises(ValidationException) as refused:
        contract.from_json({"statusEqual": "Failed", "maxResults": 0, "sortOrder": "up"})
    assert str(refused.value) == (
        "statusEqual: got an unknown name (did you mean statusEquals?), allowed: creationTimeAfter, "
        "creationTimeBefore, statusEquals, nameContains, maxResults, nextToken, sortBy, sortOrder; "
        "maxResults: got 0, allowed: a whole number from 1 to 1000; "
        "sortOrder: got 'up', allowed: one of Ascending, Descending"
    )


@pytest.mark.parametrize(
    ("wrong", "right"), [("MAXRESULTS", "maxResults"), ("max_results", "maxResults"), ("region", None)]
)
def test_the_nearest_known_name_is_offered(contract: QueryContract, wrong: str, right: str | None) -> None:
    ((_, sent),) = problems(contract, {wrong: "x"})
    assert sent == (f"an unknown name (did you mean {right}?)" if right else "an unknown name")


def test_a_long_value_is_shortened(contract: QueryContract) -> None:
    ((_, sent),) = problems(contract, {"statusEquals": "x" * 10_000})
    assert len(sent) == 80


def test_after_must_not_be_later_than_before(contract: QueryContract) -> None:
    payload = {"creationTimeAfter": "2026-01-01T01:00:00+01:00", "creationTimeBefore": "2025-12-31T23:59:59Z"}
    assert [name for name, _ in problems(contract, payload)] == ["creationTimeAfter"]


def test_equal_time_bounds_are_left_to_bedrock(contract: QueryContract) -> None:
    payload = {"creationTimeAfter": "2026-01-01T01:00:00+01:00", "creationTimeBefore": "2026-01-01T00:00:00Z"}
    parameters = contract.from_json(payload).parameters
    assert parameters["creationTimeAfter"] == parameters["creationTimeBefore"]


def test_a_repeated_value_is_refused(contract: QueryContract) -> None:
    with pytest.raises(ValidationException, match="statusEquals: got 2 values, allowed: one value"):
        contract.from_text({"statusEquals": ["Failed", "Stopped"], "maxResults": ["1"]})


@pytest.mark.parametrize("text", ["", " 5", "+5", "5_0", "5.0", "\u0665", "99999999999"])
def test_a_number_in_a_url_is_plain_digits(contract: QueryContract, text: str) -> None:
    with pytest.raises(ValidationException, match="maxResults"):
        contract.from_text({"maxResults": [text]})


def test_a_plus_that_a_url_turned_into_a_space_is_explained(contract: QueryContract) -> None:
    with pytest.raises(ValidationException, match="%2B"):
        contract.from_text({"creationTimeAfter": ["2026-01-01T00:00:00 01:00"]})


def test_a_name_that_makes_the_pattern_backtrack_is_refused_at_once(contract: QueryContract) -> None:
    # Python's re would try 2 ** 60 ways to match it with the pattern as the model has it.
    assert problems(contract, {"nameContains": "a" + "-" * 61 + "!"})


@given(st.text(alphabet="aZ0-+.!_ ", min_size=1, max_size=12))
def test_the_safe_matcher_equals_the_models_pattern(contract: QueryContract, name: str) -> None:
    _, found = contract.check_json({"nameContains": name})
    assert (not found) == bool(_JOB_NAME.fullmatch(name))


def test_order_is_made_explicit_and_the_callers_kept(contract: QueryContract) -> None:
    assert contract.from_json({}).ordered().parameters == {
        "sortBy": "CreationTime",
        "sortOrder": "Descending",
    }
    assert contract.from_json({"sortOrder": "Ascending"}).ordered().parameters["sortOrder"] == "Ascending"
