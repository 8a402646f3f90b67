"""Alarms: every property of every alarm is asserted, so that none can change unnoticed."""

from dataclasses import replace
from typing import Any

import pytest

from customization_jobs.fleet.coverage import State
from infra.constructs.alarms_sweep import missing_after_minutes
from infra.settings.context import CONTEXT_KEY, read_settings
from infra.settings.model import Settings
from tests.infra.alarm_properties import (
    API,
    EVENTS,
    LAMBDA,
    SQS,
    STATES,
    Properties,
    alarm,
    alarms,
    metric,
    on_expression,
    on_metric,
    on_sum,
    service_metric,
)
from tests.infra.conftest import ROOT, Synthesis

_FAILED = "(FILL(errors, 0) - FILL(expected, 0))"
SERVICE_FAULTS = f"IF({_FAILED} > FILL(reported, 0), {_FAILED}, FILL(reported, 0))"


def function_alarms(
    stack: Synthesis, *, prefix: str, function: str, near_timeout: int
) -> dict[str, Properties]:
    name = function.lower()
    by_function = {"FunctionName": stack.ref("AWS::Lambda::Function", function)}
    alias = {**by_function, "Resource": {"Fn::Join": ["", [by_function["FunctionName"], ":live"]]}}
    return {
        f"{prefix}Errors": alarm(
            stack,
            f"The {name} function failed twice within 15 minutes through a fault of the service. See its "
            "log.",
            on_expression(
                SERVICE_FAULTS,
                period=900,
                errors=metric(LAMBDA, "Errors", by_function),
                expected=service_metric("ExpectedErrors", **by_function),
                reported=service_metric("ServiceErrors", **by_function),
            ),
            Threshold=2,
        ),
        f"{prefix}BedrockErrors": alarm(
            stack,
            f"Bedrock refused or failed two requests of the {name} function within 15 minutes: its role is "
            "denied, it is throttled, or Bedrock is down. See its log.",
            on_sum(service_metric("BedrockErrors", **by_function), period=900),
            Threshold=2,
        ),
        f"{prefix}Throttles": alarm(
            stack,
            f"Lambda throttled the {name} function: no concurrency is left for it.",
            on_metric(metric(LAMBDA, "Throttles", alias), period=300),
        ),
        f"{prefix}NearTimeout": alarm(
            stack,
            f"An invocation of the {name} function took 90 % of its timeout or more.",
            on_metric(metric(LAMBDA, "Duration", alias), period=300, statistic="Maximum"),
            Threshold=near_timeout,
        ),
        **rollback_alarms(stack, prefix, name, alias),
    }


def rollback_alarms(stack: Synthesis, prefix: str, name: str, alias: dict[str, Any]) -> dict[str, Properties]:
    version = {"Fn::GetAtt": [stack.logical_id("AWS::Lambda::Version", name.capitalize()), "Version"]}
    by_version = {"FunctionName": alias["FunctionName"], "Version": version}
    one_bad_minute: dict[str, Any] = {"periods": 5, "DatapointsToAlarm": 1, "notifies": False}
    return {
        f"{prefix}Rollback": alarm(
            stack,
            f"The new version of the {name} function failed through a fault of the service: CodeDeploy rolls "
            "back its deployment.",
            on_expression(
                SERVICE_FAULTS,
                period=60,
                errors=metric(LAMBDA, "Errors", alias | {"ExecutedVersion": version}),
                expected=service_metric("ExpectedErrors", **by_version),
                reported=service_metric("ServiceErrors", **by_version),
            ),
            **one_bad_minute,
        ),
        f"{prefix}BedrockRollback": alarm(
            stack,
            f"Bedrock refused or failed a request of the new version of the {name} function: CodeDeploy "
            "rolls back its deployment.",
            on_metric(service_metric("BedrockErrors", **by_version), period=60),
            **one_bad_minute,
        ),
    }


