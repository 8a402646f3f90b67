"""The stack as a whole: names, callers and outputs."""

import json

from tests.infra.conftest import Synthesis


def test_nothing_names_a_partition_or_a_physical_resource(stack: Synthesis) -> None:
    assert "arn:aws:" not in json.dumps(stack.template)
    for name in (
        "FunctionName",
        "RoleName",
        "TopicName",
        "QueueName",
        "LogGroupName",
        "AlarmName",
        "StateMachineName",
        "TableName",
        "DashboardName",
    ):
        for resource in stack.resources.values():
            assert not isinstance(resource.get("Properties", {}).get(name), str), (name, resource)


def test_every_caller_invokes_an_alias(stack: Synthesis) -> None:
    listing = stack.logical_id("AWS::Lambda::Alias", "Listing")
    watch = stack.ref("AWS::Lambda::Alias", "Watch")
    assert {alias["Name"] for alias in stack.of_type("AWS::Lambda::Alias").values()} == {"live"}
    assert stack.only("AWS::Scheduler::Schedule")["Target"]["Arn"] == watch
    rule = stack.only("AWS::Events::Rule", "StateChanges")
    assert [target["Arn"] for target in rule["Targets"]] == [watch]
    assert listing in json.dumps(stack.only("AWS::StepFunctions::StateMachine")["DefinitionString"])
    for method in stack.of_type("AWS::ApiGateway::Method").values():
        assert listing in json.dumps(method["Integration"]["Uri"])


def test_the_outputs_name_everything_that_users_call_and_subscribe_to(stack: Synthesis) -> None:
    outputs = stack.template["Outputs"]
    values = {name: output["Value"] for name, output in outputs.items()}
    assert "execute-api" in json.dumps(values.pop("ApiUrl"))
    assert values == {
        "FunctionArn": stack.ref("AWS::Lambda::Alias", "Listing"),
        "WatchFunctionArn": stack.ref("AWS::Lambda::Alias", "Watch"),
        "WaitForJobsArn": stack.ref("AWS::StepFunctions::StateMachine"),
        "TableName": stack.ref("AWS::DynamoDB::Table"),
        "BusName": stack.ref("AWS::Events::EventBus"),
        "NotificationTopicArn": stack.ref("AWS::SNS::Topic", "Notifications"),
        "NotificationFunctionArn": stack.arn("AWS::Lambda::Function", "Notifications"),
        "AlarmTopicArn": stack.ref("AWS::SNS::Topic", "Alarms"),
        "DashboardName": stack.ref("AWS::CloudWatch::Dashboard"),
        "DeadLetterQueueUrl": stack.ref("AWS::SQS::Queue", "Watch"),
        "EventDeadLetterQueueUrl": stack.ref("AWS::SQS::Queue", "StateChanges"),
        "NotificationDeadLetterQueueUrl": stack.ref("AWS::SQS::Queue", "NotificationsDeadLetters"),
        "NotificationQueueUrl": stack.ref("AWS::SQS::Queue", "NotificationsPublisher"),
        "ListingLogGroupName": stack.ref("AWS::Logs::LogGroup", "Listing"),
        "WatchLogGroupName": stack.ref("AWS::Logs::LogGroup", "Watch"),
        "NotificationsLogGroupName": stack.ref("AWS::Logs::LogGroup", "Notifications"),
        "ApiAccessLogGroupName": stack.ref("AWS::Logs::LogGroup", "ApiAccessLog"),
        "WaitForJobsLogGroupName": stack.ref("AWS::Logs::LogGroup", "WaitForJobs"),
        "ListingHookLogGroupName": stack.ref("AWS::Logs::LogGroup", "DeploymentsListingHook"),
        "WatchHookLogGroupName": stack.ref("AWS::Logs::LogGroup", "DeploymentsWatchHook"),
    }


def test_every_log_group_and_every_queue_is_an_output(stack: Synthesis, other_stack: Synthesis) -> None:
    for synthesis in (stack, other_stack):
        values = [output["Value"] for output in synthesis.template["Outputs"].values()]
        for kind in ("AWS::Logs::LogGroup", "AWS::SQS::Queue"):
            assert all({"Ref": name} in values for name in synthesis.of_type(kind)), kind


def test_every_output_has_a_description(stack: Synthesis) -> None:
    descriptions = {name: output["Description"] for name, output in stack.template["Outputs"].items()}
    assert len(set(descriptions.values())) == len(descriptions)
    assert descriptions["EventDeadLetterQueueUrl"] == (
        "Queue of Bedrock events that EventBridge could not deliver to the watch function"
    )


def test_the_logical_ids_of_stateful_resources_stay_the_same(stack: Synthesis) -> None:
    # CloudFormation replaces a resource whose id changes: its items, messages or subscriptions would be lost.
    stateful = {
        "AWS::DynamoDB::Table": {"JobsDF1CC2D4"},
        "AWS::Events::EventBus": {"BusEA82B648"},
        "AWS::SNS::Topic": {"AlarmsTopic3A2DFEBA", "NotificationsTopicAE679CBD"},
        "AWS::SQS::Queue": {
            "WatchDeadLetters86B60BD3",
            "StateChangesDeadLetters0B7AC6A2",
            "NotificationsDeadLetters2AC1E002",
            "NotificationsPublisherQueueDC4832BF",
        },
        "AWS::ApiGateway::RestApi": {"ApiRestApiE35FEAFE"},
    }
    assert {kind: set(stack.of_type(kind)) for kind in stateful} == stateful
