"""The CodeDeploy hook: what it asks a new version, and what it reports."""

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import ERRORS
from deployment_hook.hook import (
    INVOCATION_SECONDS,
    PAUSES_SECONDS,
    SELF_CHECK,
    TIMEOUT_SECONDS,
    TRANSIENT_ERRORS,
    check_and_report,
    lambda_handler,
)

VERSION = "arn:aws:lambda:us-east-1:111122223333:function:watch:8"
EVENT = {"DeploymentId": "d-ABCDEF123", "LifecycleEventHookExecutionId": "execution-1"}
PASSED = {"listed": 3, "recordRead": True, "eventValidated": True}


def raised(name: str, message: str = "why") -> dict[str, Any]:
    """Return Lambda's response to an invocation that raised."""
    payload = json.dumps({"errorType": name, "errorMessage": message})
    return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": io.BytesIO(payload.encode())}


def answered(answer: Any) -> dict[str, Any]:
    """Return Lambda's response to an invocation that returned."""
    return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode())}


@dataclass
class FakeClients:
    """Stands in for the clients of Lambda and CodeDeploy."""

    responses: list[Callable[[], dict[str, Any]]]
    invoked: list[tuple[str, Any]] = field(default_factory=list)
    reported: list[dict[str, str]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto's names
        self.invoked.append((FunctionName, json.loads(Payload)))
        return self.responses.pop(0)()

    def put_lifecycle_event_hook_execution_status(self, **report: str) -> None:
        self.reported.append(report)


def run(*responses: Callable[[], dict[str, Any]]) -> tuple[FakeClients, dict[str, str]]:
    clients = FakeClients(list(responses))
    result = check_and_report(EVENT, clients, clients, version_arn=VERSION, pause=clients.pauses.append)
    return clients, result


def report(status: str) -> list[dict[str, str]]:
    """Return the only report of a run."""
    ids = {"deploymentId": "d-ABCDEF123", "lifecycleEventHookExecutionId": "execution-1"}
    return [{**ids, "status": status}]


def test_a_version_that_passes_its_self_check_is_reported_as_succeeded() -> None:
    clients, result = run(lambda: answered(PASSED))
    assert clients.invoked == [(VERSION, {"selfCheck": {}})]
    assert clients.reported == report("Succeeded")
    assert result == {"status": "Succeeded", "reason": ""}


def test_an_account_without_jobs_passes() -> None:
    clients, _ = run(lambda: answered({**PASSED, "listed": 0}))
    assert clients.reported == report("Succeeded")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        None,
        [],
        "listed",
        {**PASSED, "listed": None},
        {**PASSED, "listed": True},
        {**PASSED, "recordRead": False},
        {**PASSED, "recordRead": 1},
        {**PASSED, "eventValidated": "true"},
        {"counts": {}, "nextToken": ""},
    ],
)
def test_a_version_that_did_not_check_everything_fails_at_once(answer: Any) -> None:
    clients, result = run(lambda: answered(answer))
    assert clients.reported == report("Failed")
    assert result["reason"] == (
        f"The version answered {json.dumps(answer)}; expected: the number of jobs that it listed, "
        "recordRead true and eventValidated true."
    )
    assert clients.pauses == []


PERMANENT = [error.__name__ for error in ERRORS if error.__name__ not in TRANSIENT_ERRORS]


@pytest.mark.parametrize("name", [*PERMANENT, "Runtime.ImportModuleError", "Sandbox.Timedout", "KeyError"])
def test_a_version_that_raises_fails_at_once(name: str) -> None:
    clients, result = run(lambda: raised(name, "no module"))
    assert clients.reported == report("Failed")
    assert result["reason"].startswith(
        f'The version raised {{"errorType": "{name}", "errorMessage": "no module"'
    )
    assert len(clients.invoked) == 1


def test_the_transient_errors_are_names_of_the_error_contract_that_a_retry_helps() -> None:
    assert {error.__name__ for error in ERRORS if error.retry_helps} > TRANSIENT_ERRORS


@pytest.mark.parametrize("name", sorted(TRANSIENT_ERRORS))
def test_a_transient_error_is_tried_three_times(name: str) -> None:
    clients, _ = run(lambda: raised(name), lambda: raised(name), lambda: answered(PASSED))
    assert clients.reported == report("Succeeded")
    assert clients.pauses == list(PAUSES_SECONDS)
    clients, _ = run(*[lambda: raised(name)] * 3)
    assert clients.reported == report("Failed")


def test_a_version_that_cannot_be_invoked_yet_is_tried_again() -> None:
    # A role's new permission takes effect some seconds after its creation.
    def denied() -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not yet"}}, "Invoke")

    def silent() -> dict[str, Any]:
        raise ReadTimeoutError(endpoint_url="https://lambda")

    assert run(denied, lambda: answered(PASSED))[0].reported == report("Succeeded")
    clients, result = run(denied, silent, silent)
    assert clients.reported == report("Failed")
    assert result["reason"].startswith("The version could not be invoked: Read timeout")


def test_an_unforeseen_exception_is_reported_too() -> None:
    clients, result = run(dict)
    assert clients.reported == report("Failed")
    assert result["reason"] == "'Payload'"


@given(st.binary(max_size=50), st.booleans())
def test_whatever_a_version_answers_one_report_is_made(payload: bytes, failed: bool) -> None:  # noqa: FBT001
    error = {"FunctionError": "Unhandled"} if failed else {}
    clients, result = run(*[lambda: {"Payload": io.BytesIO(payload), **error}] * 3)
    assert clients.reported == report("Failed")
    assert len(result["reason"]) < 1000


def test_all_attempts_and_pauses_fit_into_the_functions_timeout() -> None:
    attempts = len(PAUSES_SECONDS) + 1
    assert attempts * INVOCATION_SECONDS + sum(PAUSES_SECONDS) <= TIMEOUT_SECONDS - 30


def test_the_handler_checks_the_version_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = FakeClients([lambda: answered(PASSED)])
    created: dict[str, Any] = {}

    class Session:
        def create_client(self, service: str, config: Any = None) -> FakeClients:
            created[service] = config
            return clients

    monkeypatch.setattr(botocore.session, "Session", Session)
    monkeypatch.setenv("CHECKED_VERSION_ARN", VERSION)
    assert lambda_handler(EVENT, None)["status"] == "Succeeded"
    assert clients.invoked == [(VERSION, SELF_CHECK)]
    # A retry of botocore would repeat an invocation that still runs.
    assert created["lambda"].retries["total_max_attempts"] == 1
    assert created["lambda"].read_timeout == INVOCATION_SECONDS


@pytest.mark.usefixtures("_credentials")
def test_the_requests_are_valid_for_aws() -> None:
    session = botocore.session.Session()
    for service, operation, parameters in (
        ("lambda", "invoke", {"FunctionName": VERSION, "Payload": json.dumps(SELF_CHECK).encode()}),
        ("codedeploy", "put_lifecycle_event_hook_execution_status", report("Failed")[0]),
    ):
        client: Any = session.create_client(service, region_name="us-east-1")
        sent: list[Any] = []

        class StopError(Exception):
            """Raised in place of sending a request."""

        def stop(request: Any, sent: list[Any] = sent, error: type[Exception] = StopError, **_: Any) -> None:
            sent.append(request)
            raise error

        client.meta.events.register("before-send", stop)
        with pytest.raises(StopError):
            getattr(client, operation)(**parameters)
        assert len(sent) == 1


@pytest.fixture
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