def api_alarms(stack: Synthesis) -> dict[str, Properties]:
    api_name = stack.only("AWS::ApiGateway::RestApi")["Name"]
    assert api_name == "Jobs-Api"
    stage = stack.ref("AWS::ApiGateway::Stage")
    return {
        "ApiServerErrors": alarm(
            stack,
            "The API answered with 5xx at least twice within 15 minutes. See its access log.",
            on_sum(metric(API, "5XXError", {"ApiName": api_name, "Stage": stage}), period=900),
            Threshold=2,
        ),
        "ApiRollback": alarm(
            stack,
            "The API answered with 5xx in two of five minutes: CodeDeploy rolls back a deployment in "
            "progress.",
            on_metric(
                metric(
                    API,
                    "5XXError",
                    {"ApiName": api_name, "Stage": stack.only("AWS::ApiGateway::Stage")["StageName"]},
                ),
                period=60,
            ),
            periods=5,
            DatapointsToAlarm=2,
            notifies=False,
        ),
    }


def sweep_alarms(
    stack: Synthesis, *, region: Any, sweep: str, hours: int, period: int, periods: int
) -> dict[str, Properties]:
    dimensions = {"Region": region, "Sweep": sweep}
    return {
        "SweepMissing": alarm(
            stack,
            f"No sweep completed within {hours} h. See the log of the watch function.",
            on_sum(service_metric("SweepsCompleted", **dimensions), period=period),
            periods=periods,
            ComparisonOperator="LessThanThreshold",
            # Where FILL finds no datapoint at all, nothing is filled.
            TreatMissingData="breaching",
            WarmUpConfiguration={
                "WarmUpPeriodDurationInMinutes": period * periods // 60,
                "OnlyStartEvaluatingAfterWarmUpPeriodEnds": True,
            },
        ),
        "SweepIncomplete": alarm(
            stack,
            "A sweep ran out of time: jobs were left out, and its metrics are incomplete.",
            on_sum(service_metric("SweepsIncomplete", **dimensions), period=300),
        ),
    }


def wait_alarms(stack: Synthesis) -> dict[str, Properties]:
    machine = {"StateMachineArn": stack.ref("AWS::StepFunctions::StateMachine")}
    return {
        "WaitFailures": alarm(
            stack,
            "Two executions of the wait-for-jobs state machine failed within 15 minutes for a reason that is "
            "neither a result such as JobsFailed nor an error of the caller or of Bedrock. See the "
            "executions.",
            on_expression(
                "FILL(failed, 0) - FILL(results, 0) - FILL(expected_watch, 0) - FILL(expected_listing, 0)",
                period=900,
                failed=metric(STATES, "ExecutionsFailed", machine),
                results=metric("BedrockCustomizationJobs", "Jobs-WaitResults"),
                expected_watch=service_metric(
                    "ExpectedErrors", FunctionName=stack.ref("AWS::Lambda::Function", "Watch")
                ),
                expected_listing=service_metric(
                    "ExpectedErrors", FunctionName=stack.ref("AWS::Lambda::Function", "Listing")
                ),
            ),
            Threshold=2,
        ),
        "WaitFallback": alarm(
            stack,
            "A waiting execution received no heartbeat of the watch and polled instead. It receives the end "
            "of its jobs late, or at its deadline.",
            on_sum(metric("BedrockCustomizationJobs", "Jobs-WaitFallbacks"), period=300),
        ),
        "WaitTimeouts": alarm(
            stack,
            "An execution of the wait-for-jobs state machine did not end by its own deadline: Step Functions "
            "ended it at its hard timeout.",
            on_sum(metric(STATES, "ExecutionsTimedOut", machine), period=300),
        ),
        "WaitThrottles": alarm(
            stack,
            "Step Functions throttled executions of the wait-for-jobs state machine.",
            on_sum(metric(STATES, "ExecutionThrottled", machine), period=300),
        ),
    }


def rule_dimensions(stack: Synthesis) -> list[dict[str, Any]]:
    rules = stack.of_type("AWS::Events::Rule")
    # CloudFormation's Ref of a rule on a bus other than the default one is "bus|rule".
    on_buses = [
        (rules[name]["EventBusName"], name)
        for prefix in ("MemberEvents", "Notifications")
        for name in rules
        if name.startswith(prefix)
    ]
    return [
        {"RuleName": stack.ref("AWS::Events::Rule", "StateChanges")},
        *(
            {"EventBusName": bus, "RuleName": {"Fn::Select": [1, {"Fn::Split": ["|", {"Ref": name}]}]}}
            for bus, name in on_buses
        ),
    ]


