"""Sweeps of the fleet: executions of the state machine that the stack deploys."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from local.common.identifiers import ACCOUNT, FUNCTION_NAME
from local.state_machine.definition import read_definition
from local.state_machine.interpreter import Execution, Invoke, StateMachine

_CHECK_INTERVAL_SECONDS = 0.05
DEFINITION = Path(__file__).parents[3] / "infra" / "fleet_sweep.asl.json"


class Machine(Protocol):
    """The part of `StateMachine` that sweeps use."""

    def start(self, name: str, given: object) -> Callable[[], Execution | None]:
        """Start an execution; return a function that returns its end, or None while it runs."""
        ...

    def execute(self, name: str, given: object) -> Execution:
        """Start an execution, and wait for its end."""
        ...


class FleetSweeps:
    """Runs one sweep after the other.

    Attributes
    ----------
    completed : int
        Number of executions that succeeded.
    failed : list of Execution
        Executions that did not succeed.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._ended: Callable[[], Execution | None] | None = None
        self._started = 0
        self.completed = 0
        self.failed: list[Execution] = []

    def run(self) -> Execution:
        """Run a sweep to its end."""
        execution = self._machine.execute(self._next_name(), {})
        self._count(execution)
        return execution

    def start(self) -> None:
        """Start a sweep, unless one is running."""
        self.check()
        if self._ended is None:
            self._ended = self._machine.start(self._next_name(), {})

    def check(self) -> Execution | None:
        """Count the running sweep if it has ended; return it if it failed."""
        execution = self._ended() if self._ended else None
        if execution is None:
            return None
        self._ended = None
        self._count(execution)
        return None if execution.succeeded else execution

    def finish(self, seconds: float) -> None:
        """Wait for the running sweep, at most for a time, and count it."""
        end = time.monotonic() + seconds
        while self._ended and not self._ended() and time.monotonic() < end:
            time.sleep(_CHECK_INTERVAL_SECONDS)
        self.check()

    def _next_name(self) -> str:
        self._started += 1
        return f"sweep-{self._started}"

    def _count(self, execution: Execution) -> None:
        if execution.succeeded:
            self.completed += 1
        else:
            self.failed.append(execution)


def create_machine(invoke: Invoke, region: str) -> StateMachine:
    """Create the state machine of sweeps from the definition of the stack."""
    substitutions: Mapping[str, str | int] = {
        "Partition": "aws",
        "WatchFunctionArn": f"arn:aws:lambda:{region}:{ACCOUNT}:function:{FUNCTION_NAME}:live",
        "FunctionTimeoutSeconds": 60,
        "Concurrency": 20,
        "DistributedAbove": 40,
        # Not used: moto has no ResultWriter in JSONata.
        "ResultsBucket": "local",
        "ResultsPrefix": "sweeps",
    }
    return StateMachine(read_definition(DEFINITION, substitutions), invoke)
