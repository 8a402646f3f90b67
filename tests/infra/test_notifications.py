"""Notifications about jobs: the rule, the queue, the function, the topics and the chat channels."""

from typing import Any

import pytest

from customization_jobs import __version__
from customization_jobs.settings import Settings as FunctionSettings
from tests.infra.conftest import Synthesis


def test_one_rule_sends_the_chosen_kinds_from_the_watchs_bus_to_the_queue(stack: Synthesis) -> None:
    rule = stack.only("AWS::Events::Rule", "Notifications")
    assert rule["EventBusName"] == stack.ref("AWS::Events::EventBus")
    assert rule["EventPattern"] == {
        "source": ["bedrock-customization-jobs"],
        "detail-type": [f"Model Customization Job {kind}" for kind in ("Failed", "Stopped", "Stuck")],
        "detail": {"version": ["1"]},
    }
    (target,) = rule["Targets"]
    assert target.pop("Id")
    assert target == {
        "Arn": stack.arn("AWS::SQS::Queue", "NotificationsPublisher"),
        "DeadLetterConfig": {"Arn": stack.arn("AWS::SQS::Queue", "NotificationsDeadLetters")},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
    }


def test_without_kinds_there_is_no_rule(other_stack: Synthesis) -> None:
    assert not [name for name in other_stack.of_type("AWS::Events::Rule") if name.startswith("Notifications")]


def test_the_queue_moves_events_that_fail_to_the_dead_letter_queue(stack: Synthesis) -> None:
    assert stack.only("AWS::SQS::Queue", "NotificationsPublisher") == {
        "SqsManagedSseEnabled": True,
        "VisibilityTimeout": 420,
        "RedrivePolicy": {
            "deadLetterTargetArn": stack.arn("AWS::SQS::Queue", "NotificationsDeadLetters"),
            "maxReceiveCount": 5,
        },
    }


def test_the_queue_invokes_the_function_with_the_events_of_a_minute(stack: Synthesis) -> None:
    name = stack.logical_id("AWS::Lambda::EventSourceMapping")
    assert stack.only("AWS::Lambda::EventSourceMapping") == {
        "EventSourceArn": stack.arn("AWS::SQS::Queue", "NotificationsPublisher"),
        "FunctionName": stack.ref("AWS::Lambda::Function", "Notifications"),
        "BatchSize": 1000,
        "MaximumBatchingWindowInSeconds": 60,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
    }
    policies = [
        each for each in stack.of_type("AWS::IAM::Policy") if each.startswith("NotificationsPublisher")
    ]
    assert set(policies) <= set(stack.resources[name]["DependsOn"])


def test_a_retry_begins_only_after_the_function_has_timed_out(stack: Synthesis) -> None:
    queue = stack.only("AWS::SQS::Queue", "NotificationsPublisher")
    function = stack.only("AWS::Lambda::Function", "Notifications")
    window = stack.only("AWS::Lambda::EventSourceMapping")["MaximumBatchingWindowInSeconds"]
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"] + window


def test_the_function_runs_the_bundle_of_the_others(stack: Synthesis) -> None:
    function = stack.only("AWS::Lambda::Function", "Notifications")
    watch = stack.only("AWS::Lambda::Function", "Watch")
    for name in ("Code", "Handler", "Runtime", "Architectures", "TracingConfig", "MemorySize"):
        assert function[name] == watch[name]
    assert function["Timeout"] == 60
    assert function["Role"] == stack.arn("AWS::IAM::Role", "NotificationsPublisher")
    purpose = "Publishes notifications about Amazon Bedrock model customization jobs"
    assert function["Description"] == f"{purpose} (version {__version__})"
    assert function["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": stack.ref("AWS::Logs::LogGroup", "Notifications"),
    }


def function_settings(synthesis: Synthesis) -> FunctionSettings:
    variables: dict[str, Any] = synthesis.only("AWS::Lambda::Function", "Notifications")["Environment"][
        "Variables"
    ]
    environment = {
        name: value if isinstance(value, str) else value["Ref"].replace("AWS::Region", "us-east-1")
        for name, value in variables.items()
    }
    return FunctionSettings.from_environment(environment)


def test_the_function_reads_the_environment_that_the_stack_sets(
    stack: Synthesis, other_stack: Synthesis
) -> None:
    assert function_settings(stack) == FunctionSettings(
        region="us-east-1", notification_topic=stack.logical_id("AWS::SNS::Topic", "NotificationsTopic")
    )
    assert function_settings(other_stack) == FunctionSettings(
        region="us-west-2",
        notification_topic=other_stack.logical_id("AWS::SNS::Topic", "NotificationsTopic"),
        chat_topic=other_stack.logical_id("AWS::SNS::Topic", "NotificationsChatTopic"),
        notification_digest_above=3,
    )


def test_settings_choose_the_addresses(stack: Synthesis, other_stack: Synthesis) -> None:
    assert stack.of_type("AWS::SNS::Subscription") == {}
    subscriptions = [
        each
        for name, each in other_stack.of_type("AWS::SNS::Subscription").items()
        if name.startswith("Notifications")
    ]
    assert subscriptions == [
        {
            "Protocol": "email",
            "Endpoint": address,
            "TopicArn": other_stack.ref("AWS::SNS::Topic", "NotificationsTopic"),
        }
        for address in ("notifications@example.com", "team@example.com")
    ]


@pytest.mark.parametrize("topic", ["Topic", "ChatTopic"])
def test_topics_refuse_messages_without_tls(other_stack: Synthesis, topic: str) -> None:
    name = other_stack.ref("AWS::SNS::Topic", f"Notifications{topic}")
    (policy,) = (
        each for each in other_stack.of_type("AWS::SNS::TopicPolicy").values() if each["Topics"] == [name]
    )
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Condition"]) == (
        "Deny",
        "sns:Publish",
        {"Bool": {"aws:SecureTransport": "false"}},
    )


def test_without_chat_there_is_one_topic_and_no_channel(stack: Synthesis) -> None:
    topics = [name for name in stack.of_type("AWS::SNS::Topic") if name.startswith("Notifications")]
    assert len(topics) == 1
    assert "Chatbot" not in str(sorted(each["Type"] for each in stack.resources.values()))


def test_the_channels_show_the_chat_topic_and_can_run_nothing(other_stack: Synthesis) -> None:
    topic = other_stack.ref("AWS::SNS::Topic", "NotificationsChatTopic")
    common = {
        "SnsTopicArns": [topic],
        "IamRoleArn": other_stack.arn("AWS::IAM::Role", "NotificationsChat"),
        "GuardrailPolicies": [
            {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/AWSDenyAll"]]}
        ],
    }
    assert other_stack.only("AWS::Chatbot::SlackChannelConfiguration") == {
        "ConfigurationName": "Jobs-Slack",
        "SlackWorkspaceId": "T0123ABCD",
        "SlackChannelId": "C0123ABCD",
        **common,
    }
    assert other_stack.only("AWS::Chatbot::MicrosoftTeamsChannelConfiguration") == {
        "ConfigurationName": "Jobs-Teams",
        "TeamId": "00000000-0000-4000-8000-000000000001",
        "TeamsTenantId": "00000000-0000-4000-8000-000000000002",
        "TeamsChannelId": "19%3Aabc%40thread.tacv2",
        **common,
    }
    assert other_stack.template["Outputs"]["ChatTopicArn"]["Value"] == topic
