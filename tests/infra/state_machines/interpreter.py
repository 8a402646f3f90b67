"""Runs a state machine in moto's interpreter; what the test puts in place of AWS's services is patched in."""

import io
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest import mock

import boto3
import jsonata  # type: ignore[import-untyped]
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata

_LONGEST_SECONDS = 120
EXECUTION = "execution-1"
ROLE = "arn:aws:iam::123456789012:role/any"


class LambdaServiceError(Exception):
    """Lambda itself refuses the invocation: `LambdaServiceError("TooManyRequestsException")`."""


@dataclass(frozen=True)
class Result:
    """The result of an execution, and its history."""

    status: str
    output: Any
    error: str | None
    cause: str | None
    events: list[dict[str, Any]]

    @property
    def states(self) -> list[str]:
        """The names of the states that were entered; not those of the children of a Distributed Map."""
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.events
            if "stateEnteredEventDetails" in event
        ]


def lambda_response(answer: Any) -> dict[str, Any]:
    """Return what boto3's Lambda client returns for the answer of a function, or raise what it raises.

    Parameters
    ----------
    answer : JSON value or Exception
        What the function returns or raises; `LambdaServiceError` if Lambda does not invoke it.
    """
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


def evaluate_jsonata(expression: str, milliseconds: Callable[[], int] | None = None) -> Any:
    """Evaluate JSONata as Step Functions does, where an undefined result is an error.

    Parameters
    ----------
    milliseconds : callable or None
        The time, for `$millis`; None for the present.
    """
    parsed = jsonata.Jsonata(expression)
    if milliseconds:
        parsed.register_lambda("millis", milliseconds)
    # Step Functions' own function. It fails for text that is not JSON.
    parsed.register_lambda("parse", json.loads)
    result = parsed.evaluate(None)
    if result is None:
        raise moto_jsonata.JSONataException("undefined", expression)
    return json.loads(json.dumps(result))


def lambda_and_time(
    client: Any, evaluate: Callable[[str], Any], retries: list[float]
) -> tuple[AbstractContextManager[Any], ...]:
    """Return the patches that every test needs: the Lambda client, JSONata, and the waits before retries.

    Parameters
    ----------
    client : object
        Has `invoke`, as boto3's Lambda client.
    evaluate : callable
        Evaluates an expression, such as `evaluate_jsonata`.
    retries : list
        Gets the seconds of each wait before a retry, which takes no time.
    """
    return (
        mock.patch.object(moto_jsonata, "_eval_jsonata", evaluate),
        mock.patch.object(lambda_eval_utils, "boto_client_for", return_value=client),
        mock.patch.object(retrier_decl, "time", SimpleNamespace(sleep=retries.append)),
    )


def execute(
    definition: dict[str, Any],
    given: Any,
    *,
    prepare: Callable[[], None] = lambda: None,
) -> Result:
    """Execute a definition with an input, in an embedded AWS.

    Parameters
    ----------
    prepare : callable
        Creates what the state machine needs in the embedded AWS.
    """
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        prepare()
        client = boto3.client("stepfunctions", region_name="us-east-1")
        machine = client.create_state_machine(
            name="workflow", definition=json.dumps(definition), roleArn=ROLE
        )["stateMachineArn"]
        execution = client.start_execution(
            # Step Functions gives every execution a name, but moto does not.
            stateMachineArn=machine,
            name=EXECUTION,
            input=json.dumps(given),
        )["executionArn"]
        end = time.monotonic() + _LONGEST_SECONDS
        while (result := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < end, "the state machine does not finish"
            time.sleep(0.01)
        events = client.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return Result(
        status=result["status"],
        output=json.loads(result["output"]) if "output" in result else None,
        error=result.get("error"),
        cause=result.get("cause"),
        events=events,
    )
