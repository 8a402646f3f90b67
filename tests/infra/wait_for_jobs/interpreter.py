"""Runs a state machine in moto's interpreter, with a Python function as its Lambda and simulated time."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unittest import mock

import boto3
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

from tests.infra.state_machines.interpreter import (
    ROLE,
    Result,
    evaluate_jsonata,
    execute,
    lambda_and_time,
    lambda_response,
)
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
_NESTED = state_task_service_sfn.StateTaskServiceSfn
NESTED_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:wait-for-jobs"


@dataclass(frozen=True)
class Execution(Result):
    """The result of an execution, and what it did."""

    payloads: list[dict[str, Any]]
    contexts: list[dict[str, Any]]
    waits: list[int]
    retries: list[float]
    tokens: list[str]


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
        return lambda_response(answer)

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
        # moto passes the start of the execution to the expression that computes the deadline from it. After
        # that only waits take time, so that a slow machine changes nothing.
        if found := re.search(r'"StartTime":"([^"]+)"', expression):
            self.started_ms = int(datetime.fromisoformat(found[1]).timestamp() * 1000)
        now = self.started_ms + 1000 * sum(self.waits)
        return evaluate_jsonata(expression, lambda: now)


def run(
    definition: dict[str, Any],
    given: Any,
    answer: Callable[[dict[str, Any]], Answer],
    *,
    nested: dict[str, Any] | None = None,
    prepare: Callable[[], None] = lambda: None,
) -> Execution:
    """Execute `definition` with the input `given`; `answer` takes the place of the functions.

    A nested definition is a state machine with the ARN `NESTED_ARN`, which the other one can execute.
    `prepare` creates what else it needs.
    """
    simulation = _Simulation(answer)

    def prepare_all() -> None:
        prepare()
        if nested:
            boto3.client("stepfunctions", region_name="us-east-1").create_state_machine(
                name=NESTED_ARN.rpartition(":")[2], definition=json.dumps(nested), roleArn=ROLE
            )

    with _patched(simulation):
        result = execute(definition, given, prepare=prepare_all)
    return Execution(
        **vars(result),
        payloads=simulation.payloads,
        contexts=simulation.contexts,
        waits=simulation.waits,
        retries=simulation.retries,
        tokens=simulation.tokens,
    )


@contextmanager
def _patched(simulation: _Simulation) -> Iterator[None]:
    patches = (
        *lambda_and_time(simulation, simulation.evaluate, simulation.retries),
        mock.patch.object(
            state_task_service_callback.StateTaskServiceCallback,
            "_eval_wait_for_task_token",
            staticmethod(simulation.wait_for_token),
        ),
        mock.patch.object(_NESTED, "_eval_service_task", start_execution),
        mock.patch.object(_NESTED, "_build_sync2_resolver", sync2_resolver),
    )
    with ExitStack() as stack:
        for patch in patches:
            stack.enter_context(patch)
        yield
