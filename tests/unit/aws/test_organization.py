from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from customization_jobs.aws.clients import create_client
from customization_jobs.aws.organization import Organization
from customization_jobs.errors import (
    AccessDeniedException,
    BedrockUnavailableException,
    CustomizationJobsError,
    Origin,
    ThrottlingException,
    UnexpectedAnswerException,
)
from customization_jobs.settings import Settings

UNIT, BELOW = "ou-abcd-12345678", "ou-abcd-87654321"


@pytest.fixture
def client() -> Any:
    return create_client(Settings(region="us-east-1"), "organizations")


def accounts(*numbers: int, **fields: str) -> list[dict[str, str]]:
    return [{"Id": f"{number:012}", **fields} for number in numbers]


def ids(*numbers: int) -> list[str]:
    return [f"{number:012}" for number in numbers]


def test_all_pages_are_read_also_after_an_empty_one(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_response("list_accounts", {"Accounts": accounts(*range(20)), "NextToken": "a"}, {})
        stub.add_response("list_accounts", {"Accounts": [], "NextToken": "b"}, {"NextToken": "a"})
        stub.add_response("list_accounts", {"Accounts": accounts(20)}, {"NextToken": "b"})
        assert Organization(client).accounts() == ids(*range(21))
        stub.assert_no_pending_responses()


def test_an_empty_token_is_the_end(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_response("list_accounts", {"Accounts": accounts(1), "NextToken": ""})
        assert Organization(client).accounts() == ids(1)


def test_a_repeated_token_is_an_error_and_not_an_endless_loop(client: Any) -> None:
    with Stubber(client) as stub:
        for token in ("a", "b", "a"):
            stub.add_response("list_accounts", {"Accounts": accounts(1), "NextToken": token})
        with pytest.raises(UnexpectedAnswerException, match="repeats a page"):
            Organization(client).accounts()


def test_only_active_accounts_are_listed(client: Any) -> None:
    states = ("ACTIVE", "SUSPENDED", "PENDING_ACTIVATION", "PENDING_CLOSURE", "CLOSED")
    listed = [each for number, state in enumerate(states) for each in accounts(number, State=state)]
    with Stubber(client) as stub:
        stub.add_response("list_accounts", {"Accounts": [*listed, *accounts(9)]})
        assert Organization(client).accounts() == ids(0, 9)


def test_a_unit_contains_the_accounts_of_the_units_below_it(client: Any) -> None:
    def add(parent: str, found: list[dict[str, str]], units: list[str]) -> None:
        stub.add_response("list_accounts_for_parent", {"Accounts": found}, {"ParentId": parent})
        below = {"OrganizationalUnits": [{"Id": unit} for unit in units]}
        stub.add_response("list_organizational_units_for_parent", below, {"ParentId": parent})

    with Stubber(client) as stub:
        add(UNIT, accounts(1, State="ACTIVE"), [BELOW])
        add(BELOW, [*accounts(2, State="ACTIVE"), *accounts(3, State="SUSPENDED")], [])
        assert Organization(client).accounts_in(UNIT) == ids(1, 2)
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("TooManyRequestsException", ThrottlingException),
        ("AccessDeniedException", AccessDeniedException),
        ("AWSOrganizationsNotInUseException", UnexpectedAnswerException),
        ("ParentNotFoundException", UnexpectedAnswerException),
    ],
)
def test_each_error_has_a_name_and_is_none_of_bedrock(
    client: Any, code: str, error: type[CustomizationJobsError]
) -> None:
    with Stubber(client) as stub:
        for _ in range(2):
            stub.add_client_error("list_accounts", code, "the reason", http_status_code=400)
        with pytest.raises(error) as raised:
            Organization(client).accounts()
    assert "AWS Organizations" in str(raised.value)
    assert raised.value.origin is Origin.SERVICE
    if error is AccessDeniedException:
        assert raised.value.log_details == "the reason"
        assert "delegated administrator" in str(raised.value)


def test_a_call_that_is_not_answered_is_named(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://organizations")

    monkeypatch.setattr(client, "list_accounts", fail)
    with pytest.raises(BedrockUnavailableException, match="AWS Organizations could not be reached") as raised:
        Organization(client).accounts()
    assert raised.value.origin is Origin.SERVICE
