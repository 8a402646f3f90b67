"""The query contract of the fleet."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import ValidationException
from customization_jobs.fleet.query import FleetQuery, FleetQueryContract
from customization_jobs.fleet.token import FleetToken
from customization_jobs.sources import Source

POSITION = "2026-03-01T12:00:00.000000Z|arn:aws:bedrock:us-east-1:111122223333:model-customization-job/1"


def problems(contract: FleetQueryContract, payload: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationException) as raised:
        contract.from_json(payload)
    return [str(problem) for problem in raised.value.problems]


def test_bedrocks_inputs_and_the_source_are_read_from_json_and_from_a_url(
    fleet_contract: FleetQueryContract,
) -> None:
    given = {
        "creationTimeAfter": "2026-01-01T00:00:00Z",
        "creationTimeBefore": "2026-02-01T00:00:00Z",
        "statusEquals": "Stopping",
        "nameContains": "tone",
        "maxResults": 7,
        "sortBy": "CreationTime",
        "sortOrder": "Ascending",
        "account": "111122223333",
        "region": "us-gov-west-1",
    }
    query = fleet_contract.from_json(given)
    assert query == FleetQuery(
        query.fingerprint,
        "Stopping",
        "tone",
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 2, 1, tzinfo=UTC),
        "111122223333",
        "us-gov-west-1",
        ascending=True,
        max_results=7,
    )
    assert fleet_contract.from_text({name: [str(value)] for name, value in given.items()}) == query
    assert query.selects(Source("111122223333", "us-gov-west-1"))
    assert not query.selects(Source("111122223334", "us-gov-west-1"))
    assert not query.selects(Source("111122223333", "us-gov-east-1"))


def test_every_problem_is_listed_with_what_is_allowed(fleet_contract: FleetQueryContract) -> None:
    assert problems(
        fleet_contract,
        {
            "account": "1111",
            "region": "us-east",
            "regoin": "us-east-1",
            "maxResults": 0,
            "nextToken": "abc",
        },
    ) == [
        "account: got '1111', allowed: 12 characters matching [0-9]{12}",
        "region: got 'us-east', allowed: 9 to 32 characters matching [a-z]{2,}(-[a-z]+)+-[0-9]+",
        (
            "regoin: got an unknown name (did you mean region?), allowed: creationTimeAfter, "
            "creationTimeBefore, statusEquals, nameContains, maxResults, sortBy, sortOrder, nextToken, "
            "account, region, and filters that begin with where."
        ),
        "maxResults: got 0, allowed: a whole number from 1 to 1000",
        (
            "nextToken: got a token of 3 characters, allowed: the nextToken of an earlier answer to the "
            "same query"
        ),
    ]
    with pytest.raises(ValidationException) as raised:
        fleet_contract.from_text({"account": ["1", "2"], "statusEquals": ["Done"]})
    assert [each.parameter for each in raised.value.problems] == ["statusEquals", "account"]


@pytest.mark.parametrize("account", ["\u0661" * 12, "111122223333\n", 111122223333, None])
def test_an_account_is_twelve_ascii_digits(fleet_contract: FleetQueryContract, account: object) -> None:
    assert len(problems(fleet_contract, {"account": account})) == 1


def test_an_input_that_a_newer_botocore_adds_is_unknown(fleet_contract: FleetQueryContract) -> None:
    assert "unknown name" in problems(fleet_contract, {"customizationTypeEquals": "DISTILLATION"})[0]


def test_a_token_continues_its_own_query_with_any_page_size(fleet_contract: FleetQueryContract) -> None:
    query = fleet_contract.from_json({"region": "us-east-1", "maxResults": 5})
    assert query.after is None
    token = query.next_token(POSITION)
    # A query with the default order is the same as one without an order.
    for further in ({}, {"maxResults": 9}, {"sortOrder": "Descending"}, {"sortBy": "CreationTime"}):
        continued = fleet_contract.from_json({"region": "us-east-1", "nextToken": token, **further})
        assert continued.after == POSITION
        assert continued.fingerprint == query.fingerprint
    assert fleet_contract.from_text({"region": ["us-east-1"], "nextToken": [token]}).after == POSITION


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"region": "us-west-2"},
        {"region": "us-east-1", "account": "111122223333"},
        {"region": "us-east-1", "sortOrder": "Ascending"},
        {"region": "us-east-1", "statusEquals": "Failed"},
    ],
)
def test_a_token_of_another_query_is_refused(
    fleet_contract: FleetQueryContract, other: dict[str, str]
) -> None:
    token = fleet_contract.from_json({"region": "us-east-1"}).next_token(POSITION)
    refused = (
        f"nextToken: got a token of {len(token)} characters, allowed: the nextToken of an earlier answer to "
        "the same query"
    )
    assert problems(fleet_contract, {**other, "nextToken": token}) == [refused]
    with pytest.raises(ValidationException, match="an earlier answer"):
        fleet_contract.from_text({**{name: [value] for name, value in other.items()}, "nextToken": [token]})


def test_a_token_is_not_blamed_for_the_problems_of_other_inputs(fleet_contract: FleetQueryContract) -> None:
    query = {"region": "us-east-1", "statusEquals": "Failed"}
    token = fleet_contract.from_json(query).next_token(POSITION)
    wrong = {**query, "statusEquals": "failed", "nextToken": token}
    _, from_json = fleet_contract.check_json(wrong)
    _, from_text = fleet_contract.check_text({name: [value] for name, value in wrong.items()})
    assert from_json == from_text
    assert [each.parameter for each in from_json] == ["statusEquals"]


@given(st.integers(0, 1000), st.integers(1, 255))
def test_a_token_that_was_changed_is_refused(place: int, change: int) -> None:
    token = FleetToken("0123456789abcdef", POSITION).encode()
    assert FleetToken.decode(token) == ("0123456789abcdef", POSITION, None)
    content = bytearray(base64.urlsafe_b64decode(token))
    content[place % len(content)] ^= change
    with pytest.raises(ValueError, match=r"^$"):
        FleetToken.decode(base64.urlsafe_b64encode(content).decode())


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        FleetToken.decode(text)


@pytest.mark.parametrize("position", ["", "2026-03-01T12:00:00.000000Z|", POSITION + "\u00e9", "x" * 2000])
def test_a_token_with_a_position_that_the_index_would_refuse_is_refused(position: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        FleetToken.decode(FleetToken("0123456789abcdef", position).encode())


def test_the_longest_token_is_shorter_than_bedrocks_can_be(fleet_contract: FleetQueryContract) -> None:
    longest = POSITION.partition("|")[0] + "|" + "~" * 990
    assert len(fleet_contract.from_json({}).next_token(longest)) <= 2048
