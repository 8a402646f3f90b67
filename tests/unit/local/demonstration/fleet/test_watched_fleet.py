"""The fleet during the watch, with a state machine whose executions a test ends."""

import io
from collections.abc import Callable
from threading import Timer
from typing import Any

from local.common.fleet import FleetSource
from local.demonstration.console import Console
from local.demonstration.fleet.source_events import BACK, DARK, SourceEvents
from local.demonstration.fleet.sweeps import FleetSweeps
from local.demonstration.fleet.watched_fleet import WatchedFleet
from local.state_machine.interpreter import Execution

SOURCE = FleetSource("345678901234", "us-east-1")
ARN = "arn:aws:bedrock:{}:{}:model-customization-job/amazon.nova-lite-v1:0:300k/0123456789ab"


def ended(name: str, status: str = "SUCCEEDED") -> Execution:
    return Execution(name, status, {}, None if status == "SUCCEEDED" else "States.Timeout", None)


class FakeMachine:
    """Executions end when a test says so."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.ends: dict[str, Execution] = {}

    def start(self, name: str, given: object) -> Callable[[], Execution | None]:
        assert given == {}
        self.started.append(name)
        return lambda: self.ends.get(name)

    def execute(self, name: str, given: object) -> Execution:
        self.start(name, given)
        return ended(name)

    def end(self, status: str = "SUCCEEDED") -> None:
        self.ends[self.started[-1]] = ended(self.started[-1], status)


class FakeOutages:
    """Records requests."""

    outage = SOURCE

    def __init__(self) -> None:
        self.requested: list[str] = []

    def start_outage(self) -> None:
        self.requested.append("start")

    def end_outage(self) -> None:
        self.requested.append("end")


class FleetHarness:
    """A fleet whose sweeps end with `sweep`."""

    def __init__(self) -> None:
        self.output = io.StringIO()
        console = Console(self.output)
        self.machine, self.outages = FakeMachine(), FakeOutages()
        self.sweeps = FleetSweeps(self.machine)
        self.fleet = WatchedFleet(console, self.sweeps, SourceEvents(console), self.outages)
        self.fleet.step()

    def sweep(self, status: str = "SUCCEEDED") -> None:
        self.fleet.sweep()
        self.machine.end(status)
        self.fleet.step()

    def publish(self, kind: str, event_id: str, source: FleetSource = SOURCE, **row: Any) -> None:
        row = {"account": source.account, "region": source.region, "state": "listed", **row}
        assert self.fleet.show({"detail": {"kind": kind, "id": event_id, "source": row}})
        self.fleet.step()

    def run(self) -> None:
        self.publish(DARK, "1", state="denied", deniedBy="permissions")
        self.sweep()
        self.publish(BACK, "2")


def test_a_sweep_is_not_started_while_one_runs() -> None:
    harness = FleetHarness()
    harness.fleet.sweep()
    harness.fleet.sweep()
    assert harness.machine.started == ["sweep-1"]
    harness.machine.end()
    harness.fleet.sweep()
    assert harness.machine.started == ["sweep-1", "sweep-2"]
    assert harness.sweeps.completed == 1


def test_the_first_sweep_is_awaited() -> None:
    harness = FleetHarness()
    assert harness.sweeps.run().succeeded
    assert harness.sweeps.completed == 1


def test_a_source_goes_dark_and_comes_back_after_a_further_sweep() -> None:
    harness = FleetHarness()
    harness.sweep()
    assert harness.outages.requested == ["start"]
    harness.publish(DARK, "1", state="denied", deniedBy="permissions")
    assert harness.outages.requested == ["start"]
    harness.sweep()
    assert harness.outages.requested == ["start", "end"]
    assert not harness.fleet.complete
    harness.publish(BACK, "2")
    assert "Source dark: support/us-east-1 (permissions)" in harness.output.getvalue()
    assert "Source back: support/us-east-1 (listed)" in harness.output.getvalue()


def test_it_is_complete_with_transitions_of_several_accounts() -> None:
    harness = FleetHarness()
    harness.run()
    assert harness.fleet.label(ARN.format("us-west-2", "123456789012")) == "hub/us-west-2"
    assert not harness.fleet.complete
    harness.fleet.label(ARN.format("us-east-1", "210987654321"))
    assert harness.fleet.complete
    assert harness.fleet.succeeded


def _completed() -> FleetHarness:
    harness = FleetHarness()
    harness.run()
    harness.fleet.accounts |= {"1", "2"}
    assert harness.fleet.succeeded
    return harness


def test_an_event_that_is_published_twice_is_a_failure() -> None:
    harness = _completed()
    harness.publish(DARK, "3", FleetSource("1", "us-west-2"))
    assert harness.fleet.succeeded, "an event of another source"
    harness.publish(DARK, "3", FleetSource("1", "us-west-2"))
    assert not harness.fleet.succeeded


def test_a_second_event_of_the_outage_is_a_failure() -> None:
    harness = _completed()
    harness.publish(DARK, "another id")
    assert not harness.fleet.succeeded


def test_a_failed_sweep_is_reported() -> None:
    harness = _completed()
    harness.sweep("FAILED")
    assert "sweep-2 FAILED: States.Timeout" in harness.output.getvalue()
    assert not harness.fleet.succeeded


def test_the_running_sweep_is_awaited_at_the_end() -> None:
    harness = FleetHarness()
    harness.sweeps.finish(10)
    harness.fleet.sweep()
    harness.sweeps.finish(0.1)
    assert harness.sweeps.completed == 0, "it takes too long"
    Timer(0.1, harness.machine.end).start()
    harness.sweeps.finish(10)
    assert harness.sweeps.completed == 1


def test_other_events_are_not_shown() -> None:
    harness = FleetHarness()
    before = harness.output.getvalue()
    assert not harness.fleet.show({"detail": {"kind": "Failed"}})
    assert harness.output.getvalue() == before
