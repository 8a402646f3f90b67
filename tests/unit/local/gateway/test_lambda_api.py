"""Invocations of the function through Lambda's API, without a socket."""

import base64
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from local.gateway.gateway import Gateway
from local.gateway.http_messages import Request, Response
from local.gateway.lambda_environment import Context, LambdaEnvironment

INVOKE = "/2015-03-31/functions/customization-jobs/invocations"


def _echo(event: Any, context: Context) -> dict[str, Any]:
    custom = context.client_context.custom if context.client_context else None
    return {"event": event, "custom": custom, "arn": context.invoked_function_arn}


def _gateway(handler: Callable[[Any, Context], Any], timeout: float = 5) -> Gateway:
    return Gateway(LambdaEnvironment(handler, timeout), "us-east-1", 5)


def _invoke(
    gateway: Gateway, payload: bytes = b"{}", *, path: str = INVOKE, headers: dict[str, str] | None = None
) -> Response:
    return gateway.answer(Request("POST", path, list((headers or {}).items()), payload, "127.0.0.1"))


def _error_type(response: Response) -> str | None:
    return dict(response.headers).get("x-amzn-ErrorType")


def test_the_payload_is_the_handlers_answer() -> None:
    context = base64.b64encode(b'{"custom": {"a": 1}}').decode()
    response = _invoke(_gateway(_echo), b"null", headers={"X-Amz-Client-Context": context})
    assert response.status == 200
    assert ("X-Amz-Executed-Version", "$LATEST") in response.headers
    arn = "arn:aws:lambda:us-east-1:123456789012:function:customization-jobs"
    assert json.loads(response.body) == {"event": None, "custom": {"a": 1}, "arn": arn}


@pytest.mark.parametrize(
    "name",
    [
        "customization-jobs:live",
        "customization-jobs?Qualifier=live",
        "123456789012:function:customization-jobs:live",
        "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Acustomization-jobs%3Alive",
    ],
)
def test_the_function_can_be_named_in_each_form(name: str) -> None:
    name, mark, query = name.partition("?")
    path = f"/2015-03-31/functions/{name}/invocations{mark}{query}"
    assert json.loads(_invoke(_gateway(_echo), path=path).body)["arn"].endswith(":customization-jobs:live")


@pytest.mark.parametrize("name", ["other", "customization-jobs:7", "%20"])
def test_an_unknown_function_is_not_found(name: str) -> None:
    response = _invoke(_gateway(_echo), path=f"/2015-03-31/functions/{name}/invocations")
    assert (response.status, _error_type(response)) == (404, "ResourceNotFoundException")


@pytest.mark.parametrize(
    ("payload", "headers", "status", "name"),
    [
        (b"{", {}, 400, "InvalidRequestContentException"),
        (b"[" * 200_000, {}, 400, "InvalidRequestContentException"),
        (b"{}", {"X-Amz-Client-Context": "?"}, 400, "InvalidRequestContentException"),
        (
            b"{}",
            {"X-Amz-Client-Context": base64.b64encode(b"[]").decode()},
            400,
            "InvalidRequestContentException",
        ),
        (b"{}", {"X-Amz-Invocation-Type": "Unknown"}, 400, "InvalidParameterValueException"),
        (b'"%s"' % (b"a" * 2**20), {"X-Amz-Invocation-Type": "Event"}, 413, "RequestTooLargeException"),
    ],
)
def test_an_invalid_invocation_is_rejected(
    payload: bytes, headers: dict[str, str], status: int, name: str
) -> None:
    response = _invoke(_gateway(_echo), payload, headers=headers)
    assert (response.status, _error_type(response)) == (status, name)


def test_a_dry_run_does_not_call_the_handler() -> None:
    assert _invoke(_gateway(_raise), headers={"X-Amz-Invocation-Type": "DryRun"}).status == 204


class ThrottlingException(Exception):  # noqa: N818 - Bedrock's name
    pass


def _raise(_event: Any, _context: Context) -> None:
    raise ThrottlingException("Too many requests.")


def _exit(_event: Any, _context: Context) -> None:
    raise SystemExit(3)


def test_an_exception_is_named_by_its_class() -> None:
    response = _invoke(_gateway(_raise))
    error = json.loads(response.body)
    assert response.status == 200
    assert ("X-Amz-Function-Error", "Unhandled") in response.headers
    assert error["errorType"] == "ThrottlingException"
    assert len(error["stackTrace"]) == 1, "only the frame of the handler"


def test_an_exit_of_the_handler_is_an_error() -> None:
    gateway = _gateway(_exit)
    assert [json.loads(_invoke(gateway).body)["errorType"] for _ in range(2)] == ["Runtime.ExitError"] * 2


def test_an_answer_that_is_not_json_is_a_marshal_error() -> None:
    response = _invoke(_gateway(lambda _event, _context: {"at": datetime.now(UTC)}))
    error = json.loads(response.body)
    assert error["errorType"] == "Runtime.MarshalError"
    assert error["errorMessage"].endswith("Object of type datetime is not JSON serializable")


def test_a_decimal_becomes_a_number_and_text_is_not_escaped() -> None:
    assert _invoke(_gateway(lambda _event, _context: [Decimal("1.5"), "é"])).body.decode() == '[1.5, "é"]'


def test_an_answer_that_is_too_large_is_an_error() -> None:
    error = json.loads(_invoke(_gateway(lambda _event, _context: "a" * 6291600)).body)
    assert error["errorType"] == "Function.ResponseSizeTooLarge"


def test_an_invocation_times_out() -> None:
    released = threading.Event()
    gateway = _gateway(lambda _event, _context: released.wait(5), timeout=0.05)
    error = json.loads(_invoke(gateway).body)
    released.set()
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 0.05 seconds")


def test_the_remaining_time_counts_down() -> None:
    def remaining(_event: Any, context: Context) -> list[int]:
        first = context.get_remaining_time_in_millis()
        time.sleep(0.02)
        return [first, context.get_remaining_time_in_millis()]

    first, second = json.loads(_invoke(_gateway(remaining, timeout=3)).body)
    assert 0 < second < first <= 3000


def test_an_asynchronous_invocation_is_accepted_and_its_result_kept() -> None:
    gateway = _gateway(_raise)
    response = _invoke(gateway, headers={"X-Amz-Invocation-Type": "Event"})
    assert (response.status, response.body) == (202, b"")
    path = f"/_local/invocations/{dict(response.headers)['x-amzn-RequestId']}"
    result = gateway.answer(Request("GET", path, [], b"", "127.0.0.1"))
    assert ("X-Amz-Function-Error", "Unhandled") in result.headers
    assert json.loads(result.body)["errorType"] == "ThrottlingException"
    assert gateway.answer(Request("GET", f"{path}-other", [], b"", "127.0.0.1")).status == 404
