"""The checks before a deployment."""

from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from infra.settings.model import Settings
from operations.preflight import (
    Finding,
    check,
    log_role_problem,
    main,
    reservation_problem,
    starvation_warning,
)

ROLE = {"cloudwatchRoleArn": "arn:aws:iam::111122223333:role/logs"}


def limits(total: int, unreserved: int | None = None) -> dict[str, int]:
    return {
        "ConcurrentExecutions": total,
        "UnreservedConcurrentExecutions": total if unreserved is None else unreserved,
    }


@dataclass
class FakeSession:
    """Stands in for a session, and for its clients."""

    account: Any
    concurrency: Any

    def create_client(self, _service: str) -> "FakeSession":
        return self

    def get_account(self) -> Any:
        return self._answer(self.account)

    def get_account_settings(self) -> Any:
        return {"AccountLimit": self._answer(self.concurrency)}

    def _answer(self, answer: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_an_account_of_the_usual_size_with_a_log_role_passes_with_the_default_settings() -> None:
    assert list(check(FakeSession(ROLE, limits(1000)), Settings())) == []


def test_an_account_without_a_log_role_is_refused_with_the_setting_that_creates_it() -> None:
    assert log_role_problem({}, Settings()) == (
        "API Gateway has no role to write logs in this account and region, so the deployment would fail. Set "
        "customizationJobs.apiAccountLogRole to true in cdk.json: the stack then creates the role, and sets "
        "it for all APIs of the account in this region."
    )
    assert log_role_problem({}, Settings(api_account_log_role=True)) is None


@pytest.mark.parametrize(
    ("total", "reserved", "allowed"),
    [
        (10, 1, "null."),
        (100, 1, "null."),
        (120, 21, "at most 20, or null."),
        (1000, 901, "at most 900, or null."),
    ],
)
def test_a_reservation_that_lambda_would_refuse_is_reported(total: int, reserved: int, allowed: str) -> None:
    settings = Settings(listing_reserved_concurrency=reserved)
    problem = reservation_problem(limits(total), settings)
    assert problem == (
        f"customizationJobs.listingReservedConcurrency is {reserved}, but Lambda requires that 100 of the "
        f"{total} concurrent executions of the account remain unreserved. Allowed here: {allowed}"
    )


@pytest.mark.parametrize(("total", "reserved"), [(101, 1), (120, 20), (10, None)])
def test_a_reservation_that_leaves_a_hundred_is_allowed(total: int, reserved: int | None) -> None:
    assert reservation_problem(limits(total), Settings(listing_reserved_concurrency=reserved)) is None


def test_an_api_that_can_take_all_executions_is_reported_with_the_remedy() -> None:
    assert starvation_warning(limits(10), Settings()) == (
        "Warning: the API can take 290 concurrent executions (10 requests a second of 27 s each, and a burst "
        "of 20), and the account has 10. Sweeps and events would then wait, and end in the dead-letter queue "
        "after an hour. Request a higher quota of concurrent executions from Lambda, or lower "
        "customizationJobs.apiRequestsPerSecond."
    )
    warning = starvation_warning(limits(1000, unreserved=299), Settings())
    assert warning
    assert "Set customizationJobs.listingReservedConcurrency to at most 199, or lower" in warning


@pytest.mark.parametrize(
    ("unreserved", "settings"),
    [
        (300, Settings()),
        (10, Settings(listing_reserved_concurrency=1)),
        (64, Settings(api_requests_per_second=2, api_burst=0)),
    ],
)
def test_an_api_that_leaves_executions_to_the_watch_passes(unreserved: int, settings: Settings) -> None:
    assert starvation_warning(limits(1000, unreserved), settings) is None


def test_what_cannot_be_read_is_not_checked() -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetAccount")
    assert list(check(FakeSession(denied, NoCredentialsError()), Settings())) == [
        Finding(
            "Not checked before the deployment: An error occurred (AccessDeniedException) when calling the "
            "GetAccount operation: no"
        ),
        Finding("Not checked before the deployment: Unable to locate credentials"),
    ]


def test_the_command_line_fails_only_if_the_deployment_would(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--require-approval", "never"], FakeSession(ROLE, limits(10)))
    assert capsys.readouterr().err.startswith("Warning: the API can take")
    with pytest.raises(SystemExit) as end:
        main([], FakeSession({}, limits(1000)))
    assert end.value.code == 1
    assert "apiAccountLogRole" in capsys.readouterr().err


def test_the_command_line_reads_the_settings_that_cdk_deploy_gets() -> None:
    main(["-c", "customizationJobs.apiAccountLogRole=true"], FakeSession({}, limits(1000)))
    with pytest.raises(SystemExit):
        main(
            ["--context", "customizationJobs.listingReservedConcurrency=950"], FakeSession(ROLE, limits(1000))
        )
    with pytest.raises(SystemExit, match="Did you mean memoryMegabytes"):
        main(["-c", "customizationJobs.memory=1"], FakeSession(ROLE, limits(1000)))
