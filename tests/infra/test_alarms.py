"""Alarms: every property of every alarm is asserted, so that none can change unnoticed."""

from typing import Any

from tests.infra.conftest import Synthesis

LAMBDA, API, SQS, SERVICE = "AWS/Lambda", "AWS/ApiGateway", "AWS/SQS", "BedrockCustomizationJobs"


def alarms(stack: Synthesis) -> dict[str, dict[str, Any]]:
    """Return the properties of each alarm by its construct id, without the 8 digits of the CDK's hash."""
    return {
        name.removeprefix("Alarms")[:-8]: alarm
        for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items()
    }


def alarm(
    stack: Synthesis,
    description: str,
    metric: tuple[str, str, str],
    dimensions: dict[str, Any],
    *,
    period: int = 300,
    periods: int = 1,
    **properties: Any,
) -> dict[str, Any]:
    """Return the expected properties. `metric` is namespace, name and statistic."""
    topic = [stack.ref("AWS::SNS::Topic", "Alarms")]
    return {
        "AlarmDescription": description,
        "Namespace": metric[0],
        "MetricName": metric[1],
        "Statistic": metric[2],
        "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(dimensions.items())],
        "Period": period,
        "EvaluationPeriods": periods,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": topic,
        "OKActions": topic,
        **properties,
    }


def function_alarms(
    stack: Synthesis, *, prefix: str, function: str, rollback: str, near_timeout: int
) -> dict[str, dict[str, Any]]:
    name = function.lower()
    function_name = stack.ref("AWS::Lambda::Function", function)
    alias = {
        "FunctionName": function_name,
        "Resource": {"Fn::Join": ["", [function_name, ":live"]]},
    }
    version = {"Fn::GetAtt": [stack.logical_id("AWS::Lambda::Version", function), "Version"]}
    return {
        f"{prefix}Errors": alarm(
            stack,
            f"The {name} function failed in two of three periods of five minutes. See its log.",
            (LAMBDA, "Errors", "Sum"),
            alias,
            periods=3,
            DatapointsToAlarm=2,
        ),
        f"{prefix}Throttles": alarm(
            stack,
            f"Lambda throttled the {name} function: no concurrency is left for it.",
            (LAMBDA, "Throttles", "Sum"),
            alias,
        ),
        f"{prefix}NearTimeout": alarm(
            stack,
            f"An invocation of the {name} function took 90 % of its timeout or more.",
            (LAMBDA, "Duration", "Maximum"),
            alias,
            Threshold=near_timeout,
        ),
        rollback: alarm(
            stack,
            f"The new version of the {name} function failed in two of five minutes: CodeDeploy rolls back "
            "its deployment.",
            (LAMBDA, "Errors", "Sum"),
            alias | {"ExecutedVersion": version},
            period=60,
            periods=5,
            DatapointsToAlarm=2,
        ),
    }


def api_alarms(stack: Synthesis) -> dict[str, dict[str, Any]]:
    api_name = stack.only("AWS::ApiGateway::RestApi")["Name"]
    assert api_name == "Jobs-Api"
    return {
        "ApiServerErrors": alarm(
            stack,
            "The API answered with 5xx in two of three periods of five minutes. See its access log.",
            (API, "5XXError", "Sum"),
            {"ApiName": api_name, "Stage": stack.ref("AWS::ApiGateway::Stage")},
            periods=3,
            DatapointsToAlarm=2,
        ),
        "ApiRollback": alarm(
            stack,
            "The API answered with 5xx in two of five minutes: CodeDeploy rolls back a deployment in "
            "progress.",
            (API, "5XXError", "Sum"),
            {"ApiName": api_name, "Stage": stack.only("AWS::ApiGateway::Stage")["StageName"]},
            period=60,
            periods=5,
            DatapointsToAlarm=2,
        ),
    }


def sweep_alarms(stack: Synthesis, *, region: Any, sweep: str, hours: int) -> dict[str, dict[str, Any]]:
    dimensions = {"service": "customization-jobs", "Region": region, "Sweep": sweep}
    return {
        "SweepMissing": alarm(
            stack,
            f"No sweep completed within {hours} h. See the log of the watch function.",
            (SERVICE, "SweepsCompleted", "Sum"),
            dimensions,
            period=3600,
            periods=hours,
            ComparisonOperator="LessThanThreshold",
            # Without a sweep there is no datapoint at all.
            TreatMissingData="breaching",
        ),
        "SweepIncomplete": alarm(
            stack,
            "A sweep ran out of time, so its metrics are incomplete.",
            (SERVICE, "SweepsIncomplete", "Sum"),
            dimensions,
        ),
    }


def dead_letter_alarms(stack: Synthesis) -> dict[str, dict[str, Any]]:
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
            "Notifications",
            "notifications that EventBridge could not deliver to their topic",
        ),
    }
    return {
        name: alarm(
            stack,
            f"A dead-letter queue is not empty. It holds {holds}.",
            (SQS, "ApproximateNumberOfMessagesVisible", "Maximum"),
            {"QueueName": {"Fn::GetAtt": [stack.logical_id("AWS::SQS::Queue", owner), "QueueName"]}},
        )
        for name, (owner, holds) in queues.items()
    }


def test_every_alarm_has_exactly_the_expected_properties(stack: Synthesis) -> None:
    assert alarms(stack) == {
        **function_alarms(
            stack, prefix="Function", function="Listing", rollback="FunctionRollback", near_timeout=54_000
        ),
        **function_alarms(
            stack, prefix="Watch", function="Watch", rollback="WatchRollback", near_timeout=270_000
        ),
        **api_alarms(stack),
        **sweep_alarms(stack, region={"Ref": "AWS::Region"}, sweep="all-jobs", hours=1),
        **dead_letter_alarms(stack),
    }


def test_settings_change_exactly_the_expected_properties(other_stack: Synthesis) -> None:
    assert alarms(other_stack) == {
        **function_alarms(
            other_stack,
            prefix="Function",
            function="Listing",
            rollback="FunctionRollback",
            near_timeout=108_000,
        ),
        **function_alarms(
            other_stack, prefix="Watch", function="Watch", rollback="WatchRollback", near_timeout=540_000
        ),
        **api_alarms(other_stack),
        **sweep_alarms(other_stack, region="us-west-2", sweep="support", hours=30),
        **dead_letter_alarms(other_stack),
    }


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
