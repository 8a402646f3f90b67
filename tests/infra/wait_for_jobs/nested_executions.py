"""Executions of a state machine by another one, which moto's interpreter does not complete.

moto passes the parameters on under the names that Step Functions gives them, which boto3 refuses.
"""

import json
from collections.abc import Callable
from typing import Any, cast

import boto3
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)


def start_execution(
    _service: Any,
    env: Any,
    resource_runtime_part: Any,
    normalised_parameters: dict[str, Any],
    state_credentials: Any,  # noqa: ARG001 - moto's signature
) -> None:
    """Replace `_eval_service_task` of moto's `StateTaskServiceSfn`."""
    client = boto3.client("stepfunctions", region_name=resource_runtime_part.region)
    started = client.start_execution(
        stateMachineArn=normalised_parameters["StateMachineArn"],
        input=normalised_parameters["Input"],
    )
    env.stack.append({"ExecutionArn": started["executionArn"]})


def sync2_resolver(_service: Any, env: Any, resource_runtime_part: Any, **_: Any) -> Callable[[], Any]:
    """Replace `_build_sync2_resolver`, which returns a function that is called until it returns a result."""
    client = boto3.client("stepfunctions", region_name=resource_runtime_part.region)
    arn = env.stack.pop()["ExecutionArn"]

    def resolve() -> Any:
        found = client.describe_execution(executionArn=arn)
        if found["status"] == "RUNNING":
            return None
        names = ("status", "error", "cause", "output")
        described: dict[str, Any] = {name.title(): found[name] for name in names if name in found}
        if found["status"] == "SUCCEEDED":
            return described | {"Output": json.loads(described["Output"])}
        details: Any = TaskFailedEventDetails(error="States.TaskFailed", cause=json.dumps(described))
        raise FailureEventException(
            FailureEvent(
                env=env,
                error_name=StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed),
                event_type=HistoryEventType.TaskFailed,
                event_details=cast("Any", {"taskFailedEventDetails": details}),
            )
        )

    return resolve
