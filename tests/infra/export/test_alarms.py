"""The alarms of the export: every property, and when they are raised."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.infra.alarm_properties import (
    EVENTS,
    LAMBDA,
    SQS,
    Properties,
    alarm,
    alarms,
    metric,
    on_expression,
    on_metric,
    on_sum,
    service_metric,
)
from tests.infra.conftest import Synthesis
from tests.infra.incidents.alarm_states import State
from tests.infra.incidents.cloudwatch import BEHAVIORS, Alarm, Behavior, read_alarms
from tests.infra.incidents.service import Service
from tests.infra.test_alarms import SERVICE_FAULTS, linked

HOUR, DAY = 60, 24 * 60
HOLDS = "transitions and snapshots that were not exported"
TARGETS = "the watch function, the notification queue or the export queue"


def queue_of(stack: Synthesis, prefix: str) -> dict[str, Any]:
    return {"QueueName": {"Fn::GetAtt": [stack.logical_id("AWS::SQS::Queue", prefix), "QueueName"]}}


def export_alarms(stack: Synthesis) -> dict[str, Properties]:
    function = {"FunctionName": stack.ref("AWS::Lambda::Function", "Export")}
    dead_letters = queue_of(stack, "ExportDeadLetters")
    return {
        "ExportErrors": alarm(
            stack,
            "The export function failed twice within 15 minutes. See its log.",
            on_expression(
                SERVICE_FAULTS,
                period=900,
                errors=metric(LAMBDA, "Errors", function),
                expected=service_metric("ExpectedErrors", **function),
                reported=service_metric("ServiceErrors", **function),
            ),
            Threshold=2,
        ),
        "ExportLate": alarm(
            stack,
            "A transition has waited for 20 minutes for its export: the export function fails, is throttled "
            "or is not invoked, or S3 refuses.",
            on_metric(
                metric(SQS, "ApproximateAgeOfOldestMessage", queue_of(stack, "ExportWriter")),
                period=300,
                statistic="Maximum",
            ),
            Threshold=1200,
        ),
        "ExportSnapshotMissing": alarm(
            stack,
            "No snapshot of all jobs was exported within 26 h. See the log of the export function.",
            on_sum(service_metric("SnapshotsExported"), period=3600),
            periods=26,
            ComparisonOperator="LessThanThreshold",
            TreatMissingData="breaching",
            WarmUpConfiguration={
                "WarmUpPeriodDurationInMinutes": 26 * 60,
                "OnlyStartEvaluatingAfterWarmUpPeriodEnds": True,
            },
        ),
        "ExportDeadLetters": alarm(
            stack,
            f"A dead-letter queue is not empty. It holds {HOLDS}.",
            on_metric(
                metric(SQS, "ApproximateNumberOfMessagesVisible", dead_letters),
                period=300,
                statistic="Maximum",
            ),
        ),
        "ExportDeadLettersOld": alarm(
            stack,
            "A message in a dead-letter queue is 10 days old: it will be deleted in 4 days. The queue holds "
            f"{HOLDS}.",
            on_metric(
                metric(SQS, "ApproximateAgeOfOldestMessage", dead_letters), period=300, statistic="Maximum"
            ),
            Threshold=10 * 24 * 3600,
        ),
    }


def deliveries(stack: Synthesis) -> dict[str, Properties]:
    def on_bus(prefix: str) -> dict[str, Any]:
        rule = stack.ref("AWS::Events::Rule", prefix)
        return {
            "EventBusName": stack.ref("AWS::Events::EventBus"),
            "RuleName": {"Fn::Select": [1, {"Fn::Split": ["|", rule]}]},
        }

    rules = [
        {"RuleName": stack.ref("AWS::Events::Rule", "StateChanges")},
        on_bus("Notifications"),
        on_bus("Export"),
    ]
    return {
        "DeliveryRetries": alarm(
            stack,
            f"EventBridge repeated deliveries to {TARGETS} twice within 15 minutes: the target does not "
            "accept them.",
            on_sum(*(metric(EVENTS, "RetryInvocationAttempts", each) for each in rules), period=900),
            Threshold=2,
        ),
        "DeliveriesFailed": alarm(
            stack,
            f"EventBridge gave up a delivery to {TARGETS}. See the dead-letter queues.",
            on_sum(*(metric(EVENTS, "FailedInvocations", each) for each in rules), period=300),
        ),
    }


def test_the_export_adds_exactly_its_alarms_and_watches_its_rule(
    stack: Synthesis, export_stack: Synthesis
) -> None:
    expected = linked("docs/runbook.md", {**export_alarms(export_stack), **deliveries(export_stack)})
    found = alarms(export_stack)
    assert {name: found[name] for name in expected} == expected
    assert found.keys() == alarms(stack).keys() | export_alarms(export_stack).keys()


@pytest.fixture(scope="module")
def missing(export_stack: Synthesis) -> Alarm:
    by_name: Mapping[str, Alarm] = read_alarms(export_stack)
    return by_name["ExportSnapshotMissing"]


def raised(
    stack: Synthesis, missing: Alarm, snapshots: list[int], minutes: range, behavior: Behavior, **created: int
) -> list[int]:
    """Return the minutes at which the alarm is raised, with snapshots exported at some minutes."""
    service = Service(stack, minutes.stop)
    for minute in snapshots:
        service.put(
            "BedrockCustomizationJobs", "SnapshotsExported", {"service": "customization-jobs"}, minute, 1
        )
    states = missing.states(service.metrics, minutes, behavior, **created)
    return [minute for minute, state in states if state is State.ALARM]


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_daily_snapshots_raise_no_alarm_even_if_one_takes_an_hour_longer(
    export_stack: Synthesis, missing: Alarm, behavior: Behavior
) -> None:
    daily = [-DAY, 0, DAY + HOUR, 2 * DAY]
    assert raised(export_stack, missing, daily, range(3 * DAY), behavior) == []


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_a_missing_snapshot_raises_the_alarm_until_the_next_one(
    export_stack: Synthesis, missing: Alarm, behavior: Behavior
) -> None:
    minutes = raised(export_stack, missing, [-DAY, 0, 2 * DAY], range(3 * DAY), behavior)
    assert 26 * HOUR <= minutes[0] <= 27 * HOUR
    assert 2 * DAY <= minutes[-1] <= 2 * DAY + HOUR
    assert minutes == list(range(minutes[0], minutes[-1] + 1))


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_the_first_day_of_a_stack_raises_no_alarm(
    export_stack: Synthesis, missing: Alarm, behavior: Behavior
) -> None:
    # The stack was deployed just after the scheduled time.
    assert raised(export_stack, missing, [DAY], range(2 * DAY), behavior, created=0) == []
    never = raised(export_stack, missing, [], range(2 * DAY), behavior, created=0)
    assert never[0] == 26 * HOUR
