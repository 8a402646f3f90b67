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
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
    state_task_service_sfn,
)
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
    CallbackOutcomeTimedOut,
    HeartbeatTimedOut,
)
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata

from tests.infra.wait_for_jobs.nested_executions import start_execution, sync2_resolver


@dataclass(frozen=True)
class Woken:
    """The watch answers the wait with an output, after some seconds."""

    output: Any
    seconds: int = 0


@dataclass(frozen=True)
class Refused:
    """The watch answers the wait with an error."""

    error: str
    cause: str


class Silence:
    """The watch registers the wait, and sends neither an answer nor a heartbeat."""


class Heartbeats:
    """The watch registers the wait, and sends heartbeats, but no answer."""


Answer = dict[str, Any] | Exception | Woken | Refused | Silence | Heartbeats
_LONGEST_SECONDS = 120
_NESTED = state_task_service_sfn.StateTaskServiceSfn
NESTED_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:wait-for-jobs"


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
    tokens: list[str]
    events: list[dict[str, Any]]


@dataclass
class _Simulation:
    answer: Callable[[dict[str, Any]], Answer]
    payloads: list[dict[str, Any]] = field(default_factory=list)
    contexts: list[dict[str, Any]] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    retries: list[float] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    outcome: Answer = field(default_factory=Silence)
    started_ms: int = 0

    def invoke(self, **parameters: Any) -> dict[str, Any]:
        """Replace the method of boto3's Lambda client."""
        payload = json.loads(parameters["Payload"])
        self.payloads.append(payload)
        if "ClientContext" in parameters:
            self.contexts.append(json.loads(base64.b64decode(parameters["ClientContext"])))
        if "wait" in payload:
            self.tokens.append(payload["wait"].pop("taskToken"))
        answer = self.answer(payload)
        if isinstance(answer, Woken | Refused | Silence | Heartbeats):
            self.outcome, answer = answer, {"waiting": 1, "done": False}
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

    def wait_for_token(
        self,
        env: Any,  # noqa: ARG002 - moto's signature
        timeout_seconds: int,
        callback_endpoint: Any,
        heartbeat_endpoint: Any,
    ) -> Any:
        """Replace the method of moto that waits for a task token: record the wait instead of sleeping."""
        outcome, token = self.outcome, callback_endpoint.callback_id
        if token not in self.tokens:
            # moto also waits for the token of a state that waits for an execution, which nobody answers.
            return None
        assert token == self.tokens[-1]
        heartbeat_seconds = timeout_seconds - 1
        if heartbeat_endpoint:
            heartbeat_seconds = heartbeat_endpoint._heartbeat_seconds  # noqa: SLF001 - moto has no accessor
            assert heartbeat_seconds < timeout_seconds, "Step Functions requires it"
        if isinstance(outcome, Woken):
            self.waits.append(outcome.seconds)
            return CallbackOutcomeSuccess(token, json.dumps(outcome.output))
        if isinstance(outcome, Refused):
            return CallbackOutcomeFailure(token, outcome.error, outcome.cause)
        is_silent = isinstance(outcome, Silence) and heartbeat_seconds < timeout_seconds - 1
        self.waits.append(heartbeat_seconds if is_silent else timeout_seconds)
        return HeartbeatTimedOut() if is_silent else CallbackOutcomeTimedOut(token)

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


def run(
    definition: dict[str, Any],
    given: Any,
    answer: Callable[[dict[str, Any]], Answer],
    *,
    nested: dict[str, Any] | None = None,
) -> Execution:
    """Execute `definition` with the input `given`; `answer` takes the place of the functions.

    A nested definition is a state machine with the ARN `NESTED_ARN`, which the other one can execute.
    """
    simulation = _Simulation(answer)
    with _patched(simulation), mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions", region_name="us-east-1")
        role = "arn:aws:iam::123456789012:role/any"
        if nested:
            client.create_state_machine(
                name=NESTED_ARN.rpartition(":")[2], definition=json.dumps(nested), roleArn=role
            )
        machine = client.create_state_machine(
            name="workflow", definition=json.dumps(definition), roleArn=role
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
        tokens=simulation.tokens,
        events=events,
    )


@contextmanager
def _patched(simulation: _Simulation) -> Iterator[None]:
    with (
        mock.patch.object(moto_jsonata, "_eval_jsonata", simulation.evaluate),
        mock.patch.object(lambda_eval_utils, "boto_client_for", return_value=simulation),
        mock.patch.object(
            state_task_service_callback.StateTaskServiceCallback,
            "_eval_wait_for_task_token",
            staticmethod(simulation.wait_for_token),
        ),
        mock.patch.object(_NESTED, "_eval_service_task", start_execution),
        mock.patch.object(_NESTED, "_build_sync2_resolver", sync2_resolver),
        mock.patch.object(retrier_decl, "time", SimpleNamespace(sleep=simulation.retries.append)),
    ):
        yield
