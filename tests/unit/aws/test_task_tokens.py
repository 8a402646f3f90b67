"""The adapter for task tokens with a real client, whose answers are stubbed."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from customization_jobs.aws.clients import create_client
from customization_jobs.aws.task_tokens import MAX_CAUSE_LENGTH, TaskTokens
from customization_jobs.errors import WatchUnavailableException
from tests.unit.aws.moto_clients import SETTINGS


@pytest.fixture
def client() -> Any:
    return create_client(SETTINGS, "stepfunctions")


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def test_a_state_succeeds_with_its_output_as_json(client: Any, stub: Stubber) -> None:
    sent = {"taskToken": "t", "output": '{"counts": {"Completed": 1}}'}
    stub.add_response("send_task_success", {}, sent)
    assert TaskTokens(lambda: client).succeed("t", {"counts": {"Completed": 1}})


def test_a_state_fails_with_an_error_and_a_cause_that_is_cut(client: Any, stub: Stubber) -> None:
    sent = {"taskToken": "t", "error": "JobsFailed", "cause": "x" * MAX_CAUSE_LENGTH}
    stub.add_response("send_task_failure", {}, sent)
    assert TaskTokens(lambda: client).fail("t", "JobsFailed", "x" * (MAX_CAUSE_LENGTH + 1))


def test_a_heartbeat_is_sent(client: Any, stub: Stubber) -> None:
    stub.add_response("send_task_heartbeat", {}, {"taskToken": "t"})
    assert TaskTokens(lambda: client).keep_alive("t")


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_state_that_no_longer_waits_is_no_error(client: Any, stub: Stubber, code: str) -> None:
    for operation in ("send_task_success", "send_task_failure", "send_task_heartbeat"):
        stub.add_client_error(operation, code)
    tokens = TaskTokens(lambda: client)
    assert not tokens.succeed("t", {})
    assert not tokens.fail("t", "e", "c")
    assert not tokens.keep_alive("t")


def test_a_refusal_is_an_error_that_names_it(client: Any, stub: Stubber) -> None:
    stub.add_client_error("send_task_success", "AccessDeniedException")
    with pytest.raises(WatchUnavailableException, match="Step Functions returned AccessDeniedException"):
        TaskTokens(lambda: client).succeed("t", {})


def test_no_answer_is_an_error(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def time_out(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://states.us-east-1.amazonaws.com")

    monkeypatch.setattr(client, "send_task_heartbeat", time_out)
    with pytest.raises(WatchUnavailableException, match="Step Functions did not answer"):
        TaskTokens(lambda: client).keep_alive("t")
