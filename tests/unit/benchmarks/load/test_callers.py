import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from benchmarks.load import callers
from benchmarks.load.callers import NO_INSTANCE, Attempt, Sweep, list_request
from benchmarks.load.instances import Function, NoInstanceError
from lambda_runtime.function_process import FunctionError, FunctionProcess
from lambda_runtime.runtime_api import Response


def response(payload: Any, *, failed: bool = False) -> Response:
    return Response(json.dumps(payload).encode(), failed, 0.0)


def failure(name: str) -> FunctionError:
    return FunctionError(response({"errorType": name}, failed=True))


class Instance:
    """Gives one of its answers to each event in turn, and the last one to all further events."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.events: list[Any] = []

    def invoke(self, event: Any) -> Response:
        self.events.append(event)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return response(answer)


def function(*instances: Instance) -> Function:
    return Function(cast("list[FunctionProcess]", list(instances)))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record pauses, which take no time."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    return made


def http(status: int, **headers: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": {name.replace("_", "-"): text for name, text in headers.items()}}


THROTTLED = http(429, Retry_After="3")


def test_a_request_is_read_with_its_headers() -> None:
    attempt = asyncio.run(callers.request(function(Instance(http(200, Age="4"))), {}))
    assert (attempt.status, attempt.age, attempt.retry_after) == (200, 4, None)
    assert attempt.seconds >= 0


def test_a_busy_function_has_no_instance() -> None:
    async def send() -> tuple[Attempt, Attempt, Attempt]:
        one = function(Instance(http(200)))
        first, second = await asyncio.gather(callers.request(one, 1), callers.request(one, 2))
        return first, second, await callers.request(one, 3)

    assert [each.status for each in asyncio.run(send())] == [200, NO_INSTANCE, 200]


def test_an_instance_is_free_again_after_an_error() -> None:
    async def send() -> list[BaseException | Any]:
        one = function(Instance(failure("ValidationException"), "ok"))
        return [
            *await asyncio.gather(one.invoke(1), one.invoke(2), return_exceptions=True),
            await one.invoke(3),
        ]

    first, second, third = asyncio.run(send())
    assert isinstance(first, FunctionError)
    assert isinstance(second, NoInstanceError)
    assert third == "ok"


def test_all_instances_are_warmed_up_and_throttling_is_no_failure() -> None:
    instances = [Instance("ok"), Instance(failure("ThrottlingException")), Instance("ok")]
    asyncio.run(function(*instances).warm_up("event"))
    assert [each.events for each in instances] == [["event"]] * 3
    with pytest.raises(ZeroDivisionError):
        asyncio.run(function(Instance(ZeroDivisionError())).warm_up("event"))


def test_an_http_caller_waits_as_told_until_it_is_answered(pauses: list[float]) -> None:
    one = function(Instance(THROTTLED, http(429, Retry_After="1"), http(200)))
    attempts = asyncio.run(callers.request_until_answered(one, {}, 10))
    assert [each.status for each in attempts] == [429, 429, 200]
    assert pauses == [3, 1]


@pytest.mark.parametrize(("answer", "attempts"), [(http(500), 1), (THROTTLED, 4)])
def test_an_http_caller_gives_up(pauses: list[float], answer: dict[str, Any], attempts: int) -> None:
    made = asyncio.run(callers.request_until_answered(function(Instance(answer)), {}, 4))
    assert len(made) == attempts
    assert pauses == [3] * (attempts if answer is THROTTLED else 0)


@pytest.mark.parametrize(("failures", "retries"), [(0, 0), (6, 6), (7, None)])
def test_a_workflow_retries_as_its_state_machine(
    pauses: list[float], monkeypatch: pytest.MonkeyPatch, failures: int, retries: int | None
) -> None:
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    one = function(Instance(*[failure("ThrottlingException")] * failures, {"counts": {}}))
    assert asyncio.run(callers.run_workflow_task(one, {})) == retries
    assert pauses == [2, 4, 8, 16, 32, 60, 60][:failures]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"complete": True}, lambda seconds: Sweep(seconds, complete=True)),
        ({"complete": False}, Sweep),
        (failure("ThrottlingException"), lambda seconds: Sweep(seconds, error="ThrottlingException")),
    ],
)
def test_a_sweep_is_complete_incomplete_or_failed(answer: Any, expected: Callable[[float], Sweep]) -> None:
    swept = asyncio.run(callers.sweep(function(Instance(answer))))
    assert swept == expected(swept.seconds)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.8, 1.0])
def test_a_share_of_the_requests_is_the_same(share: float) -> None:
    sent = [json.dumps(list_request(number, share)["queryStringParameters"]) for number in range(1000)]
    identical = json.dumps({"maxResults": "100"})
    assert sent.count(identical) == round(1000 * share)
    # All other requests differ from each other.
    assert len(set(sent)) == round(1000 * (1 - share)) + (share > 0)
