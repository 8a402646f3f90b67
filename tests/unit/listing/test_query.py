import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import ValidationException
from customization_jobs.listing.given_time import TIME_ALLOWED
from customization_jobs.listing.query import QueryContract

# The service model's pattern, compared with the matcher that cannot backtrack.
_JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*")


def problems(contract: QueryContract, payload: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the name and the described value of each problem of a payload."""
    with pytest.raises(ValidationException) as raised:
        contract.from_json(payload)
    return [(problem.parameter, problem.sent) for problem in raised.value.problems]


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


def test_a_query_string_and_json_give_the_same_query(contract: QueryContract) -> None:
    from_text = contract.from_text({"maxResults": ["7"], "statusEquals": ["Failed"]})
    assert from_text == contract.from_json({"maxResults": 7, "statusEquals": "Failed"})
    assert contract.from_text({"maxResults": ["1000"]}).parameters == {"maxResults": 1000}


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
def test_an_invalid_value_is_reported_with_its_name(contract: QueryContract, name: str, value: Any) -> None:
    assert problems(contract, {name: value}) == [(name, repr(value))]


@pytest.mark.parametrize(
    ("token", "description"),
    [
        ("", "a token of 0 characters"),
        ("a b", "a token of 3 characters"),
        ("x" * 2049, "a token of 2049 characters"),
        (5, "not a string"),
        (["secret-token"], "not a string"),
    ],
)
def test_an_invalid_token_is_described_but_not_repeated(
    contract: QueryContract, token: Any, description: str
) -> None:
    with pytest.raises(ValidationException) as raised:
        contract.from_json({"nextToken": token})
    allowed = r"1 to 2048 characters matching \S*"
    assert str(raised.value) == f"nextToken: got {description}, allowed: {allowed}"


def test_all_problems_are_reported_together(contract: QueryContract) -> None:
    with pytest.raises(ValidationException) as raised:
        contract.from_json({"statusEqual": "Failed", "maxResults": 0, "sortOrder": "up"})
    assert str(raised.value) == (
        "statusEqual: got an unknown name (did you mean statusEquals?), allowed: creationTimeAfter, "
        "creationTimeBefore, statusEquals, nameContains, maxResults, nextToken, sortBy, sortOrder, and "
        "filters that begin with where.; "
        "maxResults: got 0, allowed: a whole number from 1 to 1000; "
        "sortOrder: got 'up', allowed: one of Ascending, Descending"
    )


@pytest.mark.parametrize(
    ("wrong", "right"), [("MAXRESULTS", "maxResults"), ("max_results", "maxResults"), ("region", None)]
)
def test_the_closest_known_name_is_suggested(contract: QueryContract, wrong: str, right: str | None) -> None:
    ((_, sent),) = problems(contract, {wrong: "x"})
    assert sent == (f"an unknown name (did you mean {right}?)" if right else "an unknown name")


def test_a_long_value_is_shortened(contract: QueryContract) -> None:
    ((_, sent),) = problems(contract, {"statusEquals": "x" * 10_000})
    assert len(sent) == 80


def test_creation_time_after_must_not_be_later_than_before(contract: QueryContract) -> None:
    payload = {"creationTimeAfter": "2026-01-01T01:00:00+01:00", "creationTimeBefore": "2025-12-31T23:59:59Z"}
    with pytest.raises(ValidationException) as raised:
        contract.from_json(payload)
    assert str(raised.value) == (
        "creationTimeAfter: got 2026-01-01T00:00:00+00:00 with creationTimeBefore 2025-12-31T23:59:59+00:00, "
        "allowed: a time that is not after creationTimeBefore"
    )


def test_the_first_year_accepted_is_1000(contract: QueryContract) -> None:
    query = contract.from_json({"creationTimeBefore": "1000-01-01T00:00:00Z"})
    assert query.parameters["creationTimeBefore"] == datetime(1000, 1, 1, tzinfo=UTC)
    with pytest.raises(ValidationException) as raised:
        contract.from_json({"creationTimeBefore": "0999-12-31T23:59:59Z"})
    assert str(raised.value) == (
        f"creationTimeBefore: got '0999-12-31T23:59:59Z', allowed: {TIME_ALLOWED} (the year must be 1000 or "
        "later)"
    )


@pytest.mark.parametrize(
    "bound", [{"creationTimeAfter": "2026-01-01T00:00:00Z"}, {"creationTimeBefore": "2026-01-01T00:00:00Z"}]
)
def test_one_time_bound_is_enough(contract: QueryContract, bound: dict[str, str]) -> None:
    assert contract.from_json(bound).parameters == {next(iter(bound)): datetime(2026, 1, 1, tzinfo=UTC)}


def test_equal_time_bounds_are_sent_to_bedrock(contract: QueryContract) -> None:
    payload = {"creationTimeAfter": "2026-01-01T01:00:00+01:00", "creationTimeBefore": "2026-01-01T00:00:00Z"}
    parameters = contract.from_json(payload).parameters
    assert parameters["creationTimeAfter"] == parameters["creationTimeBefore"]


def test_a_repeated_parameter_is_rejected(contract: QueryContract) -> None:
    with pytest.raises(ValidationException) as raised:
        contract.from_text({"statusEquals": ["Failed", "Stopped"], "maxResults": ["1"]})
    assert str(raised.value) == "statusEquals: got 2 values, allowed: one value"


def test_a_repeated_unknown_parameter_is_reported_as_unknown(contract: QueryContract) -> None:
    with pytest.raises(ValidationException) as raised:
        contract.from_text({"x" * 100: ["1", "2"]})
    (problem,) = raised.value.problems
    assert (problem.parameter, problem.sent) == ("x" * 80, "an unknown name")


def test_a_report_accepts_only_the_inputs_that_select_jobs(contract: QueryContract) -> None:
    selecting = contract.selecting()
    accepted = ["creationTimeAfter", "creationTimeBefore", "statusEquals", "nameContains"]
    assert [name for name in selecting.inputs if not name.startswith("where.")] == accepted
    with pytest.raises(ValidationException) as raised:
        selecting.from_json({"maxResults": 5, "sortOrder": "Ascending", "statusEqual": "Failed"})
    allowed = ", ".join(accepted) + ", and filters that begin with where."
    assert str(raised.value).split("; ") == [
        f"maxResults: got an input that does not select jobs, allowed: {allowed}",
        f"sortOrder: got an input that does not select jobs, allowed: {allowed}",
        f"statusEqual: got an unknown name (did you mean statusEquals?), allowed: {allowed}",
    ]
    assert {"maxResults", "nextToken", "sortBy", "sortOrder"} < set(contract.inputs), "it is unchanged"


@pytest.mark.parametrize("text", ["", " 5", "+5", "5_0", "5.0", "\u0665", "99999999999"])
def test_a_number_in_a_url_must_be_plain_digits(contract: QueryContract, text: str) -> None:
    with pytest.raises(ValidationException, match="maxResults"):
        contract.from_text({"maxResults": [text]})


def test_a_plus_that_a_url_turned_into_a_space_is_explained(contract: QueryContract) -> None:
    with pytest.raises(ValidationException, match=r"\(in a URL, \+ is written %2B\)$"):
        contract.from_text({"creationTimeAfter": ["2026-01-01T00:00:00 01:00"]})


def test_a_name_that_makes_the_pattern_backtrack_is_rejected_immediately(contract: QueryContract) -> None:
    # With the model's own pattern, Python's re would try 2 ** 60 ways to match it.
    assert problems(contract, {"nameContains": "a" + "-" * 61 + "!"})


@given(st.text(alphabet="aZ0-+.!_ ", min_size=1, max_size=12))
def test_the_matcher_accepts_exactly_what_the_models_pattern_does(contract: QueryContract, name: str) -> None:
    _, found = contract.check_json({"nameContains": name})
    assert (not found) == bool(_JOB_NAME.fullmatch(name))


def test_the_order_is_made_explicit_unless_the_caller_gives_one(contract: QueryContract) -> None:
    assert contract.from_json({}).ordered().parameters == {
        "sortBy": "CreationTime",
        "sortOrder": "Descending",
    }
    assert contract.from_json({"sortOrder": "Ascending"}).ordered().parameters["sortOrder"] == "Ascending"
