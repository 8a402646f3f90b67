"""Runs the state machine of the fleet's sweep in moto's interpreter, with a Python function as its Lambda.

The waits take no time.
"""

import base64
import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

from infra.constructs.fleet_sweep import DEFINITION_FILE
from tests.infra.state_machines.interpreter import (
    Result,
    evaluate_jsonata,
    execute,
    lambda_and_time,
    lambda_response,
)

SUBSTITUTIONS = {
    "Partition": "aws",
    "WatchFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:watch:live",
    "FunctionTimeoutSeconds": "300",
    "Concurrency": "4",
    "DistributedAbove": "40",
    "ResultsBucket": "results",
    "ResultsPrefix": "sweeps",
}
Step = dict[str, Any]


def definition(**substitutions: str) -> dict[str, Any]:
    """Return the definition with its substitutions, as CloudFormation fills them in."""
    text = DEFINITION_FILE.read_text(encoding="utf-8")
    for name, value in {**SUBSTITUTIONS, **substitutions}.items():
        text = text.replace(f"${{{name}}}", value)
    assert "${" not in text, "an unknown substitution"
    filled: dict[str, Any] = json.loads(text)
    return filled


def _for_moto(machine: dict[str, Any]) -> dict[str, Any]:
    """Return a definition without what moto does not know: express children, and a JSONata `ResultWriter`."""
    adapted: dict[str, Any] = json.loads(json.dumps(machine))
    distributed = adapted["States"]["Sweep distributed"]
    distributed["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = "STANDARD"
    del distributed["ResultWriter"]
    return adapted


@dataclass(frozen=True)
class Sweep(Result):
    """The result of a sweep, and what it did.

    Attributes
    ----------
    steps : list
        What the function was invoked with, in order; the sources in any.
    correlation_ids : set of str
        Ids of the client contexts.
    waits : list of int
        Seconds that each source waited.
    most_at_once : int
        The largest number of invocations at one time.
    """

    steps: list[Step]
    correlation_ids: set[str]
    waits: list[int]
    retries: list[float]
    most_at_once: int

    @property
    def sources(self) -> list[str]:
        """The sources that the function was invoked for, sorted."""
        return sorted(each["source"] for each in self.steps if each["step"] == "source")


@dataclass
class _Simulation:
    answer: Callable[[Step], Any]
    steps: list[Step] = field(default_factory=list)
    correlation_ids: set[str] = field(default_factory=set)
    waits: list[int] = field(default_factory=list)
    retries: list[float] = field(default_factory=list)
    running: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def invoke(self, **parameters: Any) -> dict[str, Any]:
        """Replace the method of boto3's Lambda client."""
        step = json.loads(parameters["Payload"])["fleetSweep"]
        context = json.loads(base64.b64decode(parameters["ClientContext"]))
        with self.lock:
            self.steps.append(step)
            self.correlation_ids.add(context["custom"]["correlationId"])
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
        if step["step"] == "source":
            time.sleep(0.01)
        with self.lock:
            self.running -= 1
        return lambda_response(self.answer(step))


def run(answer: Callable[[Step], Any], **substitutions: str) -> Sweep:
    """Execute a sweep; `answer` takes the place of the watch function."""
    simulation = _Simulation(answer)

    def wait(_function: Any, *, env: Any, wait_seconds: int) -> None:  # noqa: ARG001 - moto's signature
        simulation.waits.append(wait_seconds)

    with ExitStack() as stack:
        for patch in lambda_and_time(simulation, evaluate_jsonata, simulation.retries):
            stack.enter_context(patch)
        stack.enter_context(mock.patch.object(WaitFunction, "_wait_interval", wait))
        result = execute(_for_moto(definition(**substitutions)), {})
    return Sweep(
        **vars(result),
        steps=simulation.steps,
        correlation_ids=simulation.correlation_ids,
        waits=simulation.waits,
        retries=simulation.retries,
        most_at_once=simulation.most_at_once,
    )
