"""The order of the fleet's demonstration, and whether it succeeded."""

import io
from typing import Any

from local.common.http_client import HttpResponse
from local.demonstration.console import Console
from local.demonstration.fleet.demonstration import FleetDemonstration
from local.demonstration.fleet.source_events import SourceEvents
from local.demonstration.fleet.sweeps import FleetSweeps
from local.demonstration.fleet.watched_fleet import WatchedFleet
from local.demonstration.watch_demonstration import WatchDemonstration
from local.embedded_aws.watch_resources import TRANSITIONS
from local.state_machine.interpreter import Execution
from tests.unit.local.demonstration.fleet.test_answers import ANSWERS
from tests.unit.local.demonstration.fleet.test_watched_fleet import ARN, FakeMachine, FakeOutages, ended
from tests.unit.local.demonstration.test_watch_demonstration import DETAIL, FakeQueues


class FakeFaults(FakeOutages):
    def set_permanent(self) -> None:
        self.requested.append("permanent")


class FailingMachine(FakeMachine):
    def execute(self, name: str, given: object) -> Execution:
        assert given == {}
        return ended(name, "FAILED")


def demonstration(machine: FakeMachine, asked: list[str]) -> tuple[FleetDemonstration, FakeFaults, Any]:
    output, faults = io.StringIO(), FakeFaults()

    def get(path: str) -> HttpResponse:
        asked.append(path)
        return HttpResponse(404, {}, b"no fleet")

    created = FleetDemonstration(
        Console(output),
        machine,
        faults,
        FakeQueues(),
        invoke=lambda _: HttpResponse(200, {}, b'{"waiting": 2}'),
        get=get,
        region="us-east-1",
    )
    return created, faults, output


def test_faults_are_set_before_the_first_sweep() -> None:
    asked: list[str] = []
    created, faults, output = demonstration(FakeMachine(), asked)
    assert created.show_answers() is False, "no answer is right"
    assert faults.requested == ["permanent"]
    assert {path.partition("?")[0] for path in asked} == {path.partition("?")[0] for path in ANSWERS}
    assert "< SUCCEEDED with the output:\n       {}\n" in output.getvalue()


def test_without_a_sweep_nothing_is_asked() -> None:
    asked: list[str] = []
    created, _, output = demonstration(FailingMachine(), asked)
    assert created.show_answers() is False
    assert not asked
    assert "< FAILED: States.Timeout None" in output.getvalue()


def test_the_watch_waits_for_the_fleet_and_fails_if_nothing_happens() -> None:
    created, _, output = demonstration(FakeMachine(), [])
    created.start_watch(450)
    assert "A workflow waits for 2 jobs of all sources that are stopping" in output.getvalue()
    assert created.watch.is_waiting
    assert created.finish(0) is False
    assert "The watch published 0 transitions of 0 accounts, 0 of them more than once;" in output.getvalue()


def test_transitions_of_a_fleet_have_their_source_and_fit_a_line() -> None:
    queues, output = FakeQueues(), io.StringIO()
    console = Console(output)
    fleet = WatchedFleet(console, FleetSweeps(FakeMachine()), SourceEvents(console), FakeOutages())
    watch = WatchDemonstration(
        console, queues, lambda _: HttpResponse(200, {}, b"{}"), region="us-east-1", fleet=fleet
    )
    name = "legal-contract-summaries-2-20261124"
    job = {"jobArn": ARN.format("us-west-2", "210987654321"), "jobName": name}
    published = {**DETAIL, "job": {**DETAIL["job"], **job}, "foundBy": "sweep", "failure": None}
    expected = {"latest": "2026-11-24T05:33:00.000Z", "basedOn": 100}
    changes: dict[str, Any] = {
        "Late": {"expectedEnd": expected},
        "Completed": {"to": "Completed"},
        "PhaseChanged": {"to": "Completed", "phase": "training"},
    }
    for kind, transition in changes.items():
        queues.put(TRANSITIONS, **{**published, "id": kind, "kind": kind, "transition": transition})
    tally = watch.run(0)
    lines = [line[13:] for line in output.getvalue().splitlines() if name in line]
    assert lines == [
        f"research/us-west-2  {name}  Late: expected by 11-24 05:33 UTC",
        f"research/us-west-2  {name}  Completed, event missed, found by sweep",
    ]
    assert max(map(len, output.getvalue().splitlines())) < 120
    assert len(tally.published) == 3
