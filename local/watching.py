"""The watch, played: Bedrock's events and a sweep's ticks go to its function, what it tells to the screen.

It stands where EventBridge stands in the cloud: between the rules and what they invoke.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from local.client import Answer, call
from local.environment import FUNCTION_NAME
from local.jobs import wire_time
from local.resources import STATE_CHANGES, TOLD
from local.rest_api import ACCOUNT
from local.screen import Screen
from local.telling import Told, read

SWEEP_SECONDS = 3.0
_LOOK_SECONDS = 0.2


@dataclass(slots=True)
class Tally:
    """What was told so far.

    Attributes
    ----------
    told : Counter of str
        How often, by the transitions' ids.
    delivered : set of tuple
        The ARN and status of each event that reached the watch.
    by_event, missed, failures : int
        Changes of status told by their events, those that the sweep found alone, failures with their reason.
    errors : list of str
        What the function failed with.
    """

    told: Counter[str] = field(default_factory=Counter)
    delivered: set[tuple[str, str]] = field(default_factory=set)
    by_event: int = 0
    missed: int = 0
    failures: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def twice(self) -> int:
        """How many transitions were told more than once."""
        return sum(count > 1 for count in self.told.values())

    @property
    def has_all(self) -> bool:
        """Whether there was something of each kind to see."""
        return bool(self.by_event and self.missed and self.failures)

    @property
    def good(self) -> bool:
        """Whether the watch did what it promises."""
        return bool(self.told) and not self.twice and not self.errors


class Cloud(Protocol):
    """What the watch is played with: `resources.Resources`, or a fake of it."""

    def pass_time(self, speed: float) -> None:
        """Let the jobs move."""

    def receive(self, queue: str) -> Iterable[tuple[str, dict[str, Any]]]:
        """Receive the next few events of a queue, each with the handle that deletes it."""
        ...

    def delete(self, queue: str, handle: str) -> None:
        """Delete an event that has been dealt with."""


class Watching:
    """Plays the watch.

    Parameters
    ----------
    screen : Screen
        Where what is told is shown.
    cloud : Cloud
        The embedded one: its queues and its time.
    invoke : callable
        Invokes the watch function with an event, see `invoker`.
    region : str
        Named in the tick.
    clock, sleep : callable
        Seconds that go on, and what lets them pass.
    """

    def __init__(
        self,
        screen: Screen,
        cloud: Cloud,
        invoke: Callable[[object], Answer],
        *,
        region: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._screen = screen
        self._cloud = cloud
        self._function = invoke
        self._region = region
        self._clock = clock
        self._wait = sleep
        self._next_sweep = clock()
        self.tally = Tally()

    def begin(self, speed: float) -> None:
        """Sweep once, which records what is there without telling old things as news; then let time pass."""
        self._sweep()
        self._cloud.pass_time(speed)

    def look(self) -> None:
        """Hand on what there is by now: events to the watch, a tick if it is time, the news to the screen."""
        self._deliver()
        if self._clock() >= self._next_sweep:
            self._sweep()
        self._show()
        self._wait(_LOOK_SECONDS)

    def play(self, seconds: float) -> Tally:
        """Look until there was something of each kind to see, or for some seconds."""
        end = self._clock() + seconds
        while self._clock() < end and not self.tally.has_all:
            self.look()
        self._deliver()
        self._show()
        return self.tally

    def _sweep(self) -> None:
        self._next_sweep = self._clock() + SWEEP_SECONDS
        now = datetime.now(UTC)
        self._invoke(
            {
                "schedule": {
                    "arn": f"arn:aws:scheduler:{self._region}:{ACCOUNT}:schedule/default/sweep",
                    "scheduledTime": wire_time(now),
                    "executionId": f"watch-{now:%H%M%S}",
                    "attemptNumber": "1",
                }
            }
        )

    def _deliver(self) -> None:
        for handle, event in self._received(STATE_CHANGES):
            # One that fails is received again after a while, as EventBridge and Lambda would send it again.
            if self._invoke(event):
                self.tally.delivered.add((event["detail"]["jobArn"], event["detail"]["jobStatus"]))
                self._cloud.delete(STATE_CHANGES, handle)

    def _show(self) -> None:
        told = []
        for handle, event in self._received(TOLD):
            self._cloud.delete(TOLD, handle)
            told.append(read(event))
        # An event is on its queue before a sweep can see the change: those of all that was told are there.
        self._deliver()
        for each in told:
            self._tell(each)

    def _tell(self, told: Told) -> None:
        tally = self.tally
        tally.told[told.id] += 1
        missed = told.by_sweep and told.has_event and (told.arn, told.kind) not in tally.delivered
        tally.missed += missed
        tally.by_event += told.has_event and not told.by_sweep
        tally.failures += bool(told.reason)
        self._screen.told(
            told.time,
            told.name,
            told.what,
            told.found(missed=missed, again=tally.told[told.id] > 1),
            word=told.word,
        )
        if told.reason:
            self._screen.why(told.reason)

    def _received(self, queue: str) -> Iterator[tuple[str, dict[str, Any]]]:
        while batch := list(self._cloud.receive(queue)):
            yield from batch

    def _invoke(self, event: object) -> bool:
        answer = self._function(event)
        failed = answer.status != 200 or "x-amz-function-error" in answer.headers  # noqa: PLR2004 - HTTP's OK
        if failed:
            self._fail(answer)
        return not failed

    def _fail(self, answer: Answer) -> None:
        said = answer.body.decode(errors="replace")
        self.tally.errors.append(said)
        self._screen.received(f"The watch failed: {said[:200]}", good=False)


def invoker(url: str) -> Callable[[object], Answer]:
    """Make what invokes the function behind a gateway, and waits for its answer."""
    path = f"/2015-03-31/functions/{FUNCTION_NAME}/invocations"
    return lambda event: call(url + path, method="POST", body=event)
