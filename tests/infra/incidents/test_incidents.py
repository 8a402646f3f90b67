"""Every incident raises its alarm in time, and nothing else raises an alarm."""

from collections.abc import Iterator, Mapping

import pytest

from tests.infra.conftest import ROOT, Synthesis
from tests.infra.incidents.alarm_states import State
from tests.infra.incidents.cloudwatch import BEHAVIORS, Alarm, Behavior, Metrics, read_alarms
from tests.infra.incidents.emissions import TABLE_DOWN, THROTTLED, Call
from tests.infra.incidents.incidents import END, INCIDENTS, PHASES, Effect, Incident, during, load
from tests.infra.incidents.report import DOCUMENT, Report, minute_raised, report, section, with_section
from tests.infra.incidents.service import Service

# Alarms that no incident raises, because their twin on another resource, or the simulator's unit tests, prove
# that alarms of their form are raised.
WITHOUT_INCIDENT = {
    "ApiRollback",
    "DeadLettersOld",
    "EventDeadLettersOld",
    "FunctionNearTimeout",
    "FunctionThrottles",
    "NotificationDeadLettersOld",
    "WaitThrottles",
    "WatchNearTimeout",
}


@pytest.fixture(scope="module")
def alarms(stack: Synthesis) -> Mapping[str, Alarm]:
    return read_alarms(stack)


@pytest.fixture(scope="module")
def reports(stack: Synthesis) -> Mapping[str, Report]:
    return {incident.what: report(stack, incident) for incident in INCIDENTS}


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.what)
def test_an_incident_raises_its_alarm_in_time_or_a_decision_says_why_not(
    reports: Mapping[str, Report], alarms: Mapping[str, Alarm], incident: Incident
) -> None:
    raised = reports[incident.what].raised
    if incident.decision:
        assert f"**{incident.decision}**" in (ROOT / "docs/decisions.md").read_text()
        assert raised == {}
    else:
        assert incident.alarm is not None
        assert 0 <= raised[incident.alarm] <= incident.within
        assert alarms[incident.alarm].notifies is not incident.rolls_back


def test_every_alarm_reports_an_incident(reports: Mapping[str, Report], alarms: Mapping[str, Alarm]) -> None:
    reporting = {name for each in reports.values() for name in each.raised}
    assert alarms.keys() - reporting == WITHOUT_INCIDENT


def test_an_outage_that_lasts_does_not_resolve_the_alarm_of_the_missing_sweep(
    stack: Synthesis, alarms: Mapping[str, Alarm]
) -> None:
    (disabled,) = (each for each in INCIDENTS if each.alarm == "SweepMissing")
    metrics = disabled.service(stack, 0).metrics
    for behavior in BEHAVIORS:
        states = dict(alarms["SweepMissing"].states(metrics, range(2 * END), behavior))
        assert {state for minute, state in states.items() if minute >= 60} == {State.ALARM}


def test_the_documentation_has_the_table_of_incidents(
    reports: Mapping[str, Report], alarms: Mapping[str, Alarm]
) -> None:
    document = DOCUMENT.read_text()
    assert document == with_section(document, section(reports.values(), alarms)), (
        "Run: PYTHONPATH=lambda_src:. python -m tests.infra.incidents.report"
    )


def raised_in_any_case(stack: Synthesis, effect: Effect) -> set[str]:
    """Return the alarms that are raised in some phase, under some behavior of CloudWatch."""
    return {
        name
        for phase in PHASES
        for metrics in [Incident(what="", effect=effect).service(stack, phase).metrics]
        for name, alarm in read_alarms(stack).items()
        for behavior in BEHAVIORS
        if minute_raised(alarm, metrics, behavior) is not None
    }


def notifying(alarms: Mapping[str, Alarm], names: set[str]) -> set[str]:
    return {name for name in names if alarms[name].notifies}


def test_a_healthy_service_raises_no_alarm(stack: Synthesis) -> None:
    assert raised_in_any_case(stack, load()) == set()


def test_one_request_that_bedrock_throttles_notifies_nobody(
    stack: Synthesis, alarms: Mapping[str, Alarm]
) -> None:
    effect = during(lambda service, minute: service.request(minute, THROTTLED), 0)
    assert notifying(alarms, raised_in_any_case(stack, effect)) == set()


def test_one_attempt_of_a_tick_that_a_retry_saves_notifies_nobody(
    stack: Synthesis, alarms: Mapping[str, Alarm]
) -> None:
    effect = during(lambda service, minute: service.attempt(minute, Call.SWEEP, TABLE_DOWN), 0)
    assert notifying(alarms, raised_in_any_case(stack, effect)) == set()


def mistakes(service: Service, minute: int) -> None:
    service.wait(minute, call=Call.MISTAKEN_WAIT)
    service.answer(minute, 400)
    service.answer(minute, 403)


def test_mistakes_of_callers_neither_count_as_faults_nor_roll_back_a_release(stack: Synthesis) -> None:
    assert raised_in_any_case(stack, during(mistakes, 0, 1, 2, 3)) == set()


def test_results_of_waiting_executions_raise_no_alarm(stack: Synthesis) -> None:
    def job_failed(service: Service, minute: int) -> None:
        service.fail_execution(minute, with_result=True)

    assert raised_in_any_case(stack, during(job_failed, 0, 0, 1, 2)) == set()


def states_after_first_deployment(
    alarm: Alarm, metrics: Metrics, behavior: Behavior
) -> Iterator[tuple[int, State]]:
    return alarm.states(metrics, range(END), behavior, created=0)


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_no_alarm_is_raised_on_a_first_deployment(
    stack: Synthesis, alarms: Mapping[str, Alarm], behavior: Behavior
) -> None:
    service = Service(stack, END)
    for minute in range(20, END, 15):
        service.sweep(minute)
    for alarm in alarms.values():
        states = states_after_first_deployment(alarm, service.metrics, behavior)
        assert State.ALARM not in {state for _, state in states}, alarm.name


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_a_first_deployment_whose_sweep_never_completes_is_reported_after_the_warm_up(
    alarms: Mapping[str, Alarm], behavior: Behavior
) -> None:
    states = dict(states_after_first_deployment(alarms["SweepMissing"], Metrics(), behavior))
    assert [minute for minute, state in states.items() if state is State.ALARM] == list(range(60, END))
