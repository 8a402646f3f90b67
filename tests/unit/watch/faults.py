"""Faults in the calls of the watch to the table, the bus and Bedrock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from customization_jobs.errors import BedrockTimeoutException, WatchUnavailableException

Result = TypeVar("Result")


class Killed(BaseException):
    """Ends an invocation. The code under test cannot handle it, because it only handles `Exception`."""


@dataclass
class FaultInjector:
    """Injects faults into calls, which are numbered from 1.

    Attributes
    ----------
    calls : list of str
        Names of the calls so far.
    kill_at : int
        Call at which the invocation dies; 0 for none.
    fail_at : set of int
        Calls that raise one of the service's errors.
    failing : str
        Name of the calls that all raise such an error; empty for none.
    takes_effect : bool
        Whether the call that dies or fails takes effect first.
    repeat_at : set of int
        Calls whose answer is lost, so that the AWS client repeats them.
    interrupt_at : int
        Call before which `interruption` runs.
    interruption : callable
        What another invocation does in the meantime.
    """

    calls: list[str] = field(default_factory=list)
    kill_at: int = 0
    fail_at: set[int] = field(default_factory=set)
    failing: str = ""
    takes_effect: bool = False
    repeat_at: set[int] = field(default_factory=set)
    interrupt_at: int = 0
    interruption: Callable[[], object] = lambda: None

    def call(self, name: str, effect: Callable[[], Result]) -> Result:
        self.calls.append(name)
        number = len(self.calls)
        if number == self.interrupt_at:
            self.interruption()
        if number == self.kill_at or number in self.fail_at or name == self.failing:
            if self.takes_effect:
                effect()
            if number == self.kill_at:
                raise Killed
            if name in ("get_job", "list_tags"):
                raise BedrockTimeoutException("slow")
            raise WatchUnavailableException("throttled")
        if number in self.repeat_at:
            effect()
        return effect()