def notification_alarms(stack: Synthesis, topics: tuple[str, ...]) -> dict[str, Properties]:
    function = {"FunctionName": stack.ref("AWS::Lambda::Function", "Notifications")}
    names = [stack.logical_id("AWS::SNS::Topic", f"Notifications{topic}") for topic in topics]
    queue = stack.logical_id("AWS::SQS::Queue", "NotificationsPublisher")
    return {
        "NotificationErrors": alarm(
            stack,
            "The notification function failed twice within 15 minutes. See its log.",
            on_expression(
                SERVICE_FAULTS,
                period=900,
                errors=metric(LAMBDA, "Errors", function),
                expected=service_metric("ExpectedErrors", **function),
                reported=service_metric("ServiceErrors", **function),
            ),
            Threshold=2,
        ),
        "NotificationsLate": alarm(
            stack,
            "An event has waited for 10 minutes for its notification: the notification function fails, is "
            "throttled or is not invoked, or SNS refuses.",
            on_metric(
                metric(
                    SQS,
                    "ApproximateAgeOfOldestMessage",
                    {"QueueName": {"Fn::GetAtt": [queue, "QueueName"]}},
                ),
                period=300,
                statistic="Maximum",
            ),
            Threshold=600,
        ),
        "NotificationsFailed": alarm(
            stack,
            "SNS gave up the delivery of a notification to a subscriber.",
            on_sum(
                *(
                    metric(
                        "AWS/SNS",
                        "NumberOfNotificationsFailed",
                        {"TopicName": {"Fn::GetAtt": [name, "TopicName"]}},
                    )
                    for name in names
                ),
                period=300,
            ),
        ),
    }


def delivery_alarms(stack: Synthesis) -> dict[str, Properties]:
    rules = rule_dimensions(stack)
    table = {"TableName": stack.settings.watch_table_name or stack.ref("AWS::DynamoDB::Table")}
    return {
        "DeliveryRetries": alarm(
            stack,
            "EventBridge repeated deliveries to the watch function or the notification queue twice within 15 "
            "minutes: the target does not accept them.",
            on_sum(*(metric(EVENTS, "RetryInvocationAttempts", each) for each in rules), period=900),
            Threshold=2,
        ),
        "DeliveriesFailed": alarm(
            stack,
            "EventBridge gave up a delivery to the watch function or the notification queue. See the "
            "dead-letter queues.",
            on_sum(*(metric(EVENTS, "FailedInvocations", each) for each in rules), period=300),
        ),
        "TableThrottles": alarm(
            stack,
            "DynamoDB throttled requests to the table of jobs.",
            on_sum(
                *(
                    metric("AWS/DynamoDB", name, table)
                    for name in ("ReadThrottleEvents", "WriteThrottleEvents")
                ),
                period=300,
            ),
        ),
    }


def dead_letter_alarms(stack: Synthesis) -> dict[str, Properties]:
    queues = {
        "DeadLetters": (
            "Watch",
            "ticks and events that the watch function failed to process, and undelivered ticks",
        ),
        "EventDeadLetters": (
            "StateChanges",
            "Bedrock events that EventBridge could not deliver to the watch function",
        ),
        "NotificationDeadLetters": (
            "NotificationsDeadLetters",
            "events of the watch that nobody was notified of: undelivered or unpublished",
        ),
    }
    expected = {}
    for name, (owner, holds) in queues.items():
        queue = {"QueueName": {"Fn::GetAtt": [stack.logical_id("AWS::SQS::Queue", owner), "QueueName"]}}
        expected[name] = alarm(
            stack,
            f"A dead-letter queue is not empty. It holds {holds}.",
            on_metric(
                metric(SQS, "ApproximateNumberOfMessagesVisible", queue), period=300, statistic="Maximum"
            ),
        )
        expected[f"{name}Old"] = alarm(
            stack,
            "A message in a dead-letter queue is 10 days old: it will be deleted in 4 days. The queue holds "
            f"{holds}.",
            on_metric(metric(SQS, "ApproximateAgeOfOldestMessage", queue), period=300, statistic="Maximum"),
            Threshold=10 * 24 * 3600,
        )
    return expected


