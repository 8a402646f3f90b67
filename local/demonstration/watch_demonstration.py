"""Runs the watch: invokes its function with Bedrock's events and on a schedule, and shows what it publishes.

It takes the place of EventBridge and its rules.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from local.common.http_client import HttpResponse
from local.demonstration.console import Console
from local.demonstration.function_client import failed, schedule_event
from local.demonstration.transition_view import TransitionView, parse_transition
from local.demonstration.wait_demonstration import WaitDemonstration
from local.demonstration.watch_tally import WatchTally
from local.embedded_aws.watch_resources import STATE_CHANGES, TRANSITIONS

SWEEP_INTERVAL_SECONDS = 3.0
_POLL_INTERVAL_SECONDS = 0.2
_SHOWN_ERROR_LENGTH = 200


class WatchQueues(Protocol):
    """The part of `WatchResources` that the demonstration uses."""

    def start_simulation(self, speed: float) -> None:
        """Let the jobs move."""

    def receive(self, queue: str) -> Iterable[tuple[str, dict[str, Any]]]:
        """Receive the next events of a queue, each with the handle that deletes it."""
        ...

    def answers(self) -> Mapping[str, Any]:
        """Return the answers to task tokens of waiting workflows."""
        ...

    def delete(self, queue: str, handle: str) -> None:
        """Delete an event that has been processed."""


class Fleet(Protocol):
    """What the watch of a fleet does differently; see `fleet.watched_fleet`."""

    @property
    def complete(self) -> bool:
        """Whether everything about the fleet has been shown."""
        ...

    def sweep(self) -> None:
        """Start a sweep of the fleet, unless one is running."""

    def step(self) -> None:
        """Do whatever else is due."""

    def show(self, event: Mapping[str, Any]) -> bool:
        """Show an event that is not a transition of a job; return False if it is one."""
        ...

    def label(self, job_arn: str) -> str:
        """Return the name of a job's source."""
        ...


class WatchDemonstration:
    """Runs the watch and shows its transitions.

    Parameters
    ----------
    invoke : callable
        Invokes the watch function with an event and returns its response.
    clock, sleep : callable
        A monotonic clock in seconds, and the wait that goes with it.
    fleet : Fleet or None
        The fleet, if there is one. Its first sweep precedes the demonstration.

    Attributes
    ----------
    first_failure : mapping or None
        The first event of a failed job that the watch published.
    """

    def __init__(
        self,
        console: Console,
        queues: WatchQueues,
        invoke: Callable[[object], HttpResponse],
        *,
        region: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        fleet: Fleet | None = None,
    ) -> None:
        self._console = console
        self._queues = queues
        self._invoke_function = invoke
        self._region = region
        self._clock = clock
        self._sleep = sleep
        self._next_sweep = clock()
        self._fleet = fleet
        self._wait = WaitDemonstration(console, invoke, queues.answers, fleet=fleet is not None)
        self.tally = WatchTally()
        self.first_failure: Mapping[str, Any] | None = None

    def start(self, speed: float) -> None:
        """Sweep once, which records existing jobs without publishing their past; then wait and simulate."""
        self._sweep()
        if speed:
            self._wait.start()
        self._queues.start_simulation(speed)

    def step(self) -> None:
        """Deliver waiting events, sweep if it is time, show new transitions, and wait a moment."""
        if self._fleet:
            self._fleet.step()
        self._deliver()
        if self._clock() >= self._next_sweep:
            self._sweep()
        self._show()
        self._sleep(_POLL_INTERVAL_SECONDS)

    def run(self, seconds: float) -> WatchTally:
        """Step until the tally is complete, at most for the given time."""
        end = self._clock() + seconds
        while self._clock() < end and (self.is_waiting or not self._complete):
            self.step()
        self._deliver()
        self._show()
        return self.tally

    @property
    def is_waiting(self) -> bool:
        """Whether a workflow waits for an answer."""
        return self._wait.is_waiting

    @property
    def _complete(self) -> bool:
        return self.tally.complete and (self._fleet is None or self._fleet.complete)

    def _sweep(self) -> None:
        self._next_sweep = self._clock() + SWEEP_INTERVAL_SECONDS
        if self._fleet:
            self._fleet.sweep()
            return
        self._invoke(schedule_event(self._region, "watch"))

    def _deliver(self) -> None:
        for handle, event in self._received(STATE_CHANGES):
            # An event that fails stays on the queue and is received again, like a retry of EventBridge.
            if self._invoke(event):
                self.tally.delivered.add((event["detail"]["jobArn"], event["detail"]["jobStatus"]))
                self._queues.delete(STATE_CHANGES, handle)

    def _show(self) -> None:
        transitions = []
        for handle, event in self._received(TRANSITIONS):
            self._queues.delete(TRANSITIONS, handle)
            if self._fleet and self._fleet.show(event):
                continue
            transitions.append(parse_transition(event))
            if self.first_failure is None and event["detail"]["kind"] == "Failed":
                self.first_failure = event
        # An event is queued before a sweep can see its change. After this delivery, a change without
        # a delivered event is one whose event was dropped.
        self._deliver()
        for transition in transitions:
            self._show_transition(transition)
        self._wait.show()

    def _show_transition(self, transition: TransitionView) -> None:
        origin, source = self.tally.add(transition), ""
        if self._fleet:
            source = self._fleet.label(transition.job_arn)
            if transition.kind == "PhaseChanged":
                # Too many for a console: all sources change at the same time.
                return
            if origin.startswith("found") and not transition.has_event:
                # Left out, because the source makes the line long enough.
                origin = ""
        self._console.transition(
            transition.time,
            transition.job_name,
            transition.description,
            origin,
            status=transition.status,
            source=source,
        )
        if transition.failure:
            self._console.detail(transition.failure)

    def _received(self, queue: str) -> Iterator[tuple[str, dict[str, Any]]]:
        while batch := list(self._queues.receive(queue)):
            yield from batch

    def _invoke(self, event: object) -> bool:
        response = self._invoke_function(event)
        if not failed(response):
            return True
        self.tally.errors.append(response.text)
        self._console.received(f"The watch failed: {response.text[:_SHOWN_ERROR_LENGTH]}", ok=False)
        return False
