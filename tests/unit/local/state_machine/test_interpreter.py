"""moto's interpreter, with a function whose answers a test chooses."""

import base64
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.common.http_client import HttpResponse
from local.state_machine.definition import DefinitionError, read_definition
from local.state_machine.interpreter import Execution, StateMachine

DEFINITION = Path(__file__).with_name("fleet_sweep.asl.json")
SUBSTITUTIONS: dict[str, str | int] = {
    "Partition": "aws",
    "WatchFunctionArn": "arn:watch",
    "Concurrency": 2,
    "ResultsBucket": "b",
}
Answer = Callable[[dict[str, Any]], object]


class Failure(Exception):  # noqa: N818 - an error of the function, whose name the definition may match
    """The function fails with an error of this name."""


class Function:
    """Answers as a test chooses, and records its payloads."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self.events: list[dict[str, Any]] = []
        self.contexts: list[str] = []

    def __call__(self, event: Any, context: str | None) -> HttpResponse:
        with self._lock:
            self.events.append(event)
            if context:
                self.contexts.append(context)
        try:
            return HttpResponse(200, {}, json.dumps(self._answer(event)).encode())
        except Failure as failure:
            body = {"errorType": str(failure), "errorMessage": "requested"}
            return HttpResponse(200, {"x-amz-function-error": "Unhandled"}, json.dumps(body).encode())


def execute(function: Function) -> Execution:
    machine = StateMachine(read_definition(DEFINITION, SUBSTITUTIONS), function, pace=1000)
    return machine.execute("sweep-1", {})


@pytest.mark.parametrize("distributed", [False, True])
def test_each_source_is_a_child(distributed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    def answer(event: dict[str, Any]) -> object:
        if event["step"] == "discover":
            return {"distributed": distributed, "sources": ["a/1", "b/1", "b/2"]}
        return {"state": f"listed {event['source']}"}

    function = Function(answer)
    execution = execute(function)
    assert (execution.status, execution.error) == ("SUCCEEDED", None)
    assert execution.output == ["listed a/1", "listed b/1", "listed b/2"]
    assert function.events[0] == {"step": "discover", "sweep": "sweep-1"}
    assert len(function.events) == 4


def test_the_function_receives_the_client_context() -> None:
    function = Function(lambda _: {"distributed": False, "sources": []})
    execute(function)
    (context,) = [json.loads(base64.b64decode(each)) for each in function.contexts]
    assert context["custom"]["correlationId"].endswith(":execution:local:sweep-1")


def test_an_error_of_the_function_can_be_caught_and_retried() -> None:
    failures = iter([Failure("Busy")])

    def answer(event: dict[str, Any]) -> object:
        if event["step"] == "source":
            raise Failure("Any")
        if failure := next(failures, None):
            raise failure
        return {"distributed": False, "sources": ["a/1"]}

    execution = execute(Function(answer))
    assert execution.succeeded
    assert execution.output == ["failed"]


def test_an_error_that_nothing_catches_fails_the_execution() -> None:
    def answer(_: dict[str, Any]) -> object:
        raise Failure("Unknown")

    execution = execute(Function(answer))
    assert not execution.succeeded
    assert (execution.status, execution.error) == ("FAILED", "Unknown")


def test_a_refused_invocation_fails_the_execution() -> None:
    function = Function(lambda _: None)
    refused = HttpResponse(404, {}, b"no such function")
    machine = StateMachine(read_definition(DEFINITION, SUBSTITUTIONS), lambda *_: refused, pace=1000)
    execution = machine.execute("sweep-1", {})
    assert execution.status == "FAILED"
    assert "no such function" in str(execution.cause)
    assert not function.events


def test_an_unknown_substitution_is_named() -> None:
    with pytest.raises(DefinitionError, match="unknown substitution ResultsBucket; known: Partition"):
        read_definition(DEFINITION, {"Partition": "aws", "WatchFunctionArn": "arn", "Concurrency": 1})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"none\.json is not a readable definition"):
        read_definition(tmp_path / "none.json", {})


def test_a_definition_that_moto_cannot_execute_is_refused() -> None:
    with pytest.raises(DefinitionError, match="moto cannot execute the definition"):
        StateMachine({"StartAt": "None"}, lambda *_: HttpResponse(200, {}, b"{}"))