def fleet_alarms(stack: Synthesis) -> dict[str, Properties]:
    machine = {"StateMachineArn": stack.ref("AWS::StepFunctions::StateMachine", "FleetSweep")}
    return {
        "FleetSourceDark": alarm(
            stack,
            "A source of the fleet that had been listed cannot be listed any more: access is denied, or two "
            "sweeps in a row failed. What happens there is not known.",
            on_metric(service_metric("FleetSourcesDark"), period=300, statistic="Maximum"),
            TreatMissingData="ignore",
        ),
        "FleetAccountsStale": alarm(
            stack,
            "AWS Organizations has not reported the accounts of the fleet for 3 hours: accounts that joined "
            "since are not watched.",
            on_metric(service_metric("FleetAccountsAge"), period=300, statistic="Maximum"),
            Threshold=3 * 3600,
            TreatMissingData="ignore",
        ),
        "FleetSweepFailed": alarm(
            stack,
            "A sweep of the fleet failed, timed out or was aborted: sources were left out, or its report is "
            "missing.",
            on_sum(
                *(
                    metric(STATES, name, machine)
                    for name in ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")
                ),
                period=300,
            ),
        ),
    }


def linked(runbook: str, expected: dict[str, Properties]) -> dict[str, Properties]:
    """Add the address of an alarm's section of the runbook to its description."""
    return {
        name: {
            **properties,
            "AlarmDescription": f"{properties['AlarmDescription']} Runbook: {runbook}#{name.lower()}",
        }
        for name, properties in expected.items()
    }


def test_every_alarm_has_exactly_the_expected_properties(stack: Synthesis) -> None:
    region = {"Ref": "AWS::Region"}
    assert alarms(stack) == linked(
        "docs/runbook.md",
        {
            **function_alarms(stack, prefix="Function", function="Listing", near_timeout=54_000),
            **function_alarms(stack, prefix="Watch", function="Watch", near_timeout=270_000),
            **api_alarms(stack),
            **sweep_alarms(stack, region=region, sweep="all-jobs", hours=1, period=300, periods=12),
            **wait_alarms(stack),
            **delivery_alarms(stack),
            **notification_alarms(stack, ("Topic",)),
            **dead_letter_alarms(stack),
        },
    )


def test_a_fleet_adds_its_alarms_and_changes_exactly_the_expected_properties(
    stack: Synthesis, fleet_stack: Synthesis
) -> None:
    # The window of the missing sweep covers the longest sweep of a fleet, and deliveries have one more rule.
    changed = sweep_alarms(
        fleet_stack, region={"Ref": "AWS::Region"}, sweep="all-jobs", hours=1, period=300, periods=15
    )
    deliveries = delivery_alarms(fleet_stack)
    expected = linked("docs/runbook.md", {**fleet_alarms(fleet_stack), **changed, **deliveries})
    found = alarms(fleet_stack)
    assert {name: found[name] for name in expected} == expected
    assert found.keys() == alarms(stack).keys() | fleet_alarms(fleet_stack).keys()


def test_settings_change_exactly_the_expected_properties(other_stack: Synthesis) -> None:
    assert alarms(other_stack) == linked(
        "https://wiki.example.com/runbook",
        {
            **function_alarms(other_stack, prefix="Function", function="Listing", near_timeout=108_000),
            **function_alarms(other_stack, prefix="Watch", function="Watch", near_timeout=540_000),
            **api_alarms(other_stack),
            **sweep_alarms(
                other_stack, region="us-west-2", sweep="support", hours=30, period=3600, periods=31
            ),
            **wait_alarms(other_stack),
            **delivery_alarms(other_stack),
            **notification_alarms(other_stack, ("Topic", "ChatTopic")),
            **dead_letter_alarms(other_stack),
        },
    )


@pytest.mark.parametrize(
    ("settings", "minutes"),
    [
        ({}, 60),
        # The gap between two sweeps is longer than the setting by a sweep and the delay of its datapoint.
        ({"scheduleExpression": "rate(1 hour)", "scheduleFlexibleMinutes": 0}, 70),
        ({"sweepMissingAfterHours": 3}, 180),
        ({"scheduleExpression": "cron(0 6 * * ? *)", "sweepMissingAfterHours": 24}, 1450),
        ({"scheduleExpression": "rate(7 days)", "scheduleFlexibleMinutes": 0}, 168 * 60),
    ],
)
def test_the_window_of_the_missing_sweep_covers_the_gap_between_two_datapoints(
    settings: dict[str, Any], minutes: int
) -> None:
    assert missing_after_minutes(read_settings({CONTEXT_KEY: settings})) == minutes


