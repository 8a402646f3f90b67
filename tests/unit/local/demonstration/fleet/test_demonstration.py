"""The order of the fleet's demonstration, and whether it succeeded."""

import io
from typing import Any

from local.common.http_client import HttpResponse
from local.demonstration.console import Console
from local.demonstration.fleet.demonstration import FleetDemonstration
from local.state_machine.interpreter import Execution
from tests.unit.local.demonstration.fleet.test_answers import ANSWERS
from tests.unit.local.demonstration.fleet.test_watched_fleet import FakeMachine, FakeOutages, ended
from tests.unit.local.demonstration.test_watch_demonstration import FakeQueues


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
    assert "< SUCCEEDED: {}" in output.getvalue()


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
