"""Demonstrates the fleet: a sweep, the answers, then the watch of all sources."""

from collections.abc import Callable
from typing import Protocol

from local.common.fleet import fleet_sources
from local.common.http_client import HttpResponse
from local.demonstration.console import Console
from local.demonstration.fleet.answers import FleetAnswers
from local.demonstration.fleet.formatting import source_name
from local.demonstration.fleet.source_events import BACK, DARK, SourceEvents
from local.demonstration.fleet.sweeps import FleetSweeps, Machine
from local.demonstration.fleet.watched_fleet import Outages, WatchedFleet
from local.demonstration.formatting import compact_json
from local.demonstration.watch_demonstration import SWEEP_INTERVAL_SECONDS, WatchDemonstration, WatchQueues
from local.embedded_aws.job_events import DROP_EVERY

_LONGEST_SWEEP_SECONDS = 20.0


class PermanentFaults(Outages, Protocol):
    """The part of `FleetFaults` that the demonstration uses."""

    def set_permanent(self) -> None:
        """Deny one source, and throttle another."""


class FleetDemonstration:
    """Runs the demonstration.

    Parameters
    ----------
    machine : Machine
        The state machine of sweeps.
    invoke : callable
        Invokes the watch function with an event and returns its response.
    get : callable
        Requests a path of the API.
    """

    def __init__(
        self,
        console: Console,
        machine: Machine,
        faults: PermanentFaults,
        queues: WatchQueues,
        *,
        invoke: Callable[[object], HttpResponse],
        get: Callable[[str], HttpResponse],
        region: str,
    ) -> None:
        self._console = console
        self._faults = faults
        self._region = region
        self._sweeps = FleetSweeps(machine)
        self._events = SourceEvents(console)
        self._answers = FleetAnswers(console, get)
        self._fleet = WatchedFleet(console, self._sweeps, self._events, faults)
        self.watch = WatchDemonstration(console, queues, invoke, region=region, fleet=self._fleet)

    def show_answers(self) -> bool:
        """Run the first sweep, and show what the fleet answers then; return whether all is right."""
        self._faults.set_permanent()
        self._console.heading("1  Step Functions sweeps the fleet: one child for each source")
        self._console.sent("execution of the state machine: {}")
        execution = self._sweeps.run()
        if not execution.succeeded:
            self._console.received(f"{execution.status}: {execution.error} {execution.cause}", ok=False)
            return False
        self._console.received(f"{execution.status} with the output:")
        self._console.facts([("", compact_json(execution.output))])
        return self._answers.show()

    def start_watch(self, speed: float) -> None:
        """Introduce the watch, and let the jobs move."""
        names = [source_name(*each) for each in fleet_sources(self._region)]
        self._console.heading(f"5  The watch of {len(names)} sources, and each transition is published once")
        self._console.line(
            f"   Every {DROP_EVERY}rd of Bedrock's events is dropped on purpose; a sweep starts every "
            f"{SWEEP_INTERVAL_SECONDS:g} s."
        )
        self._console.line("   Changes of phases are published too, but not shown. Times are UTC.")
        self._console.line()
        self.watch.start(speed)

    def finish(self, seconds: float) -> bool:
        """Watch until everything has been shown, at most for a time; return whether all is right."""
        tally = self.watch.run(seconds)
        # The functions end with the run.
        self._sweeps.finish(min(seconds, _LONGEST_SWEEP_SECONDS))
        events = self._events
        self._console.line()
        self._console.line(
            f"The watch published {len(tally.published)} transitions of {len(self._fleet.accounts)} "
            f"accounts, {tally.duplicates} of them more than once;"
        )
        self._console.line(
            f"the sweeps found {tally.missed} that Bedrock's events missed. {self._sweeps.completed} sweeps "
            f"completed, {len(self._sweeps.failed)} failed."
        )
        self._console.line(
            f"Events of sources: {events.count(DARK)} dark, {events.count(BACK)} back, "
            f"{events.duplicates} of them published more than once."
        )
        if tally.errors:
            self._console.line(f"The watch failed {len(tally.errors)} times.")
        return tally.succeeded and tally.complete and self._fleet.succeeded and not self.watch.is_waiting