def test_a_longer_sweep_needs_a_longer_window() -> None:
    settings = Settings(schedule_expression="rate(1 hour)", schedule_flexible_minutes=0)
    assert missing_after_minutes(replace(settings, watch_timeout_seconds=900)) == 80


def test_each_poll_for_lack_of_a_heartbeat_is_counted(stack: Synthesis) -> None:
    fallbacks = stack.only("AWS::Logs::MetricFilter", "WaitForJobsFallbacks")
    assert fallbacks["FilterPattern"] == (
        '{ ($.type = "PassStateEntered") && ($.details.name = "The watch is silent") }'
    )
    assert fallbacks["LogGroupName"] == stack.ref("AWS::Logs::LogGroup", "WaitForJobs")
    assert stack.definition()["States"]["The watch is silent"]["Type"] == "Pass"


def test_each_result_of_a_waiting_execution_is_counted(stack: Synthesis) -> None:
    assert stack.only("AWS::Logs::MetricFilter", "WaitForJobsResults") == {
        "LogGroupName": stack.ref("AWS::Logs::LogGroup", "WaitForJobs"),
        "FilterPattern": '{ ($.type = "FailStateEntered") && ($.details.name != "The function failed") }',
        "MetricTransformations": [
            {
                "MetricNamespace": "BedrockCustomizationJobs",
                "MetricName": "Jobs-WaitResults",
                "MetricValue": "1",
            }
        ],
    }


def test_every_named_result_of_a_waiting_execution_is_a_fail_state(stack: Synthesis) -> None:
    states = stack.definition()["States"]
    fail_states = {name for name, state in states.items() if state["Type"] == "Fail"}
    assert fail_states == {
        *("InvalidInput", "JobsFailed", "JobsStopped", "NoSuchJobs", "WaitTimedOut"),
        *("The jobs did not end as required", "The function failed"),
    }


def test_no_alarm_has_more_metrics_than_cloudwatch_allows(fleet_stack: Synthesis) -> None:
    assert all(len(each.get("Metrics", [])) - 1 <= 10 for each in alarms(fleet_stack).values())


def test_the_costs_count_the_metrics_of_all_alarms(stack: Synthesis) -> None:
    metrics = sum(len(each.get("Metrics", [None, None])) - 1 for each in alarms(stack).values())
    row = f"| {len(alarms(stack))} alarms, on {metrics} metrics | {metrics / 10:.2f} |"
    assert row in (ROOT / "docs/costs.md").read_text()


def test_the_costs_count_the_alarms_and_metrics_of_a_fleet(fleet_stack: Synthesis) -> None:
    added = fleet_alarms(fleet_stack)
    metrics = sum(len(each.get("Metrics", [None, None])) - 1 for each in added.values())
    others = ("FleetSourcesDark", "FleetAccountsAge", "FleetSweepsCompleted", "FleetSweepsSkipped")
    emitted = len(State) + len(others)
    cost = metrics / 10 + emitted * 0.3
    row = f"with a fleet: {len(added)} alarms on {metrics} metrics, and {emitted} metrics | {cost:.2f} |"
    assert row in (ROOT / "docs/costs.md").read_text()


def test_only_alarms_of_this_account_may_publish_to_the_topic_over_tls(stack: Synthesis) -> None:
    topic = stack.ref("AWS::SNS::Topic", "Alarms")
    policy = stack.only("AWS::SNS::TopicPolicy", "Alarms")
    assert policy["Topics"] == [topic]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "AllowPublishThroughSSLOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Sid": "AllowAlarmsOfThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
        },
    ]
    # CloudWatch cannot publish to a topic that is encrypted with the AWS managed key.
    assert all(properties == {} for properties in stack.of_type("AWS::SNS::Topic").values())


def test_the_address_of_the_settings_is_subscribed_to_the_topic(
    stack: Synthesis, other_stack: Synthesis
) -> None:
    assert stack.of_type("AWS::SNS::Subscription") == {}
    assert other_stack.only("AWS::SNS::Subscription", "Alarms") == {
        "Protocol": "email",
        "Endpoint": "someone@example.com",
        "TopicArn": other_stack.ref("AWS::SNS::Topic", "Alarms"),
    }
