"""moto's interpreter of state machines, with a function behind a gateway as its Lambda."""

import io
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jsonata  # type: ignore[import-untyped]
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from local.common.http_client import HttpResponse
from local.common.identifiers import ACCOUNT, REGION
from local.state_machine.definition import DefinitionError

Invoke = Callable[[object, str | None], HttpResponse]
_LEFT_OUT = ("ResultWriter", "ToleratedFailurePercentage")
_RUNNING = "RUNNING"
_CHECK_INTERVAL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Execution:
    """The end of an execution; `error` and `cause` are None unless it failed."""

    name: str
    status: str
    output: Any
    error: str | None
    cause: str | None

    @property
    def succeeded(self) -> bool:
        """Whether it succeeded."""
        return self.status == "SUCCEEDED"


class StateMachine:
    """A state machine. Its executions run in threads of moto.

    Only one function can exist in a process, because moto's modules hold it.

    Parameters
    ----------
    definition : mapping
        See `definition.read_definition`. What moto lacks is left out or replaced: a ResultWriter in JSONata,
        so the result of a Map is the results themselves; tolerated failures, of which there are none here;
        children of type EXPRESS, which are STANDARD.
    invoke : callable
        Invokes the function of all tasks with an event and a client context, and returns its response.
    pace : float
        Factor by which waits and pauses before retries are shorter than in Step Functions.

    Raises
    ------
    DefinitionError
        moto cannot execute the definition.
    """

    def __init__(self, definition: Mapping[str, Any], invoke: Invoke, *, pace: float = 20) -> None:
        _connect(_Lambda(invoke), pace)
        self._backend = StepFunctionsParserBackend(REGION, ACCOUNT)
        try:
            self._machine: Any = self._backend.create_state_machine(
                name="local",
                definition=json.dumps(_supported(definition)),
                roleArn=f"arn:aws:iam::{ACCOUNT}:role/state-machine",
            )
        except InvalidDefinition as error:
            raise DefinitionError(f"moto cannot execute the definition: {error}") from error

    def start(self, name: str, given: object) -> Callable[[], Execution | None]:
        """Start an execution.

        Returns
        -------
        callable
            Returns the end of the execution; None while it runs.
        """
        execution: Any = self._backend.start_execution(self._machine.arn, name, json.dumps(given))

        def ended() -> Execution | None:
            if execution.status == _RUNNING:
                return None
            return Execution(name, execution.status, execution.output, execution.error, execution.cause)

        return ended

    def execute(self, name: str, given: object) -> Execution:
        """Start an execution, and wait for its end."""
        ended = self.start(name, given)
        while (execution := ended()) is None:
            time.sleep(_CHECK_INTERVAL_SECONDS)
        return execution


class _Lambda:
    """boto3's client of Lambda, as far as moto uses it."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke

    def invoke(self, **parameters: Any) -> dict[str, Any]:
        response = self._invoke(json.loads(parameters["Payload"]), parameters.get("ClientContext"))
        answer = {"StatusCode": response.status, "Payload": io.BytesIO(response.body)}
        if not response.ok:
            # Lambda itself refused: moto takes any exception as a failure of the task.
            raise ConnectionError(f"{response.status} {response.text}")
        failed = response.headers.get("x-amz-function-error")
        return answer | ({"FunctionError": failed} if failed else {})


def _connect(function: _Lambda, pace: float) -> None:
    """Put the function, JSONata and a faster clock into moto's modules."""
    # moto logs each failed task, even those that the definition catches.
    logging.getLogger("moto").addHandler(logging.NullHandler())
    modules: Any = (lambda_eval_utils, moto_jsonata, retrier_decl, WaitFunction)
    lambdas, expressions, retries, waits = modules
    lambdas.boto_client_for = lambda **_: function
    expressions._eval_jsonata = _evaluate  # noqa: SLF001 - moto expects a Java library there, and has no setter
    retries.time = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / pace))
    waits._wait_interval = lambda _self, env, wait_seconds: env.program_state_event.wait(  # noqa: SLF001
        wait_seconds / pace
    )


def _evaluate(expression: str) -> Any:
    """Evaluate JSONata as Step Functions does, where an undefined result is an error."""
    parsed = jsonata.Jsonata(expression)
    # Step Functions' own function. It fails for text that is not JSON.
    parsed.register_lambda("parse", json.loads)
    result = parsed.evaluate(None)
    if result is None:
        raise moto_jsonata.JSONataException("undefined", expression)
    # The result has types of the library, which moto cannot copy.
    return json.loads(json.dumps(result))


def _supported(part: Any) -> Any:
    """Return a part of a definition in the form that moto's grammar accepts."""
    if isinstance(part, list):
        return [_supported(each) for each in part]
    if not isinstance(part, Mapping):
        return part
    return {
        name: "STANDARD" if name == "ExecutionType" else _supported(value)
        for name, value in part.items()
        if name not in _LEFT_OUT
    }
