"""The fleet during the watch: its sweeps, and a source that goes dark and comes back."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from local.common.fleet import FleetSource
from local.demonstration.console import Console
from local.demonstration.fleet.formatting import source_name, source_of
from local.demonstration.fleet.source_events import BACK, DARK, SourceEvents
from local.demonstration.fleet.sweeps import FleetSweeps

_SHOWN_ERROR_LENGTH = 200


class Outages(Protocol):
    """The part of `FleetFaults` that the watch uses."""

    @property
    def outage(self) -> FleetSource:
        """The source that goes dark and comes back."""
        ...

    def start_outage(self) -> None:
        """Hide the source."""

    def end_outage(self) -> None:
        """Show the source again."""


class WatchedFleet:
    """What the watch of a fleet does differently; see `watch_demonstration.Fleet`.

    Attributes
    ----------
    accounts : set of str
        The accounts whose transitions were shown.
    """

    def __init__(self, console: Console, sweeps: FleetSweeps, events: SourceEvents, outages: Outages) -> None:
        self._console = console
        self._sweeps = sweeps
        self._events = events
        self._outages = outages
        self._outage = self._run_outage()
        self._is_back = False
        self.accounts: set[str] = set()

    def sweep(self) -> None:
        """Start a sweep, unless one is running."""
        self._sweeps.start()

    def step(self) -> None:
        """Report a sweep that failed; start or end the outage if it is time."""
        if failed := self._sweeps.check():
            text = f"{failed.name} {failed.status}: {failed.error} {failed.cause}"
            self._console.received(text[:_SHOWN_ERROR_LENGTH], ok=False)
        next(self._outage, None)

    def show(self, event: Mapping[str, Any]) -> bool:
        """Show an event of a source; return False if it is another event."""
        return self._events.show(event)

    def label(self, job_arn: str) -> str:
        """Return the name of a job's source."""
        source = source_of(job_arn)
        self.accounts.add(source.account)
        return source_name(*source)

    @property
    def complete(self) -> bool:
        """Whether the source came back, and transitions of several accounts were shown."""
        return self._is_back and len(self.accounts) > 1

    @property
    def succeeded(self) -> bool:
        """Whether the fleet is complete, each event was published once, and every sweep succeeded."""
        once = all(self._events.count(kind, self._outages.outage) == 1 for kind in (DARK, BACK))
        return self.complete and once and not self._events.duplicates and not self._sweeps.failed

    def _run_outage(self) -> Iterator[None]:
        """Run the outage: each step ends at a `yield`."""
        source = self._outages.outage
        self._console.line(f"   The role in {source_name(*source)} may no longer list jobs.")
        self._outages.start_outage()
        while not self._events.count(DARK, source):
            yield
        # Wait for another sweep, whose report must not publish the event again.
        before = self._sweeps.completed
        while self._sweeps.completed == before:
            yield
        self._console.line(f"   The role in {source_name(*source)} may list jobs again.")
        self._outages.end_outage()
        while not self._events.count(BACK, source):
            yield
        self._is_back = True
