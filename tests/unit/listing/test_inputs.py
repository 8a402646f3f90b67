import re
from typing import TYPE_CHECKING, Any

import pytest

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.errors import ValidationException
from customization_jobs.listing.given_time import TIME_ALLOWED
from customization_jobs.listing.inputs import (
    Input,
    is_paging,
    is_selecting,
    leaves_out_jobs,
    shortened,
    unknown_name,
)
from customization_jobs.listing.query import QueryContract

if TYPE_CHECKING:
    from botocore.client import BaseClient


def unconstrained(input_type: str, **constraints: Any) -> Input:
    """Make an input without constraints, except for the given ones."""
    none = {"enum": (), "minimum": None, "maximum": None, "pattern": None, "matcher": None}
    return Input(name="anInput", type=input_type, **{**none, **constraints})


def bedrocks(contract: QueryContract) -> dict[str, Input]:
    return {name: each for name, each in contract.inputs.items() if not name.startswith("where.")}


def test_inputs_are_read_from_the_service_model(client: "BaseClient") -> None:
    # A new contract: the fixture's is created only once for all tests.
    contract = QueryContract(Bedrock(client).operation)
    assert {name: (each.name, each.type, each.allowed) for name, each in bedrocks(contract).items()} == {
        name: (name, input_type, allowed)
        for name, input_type, allowed in [
            ("creationTimeAfter", "timestamp", TIME_ALLOWED),
            ("creationTimeBefore", "timestamp", TIME_ALLOWED),
            ("statusEquals", "string", "one of InProgress, Completed, Failed, Stopping, Stopped"),
            ("nameContains", "string", r"1 to 63 characters matching [a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*"),
            ("maxResults", "integer", "a whole number from 1 to 1000"),
            ("nextToken", "string", r"1 to 2048 characters matching \S*"),
            ("sortBy", "string", "CreationTime"),
            ("sortOrder", "string", "one of Ascending, Descending"),
        ]
    }
    assert contract.inputs["nameContains"].parse("a-1") == "a-1"
    with pytest.raises(ValueError, match=r"^$"):
        contract.inputs["nameContains"].parse("a_1")
    with pytest.raises(ValidationException, match="got an unknown name, allowed: creationTimeAfter, "):
        contract.from_json({"colour": "red"})
    assert contract.statuses == ("InProgress", "Completed", "Failed", "Stopping", "Stopped")
    assert contract.customization_types == (
        "FINE_TUNING",
        "CONTINUED_PRE_TRAINING",
        "DISTILLATION",
        "REINFORCEMENT_FINE_TUNING",
        "IMPORTED",
    )


@pytest.mark.parametrize(
    ("constraints", "accepted", "rejected"),
    [
        ({}, [-1, 0, 10**6], []),
        ({"minimum": 2}, [2, 3], [1]),
        ({"maximum": 2}, [1, 2], [3]),
        ({"minimum": 0, "maximum": 0}, [0], [-1, 1]),
    ],
)
def test_each_bound_of_a_number_is_optional_and_inclusive(
    constraints: dict[str, int], accepted: list[int], rejected: list[int]
) -> None:
    number = unconstrained("integer", **constraints)
    assert [number.parse(value) for value in accepted] == accepted
    for value in rejected:
        with pytest.raises(ValueError, match=r"^$"):
            number.parse(value)


def test_a_string_without_a_pattern_is_described_by_its_length() -> None:
    assert unconstrained("string", minimum=1, maximum=9).allowed == "1 to 9 characters"


def test_a_pattern_must_match_the_whole_string() -> None:
    letters = unconstrained("string", pattern="[a-z]+", matcher=re.compile("[a-z]+"))
    assert letters.parse("abc") == "abc"
    with pytest.raises(ValueError, match=r"^$"):
        letters.parse("abc1")


def test_inputs_are_divided_into_paging_order_and_selection(contract: QueryContract) -> None:
    inputs = bedrocks(contract)
    assert [name for name in inputs if is_paging(name)] == ["maxResults", "nextToken"]
    selecting = ["creationTimeAfter", "creationTimeBefore", "statusEquals", "nameContains"]
    assert [name for name in inputs if is_selecting(name)] == selecting
    assert [name for name in inputs if leaves_out_jobs(name)] == [*selecting, "nextToken"]


def test_an_input_that_a_newer_model_adds_counts_as_selecting() -> None:
    assert is_selecting("customizationTypeEquals")


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("sortordr", "an unknown name (did you mean sortOrder?)"),
        ("SORTBY", "an unknown name (did you mean sortBy?)"),
        ("colour", "an unknown name"),
    ],
)
def test_an_unknown_name_is_described_with_the_closest_known_one(name: str, sent: str) -> None:
    assert (
        str(unknown_name(name, ["sortBy", "sortOrder"])) == f"{name}: got {sent}, allowed: sortBy, sortOrder"
    )


def test_an_unknown_name_is_shortened() -> None:
    assert unknown_name("n" * 10_000, ["sortBy"]).parameter == "n" * 80


def test_an_unknown_name_where_none_is_allowed() -> None:
    assert str(unknown_name("sortBy", [])) == "sortBy: got an unknown name, allowed: no parameters"


@pytest.mark.parametrize(
    ("value", "description"),
    [
        (None, "None"),
        ("x" * 78, "'" + "x" * 78 + "'"),
        ("x" * 79, "'" + "x" * 76 + "..."),
    ],
)
def test_a_value_is_described_in_at_most_80_characters(value: Any, description: str) -> None:
    assert shortened(value) == description
    assert len(description) <= 80
