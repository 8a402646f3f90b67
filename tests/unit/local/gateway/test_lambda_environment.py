import json
import time
from typing import Any

import pytest

from local.gateway.lambda_environment import Context, Invocation, LambdaEnvironment, load_handler


def test_the_handler_processes_one_event_at_a_time() -> None:
    running, maximum = [0], [0]

    def handler(_event: Any, _context: Context) -> None:
        running[0] += 1
        maximum[0] = max(maximum[0], running[0])
        time.sleep(0.01)
        running[0] -= 1

    environment = LambdaEnvironment(handler, 5)
    for result in [environment.submit(Invocation(b"{}", "arn")) for _ in range(5)]:
        assert result.result(5).payload == b"null"
    assert maximum == [1]


def test_a_handler_is_found_by_its_dotted_name() -> None:
    assert load_handler("json.dumps").__name__ == "dumps"


class _UnprintableError(Exception):
    def __str__(self) -> str:
        raise KeyError


def _fail(event: Any, _context: Context) -> Any:
    if event == "unprintable":
        raise _UnprintableError
    if event == "nested":
        nested: list[Any] = []
        for _ in range(200_000):
            nested = [nested]
        return nested
    raise ValueError(event)


def test_an_error_that_repeats_what_utf8_cannot_hold_is_an_error_of_the_function() -> None:
    result = LambdaEnvironment(_fail, 5).invoke(Invocation(b'"\\ud800"', "arn"))
    assert result.failed
    error = json.loads(result.payload)
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "\ud800")


@pytest.mark.parametrize("payload", [b'"\\ud800"', b"[" * 200_000, b'"nested"'])
def test_the_function_goes_on_after_any_error(payload: bytes) -> None:
    environment = LambdaEnvironment(_fail, 5)
    assert environment.invoke(Invocation(payload, "arn")).failed
    assert environment.invoke(Invocation(b'"again"', "arn")).failed


def test_an_error_that_cannot_be_described_leaves_the_function_working() -> None:
    environment = LambdaEnvironment(_fail, 5)
    with pytest.raises(KeyError):
        environment.invoke(Invocation(b'"unprintable"', "arn"))
    assert environment.invoke(Invocation(b'"again"', "arn")).failed
