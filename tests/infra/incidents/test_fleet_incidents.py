"""The alarms of a fleet are raised in time, keep their state between sweeps, and are resolved."""

from collections.abc import Mapping

import pytest

from tests.infra.conftest import Synthesis
from tests.infra.incidents.alarm_states import State
from tests.infra.incidents.cloudwatch import BEHAVIORS, Alarm, Behavior, read_alarms
from tests.infra.incidents.service import Service

END = 120
NAMESPACE, DARK = "BedrockCustomizationJobs", "FleetSourcesDark"
DIMENSIONS = {"service": "customization-jobs"}


@pytest.fixture(scope="module")
def alarms(fleet_stack: Synthesis) -> Mapping[str, Alarm]:
    return read_alarms(fleet_stack)


def sweeps(stack: Synthesis, dark: Mapping[int, int]) -> Service:
    """Return a service whose sweeps counted a number of dark sources, by minute."""
    service = Service(stack, END)
    for minute, number in dark.items():
        service.put(NAMESPACE, DARK, DIMENSIONS, minute, number)
    return service


def minutes_raised(alarm: Alarm, service: Service, behavior: Behavior) -> list[int]:
    states = alarm.states(service.metrics, range(-10, END), behavior)
    return [minute for minute, state in states if state is State.ALARM]


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_a_dark_source_raises_the_alarm_until_a_sweep_finds_it_back(
    fleet_stack: Synthesis, alarms: Mapping[str, Alarm], behavior: Behavior
) -> None:
    service = sweeps(fleet_stack, {-15: 0, 0: 1, 15: 1, 35: 2, 50: 0, 65: 0})
    raised = minutes_raised(alarms["FleetSourceDark"], service, behavior)
    assert raised[0] <= 5
    # Without a gap between two sweeps, and until soon after the sweep that finds no dark source.
    assert raised == list(range(raised[0], raised[-1] + 1))
    assert 50 <= raised[-1] < 56


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_accounts_that_cannot_be_read_raise_the_alarm_until_they_are_read_again(
    fleet_stack: Synthesis, alarms: Mapping[str, Alarm], behavior: Behavior
) -> None:
    service = Service(fleet_stack, END)
    hours = {-15: 2.75, 0: 3, 15: 3.25, 30: 3.5, 45: 3.75, 60: 0, 75: 0.25}
    for minute, age in hours.items():
        service.put(NAMESPACE, "FleetAccountsAge", DIMENSIONS, minute, age * 3600)
    raised = minutes_raised(alarms["FleetAccountsStale"], service, behavior)
    assert 0 <= raised[0] <= 5
    assert raised == list(range(raised[0], raised[-1] + 1))
    assert 60 <= raised[-1] < 66


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_a_fleet_without_dark_sources_raises_no_alarm(
    fleet_stack: Synthesis, alarms: Mapping[str, Alarm], behavior: Behavior
) -> None:
    service = sweeps(fleet_stack, dict.fromkeys(range(-15, END, 15), 0))
    for name in ("FleetSourceDark", "FleetSweepFailed"):
        assert minutes_raised(alarms[name], service, behavior) == []


@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize("metric", ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"])
def test_a_sweep_that_does_not_succeed_raises_its_alarm(
    fleet_stack: Synthesis, alarms: Mapping[str, Alarm], behavior: Behavior, metric: str
) -> None:
    service = Service(fleet_stack, END)
    machine = fleet_stack.logical_id("AWS::StepFunctions::StateMachine", "FleetSweep")
    service.put("AWS/States", metric, {"StateMachineArn": machine}, 0, 1)
    raised = minutes_raised(alarms["FleetSweepFailed"], service, behavior)
    assert 0 <= raised[0] <= 5
    assert raised[-1] < 30
