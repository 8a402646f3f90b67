from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from customization_jobs.aws.clients import create_client
from customization_jobs.aws.member_roles import MemberRoles
from customization_jobs.errors import (
    AccessDeniedException,
    BedrockUnavailableException,
    CustomizationJobsError,
    ThrottlingException,
    UnexpectedAnswerException,
)
from customization_jobs.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MEMBER = "222233334444"
REQUEST = {
    "RoleArn": f"arn:aws:iam::{MEMBER}:role/Member",
    "RoleSessionName": "jobs-111122223333",
    "DurationSeconds": 3600,
    "Tags": [{"Key": "Service", "Value": "jobs"}],
}


class Clock:
    now = NOW


@pytest.fixture
def client() -> Any:
    return create_client(Settings(region="us-east-1"), "sts")


@pytest.fixture
def roles(client: Any) -> MemberRoles:
    Clock.now = NOW
    return MemberRoles(
        client,
        role_name="Member",
        session_name="jobs-111122223333",
        tags={"Service": "jobs"},
        now=lambda: Clock.now,
    )


def answer(number: int, expires: datetime) -> dict[str, Any]:
    keys = {"AccessKeyId": f"{number:016}", "SecretAccessKey": f"secret-{number}", "SessionToken": "token"}
    return {"Credentials": {**keys, "Expiration": expires}}


def test_the_role_is_assumed_once_and_again_when_its_credentials_expire_soon(
    client: Any, roles: MemberRoles
) -> None:
    with Stubber(client) as stub:
        stub.add_response("assume_role", answer(1, NOW + timedelta(hours=1)), REQUEST)
        stub.add_response("assume_role", answer(2, NOW + timedelta(hours=2)), REQUEST)
        first = roles.assume(MEMBER)
        Clock.now = NOW + timedelta(minutes=40)
        assert roles.assume(MEMBER) is first
        Clock.now += timedelta(seconds=1)
        assert roles.assume(MEMBER).secret_key == "secret-2"
        stub.assert_no_pending_responses()


def test_each_account_has_its_own_credentials(client: Any, roles: MemberRoles) -> None:
    other = {**REQUEST, "RoleArn": "arn:aws:iam::333344445555:role/Member"}
    with Stubber(client) as stub:
        stub.add_response("assume_role", answer(1, NOW + timedelta(hours=1)), REQUEST)
        stub.add_response("assume_role", answer(2, NOW + timedelta(hours=1)), other)
        assert roles.assume(MEMBER).secret_key == "secret-1"
        assert roles.assume("333344445555").secret_key == "secret-2"


def test_the_arn_is_of_the_partition_of_the_region() -> None:
    client: Any = create_client(Settings(region="us-gov-west-1"), "sts")
    roles = MemberRoles(client, role_name="Member", session_name="jobs", tags={})
    expected = {
        **REQUEST,
        "RoleArn": f"arn:aws-us-gov:iam::{MEMBER}:role/Member",
        "RoleSessionName": "jobs",
        "Tags": [],
    }
    with Stubber(client) as stub:
        stub.add_response("assume_role", answer(1, datetime.now(UTC) + timedelta(hours=1)), expected)
        roles.assume(MEMBER)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDenied", AccessDeniedException),
        ("Throttling", ThrottlingException),
        ("ThrottlingException", ThrottlingException),
        ("ExpiredToken", UnexpectedAnswerException),
        ("RegionDisabledException", UnexpectedAnswerException),
    ],
)
def test_each_error_has_a_name_and_is_not_remembered(
    client: Any, roles: MemberRoles, code: str, error: type[CustomizationJobsError]
) -> None:
    message = "User: arn:aws:sts::111122223333:assumed-role/hub/f is not authorized"
    with Stubber(client) as stub:
        # The client itself repeats what AWS STS throttled.
        for _ in range(2):
            stub.add_client_error("assume_role", code, message, http_status_code=403)
        stub.add_response("assume_role", answer(1, NOW + timedelta(hours=1)))
        with pytest.raises(error) as raised:
            roles.assume(MEMBER)
        assert "arn:aws" not in str(raised.value)
        if code == "AccessDenied":
            assert raised.value.log_details == message
        with pytest.raises(error):
            roles.assume(MEMBER)
        assert roles.assume(MEMBER)


def test_a_connection_that_fails_is_named(
    client: Any, roles: MemberRoles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://sts")

    monkeypatch.setattr(client, "assume_role", fail)
    with pytest.raises(BedrockUnavailableException, match="AWS STS could not be reached"):
        roles.assume(MEMBER)


@pytest.mark.parametrize("show", [repr, str, "{}".format, lambda each: f"{each!r} {each}"])
def test_credentials_are_never_shown(client: Any, roles: MemberRoles, show: Callable[[Any], str]) -> None:
    with Stubber(client) as stub:
        stub.add_response("assume_role", answer(1, NOW + timedelta(hours=1)))
        shown = show(roles.assume(MEMBER))
    assert "secret" not in shown
    assert "token" not in shown
    assert "0001" not in shown
