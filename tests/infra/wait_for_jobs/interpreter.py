"""Runs a state machine in moto's interpreter, with a Python function as its Lambda and simulated time."""

import base64
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from unittest import mock

import boto3
import jsonata  # type: ignore[import-untyped]
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata

Answer = dict[str, Any] | Exception
_LONGEST_SECONDS = 120


class LambdaServiceError(Exception):
    """Lambda itself refuses the invocation: `LambdaServiceError("TooManyRequestsException")`."""


@dataclass
class Execution:
    """The result of an execution, and what it did."""

    status: str
    output: Any
    error: str | None
    cause: str | None
    payloads: list[dict[str, Any]]
    contexts: list[dict[str, Any]]
    waits: list[int]
    retries: list[float]
    events: list[dict[str, Any]]


@dataclass
class _Simulation:
    answer: Callable[[dict[str, Any]], Answer]
    payloads: list[dict[str, Any]] = field(default_factory=list)
    contexts: list[dict[str, Any]] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    retries: list[float] = field(default_factory=list)
    started_ms: int = 0

    def invoke(self, **parameters: Any) -> dict[str, Any]:
        """Replace the method of boto3's Lambda client."""
        payload = json.loads(parameters["Payload"])
        self.payloads.append(payload)
        self.contexts.append(json.loads(base64.b64decode(parameters["ClientContext"])))
        answer = self.answer(payload)
        if isinstance(answer, LambdaServiceError):
            details: Any = {
                "Error": {"Code": str(answer), "Message": "refused"},
                "ResponseMetadata": {"HTTPStatusCode": 429, "RequestId": "r"},
            }
            raise ClientError(details, "Invoke")
        response: dict[str, Any] = {"StatusCode": 200}
        if isinstance(answer, Exception):
            response["FunctionError"] = "Unhandled"
            answer = {
                "errorMessage": str(answer),
                "errorType": type(answer).__name__,
                "requestId": "r",
                "stackTrace": ['  File "/var/task/handler.py", line 1, in handler\n    raise'],
            }
        return response | {"Payload": io.BytesIO(json.dumps(answer).encode())}

    def wait(self, env: Any, wait_seconds: int) -> None:  # noqa: ARG002 - moto's signature
        """Replace a static method of moto's `WaitFunction`: record the wait instead of sleeping."""
        self.waits.append(wait_seconds)

    def evaluate(self, expression: str) -> Any:
        """Evaluate JSONata as Step Functions does, where an undefined result is an error."""
        parsed = jsonata.Jsonata(expression)
        # moto passes the start of the execution to the expression that computes the deadline from it. After
        # that only waits take time, so that a slow machine changes nothing.
        if found := re.search(r'"StartTime":"([^"]+)"', expression):
            self.started_ms = int(datetime.fromisoformat(found[1]).timestamp() * 1000)
        now = self.started_ms + 1000 * sum(self.waits)
        parsed.register_lambda("millis", lambda: now)
        # Step Functions' own function. It fails for text that is not JSON.
        parsed.register_lambda("parse", json.loads)
        result = parsed.evaluate(None)
        if result is None:
            raise moto_jsonata.JSONataException("undefined", expression)
        return json.loads(json.dumps(result))


def run(definition: dict[str, Any], given: Any, answer: Callable[[dict[str, Any]], Answer]) -> Execution:
    """Execute `definition` with the input `given`; `answer` takes the place of the function."""
    simulation = _Simulation(answer)
    with _patched(simulation), mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions", region_name="us-east-1")
        machine = client.create_state_machine(
            name="wait-for-jobs",
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::123456789012:role/any",
        )["stateMachineArn"]
        execution = client.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
        end = time.monotonic() + _LONGEST_SECONDS
        while (result := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < end, "the state machine does not finish"
            time.sleep(0.01)
        events = client.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return Execution(
        status=result["status"],
        output=json.loads(result["output"]) if "output" in result else None,
        error=result.get("error"),
        cause=result.get("cause"),
        payloads=simulation.payloads,
        contexts=simulation.contexts,
        waits=simulation.waits,
        retries=simulation.retries,
        events=events,
    )


@contextmanager
def _patched(simulation: _Simulation) -> Iterator[None]:
    with (
        mock.patch.object(moto_jsonata, "_eval_jsonata", simulation.evaluate),
        mock.patch.object(lambda_eval_utils, "boto_client_for", return_value=simulation),
        mock.patch.object(WaitFunction, "_wait_interval", staticmethod(simulation.wait)),
        mock.patch.object(retrier_decl, "time", SimpleNamespace(sleep=simulation.retries.append)),
    ):
        yield
