"""The export function, its queue, its schedule, and what both roles may do."""

import json

import pytest

from customization_jobs import __version__
from tests.infra.conftest import Synthesis
from tests.infra.test_permissions import ALLOW, arn_of, logs_and_traces, policy_of


def test_the_function_runs_the_bundle_of_the_others(export_stack: Synthesis) -> None:
    function = export_stack.only("AWS::Lambda::Function", "Export")
    watch = export_stack.only("AWS::Lambda::Function", "Watch")
    for name in ("Code", "Handler", "Runtime", "Architectures", "TracingConfig", "MemorySize"):
        assert function[name] == watch[name]
    assert function["Timeout"] == 120
    assert function["Role"] == export_stack.arn("AWS::IAM::Role", "ExportWriter")
    purpose = "Exports Amazon Bedrock model customization jobs to files for Athena"
    assert function["Description"] == f"{purpose} (version {__version__})"
    assert function["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": export_stack.ref("AWS::Logs::LogGroup", "Export"),
    }


def test_its_environment_names_the_bucket_the_queue_and_the_table(
    export_stack: Synthesis, every_part_stack: Synthesis
) -> None:
    common = {
        "POWERTOOLS_SERVICE_NAME": "customization-jobs",
        "POWERTOOLS_METRICS_NAMESPACE": "BedrockCustomizationJobs",
    }
    function = export_stack.only("AWS::Lambda::Function", "Export")
    assert function["Environment"]["Variables"] == {
        **common,
        "BEDROCK_REGION": {"Ref": "AWS::Region"},
        "EXPORT_BUCKET": export_stack.ref("AWS::S3::Bucket"),
        "EXPORT_QUEUE_URL": export_stack.ref("AWS::SQS::Queue", "ExportWriter"),
        "WATCH_TABLE": export_stack.ref("AWS::DynamoDB::Table"),
    }
    other = every_part_stack.only("AWS::Lambda::Function", "Export")
    assert other["MemorySize"] == 512
    assert other["Environment"]["Variables"] == {
        **common,
        "BEDROCK_REGION": "us-west-2",
        "EXPORT_BUCKET": every_part_stack.ref("AWS::S3::Bucket", "Export"),
        "EXPORT_QUEUE_URL": every_part_stack.ref("AWS::SQS::Queue", "ExportWriter"),
        "WATCH_TABLE": "restored",
        "OWNER_TAG": "team",
    }


def test_the_queue_invokes_it_with_batches_and_moves_what_fails_to_the_dead_letters(
    export_stack: Synthesis,
) -> None:
    assert export_stack.only("AWS::SQS::Queue", "ExportWriter") == {
        "SqsManagedSseEnabled": True,
        # Six times the timeout of the function, and the window.
        "VisibilityTimeout": 6 * 120 + 60,
        "RedrivePolicy": {
            "deadLetterTargetArn": export_stack.arn("AWS::SQS::Queue", "ExportDeadLetters"),
            "maxReceiveCount": 5,
        },
    }
    assert export_stack.only("AWS::Lambda::EventSourceMapping", "Export") == {
        "EventSourceArn": export_stack.arn("AWS::SQS::Queue", "ExportWriter"),
        "FunctionName": export_stack.ref("AWS::Lambda::Function", "Export"),
        "BatchSize": 1000,
        "MaximumBatchingWindowInSeconds": 60,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
    }
    mapping = export_stack.resources[export_stack.logical_id("AWS::Lambda::EventSourceMapping", "Export")]
    assert export_stack.logical_id("AWS::IAM::Policy", "ExportWriter") in mapping["DependsOn"]


def test_the_dead_letters_are_encrypted_and_kept_for_two_weeks(export_stack: Synthesis) -> None:
    queue = export_stack.only("AWS::SQS::Queue", "ExportDeadLetters")
    assert queue == {"MessageRetentionPeriod": 1_209_600, "SqsManagedSseEnabled": True}


def test_a_schedule_invokes_it_once_a_day_with_the_scheduled_time(export_stack: Synthesis) -> None:
    name = export_stack.logical_id("AWS::Scheduler::Schedule", "Export")
    schedule = export_stack.only("AWS::Scheduler::Schedule", "Export")
    target = schedule.pop("Target")
    assert schedule == {
        "Description": "Exports a snapshot of the model customization jobs",
        "ScheduleExpression": "cron(10 0 * * ? *)",
        "ScheduleExpressionTimezone": "Etc/UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "State": "ENABLED",
    }
    # Scheduler replaces its attribute by the time, such as 2026-03-01T00:10:00Z.
    assert json.loads(target.pop("Input")) == {"export": {"snapshot": "<aws.scheduler.scheduled-time>"}}
    assert target == {
        "Arn": export_stack.arn("AWS::Lambda::Function", "Export"),
        "RoleArn": export_stack.arn("AWS::IAM::Role", "ExportDaily"),
        "DeadLetterConfig": {"Arn": export_stack.arn("AWS::SQS::Queue", "ExportDeadLetters")},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 6 * 3600, "MaximumRetryAttempts": 10},
    }
    assert (
        export_stack.logical_id("AWS::IAM::Policy", "ExportDaily")
        in (export_stack.resources[name]["DependsOn"])
    )


def test_a_snapshot_that_fails_is_tried_twice_more_and_kept_after_that(export_stack: Synthesis) -> None:
    assert export_stack.only("AWS::Lambda::EventInvokeConfig", "Export") == {
        "FunctionName": export_stack.ref("AWS::Lambda::Function", "Export"),
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 2,
        "MaximumEventAgeInSeconds": 6 * 3600,
        "DestinationConfig": {
            "OnFailure": {"Destination": export_stack.arn("AWS::SQS::Queue", "ExportDeadLetters")}
        },
    }


def test_the_functions_role_may_only_write_files_scan_the_table_use_its_queues_log_and_trace(
    export_stack: Synthesis,
) -> None:
    queue = export_stack.arn("AWS::SQS::Queue", "ExportWriter")
    assert policy_of(export_stack, "ExportWriterRole") == [
        {
            "Sid": "WriteFiles",
            "Effect": ALLOW,
            "Action": "s3:PutObject",
            "Resource": {"Fn::Join": ["", [export_stack.arn("AWS::S3::Bucket"), "/kind=*"]]},
        },
        {
            "Sid": "ReadAllJobs",
            "Effect": ALLOW,
            "Action": "dynamodb:Scan",
            "Resource": export_stack.arn("AWS::DynamoDB::Table"),
        },
        {
            "Sid": "ReadEvents",
            "Effect": ALLOW,
            "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            "Resource": queue,
        },
        {"Sid": "ContinueSnapshots", "Effect": ALLOW, "Action": "sqs:SendMessage", "Resource": queue},
        *logs_and_traces(export_stack, "Export"),
        {
            "Effect": ALLOW,
            "Action": "sqs:SendMessage",
            "Resource": export_stack.arn("AWS::SQS::Queue", "ExportDeadLetters"),
        },
    ]


def test_the_schedules_role_may_only_invoke_the_function_and_send_dead_letters(
    export_stack: Synthesis,
) -> None:
    assert policy_of(export_stack, "ExportDailyRole") == [
        {
            "Effect": ALLOW,
            "Action": "lambda:InvokeFunction",
            "Resource": export_stack.arn("AWS::Lambda::Function", "Export"),
        },
        {
            "Effect": ALLOW,
            "Action": "sqs:SendMessage",
            "Resource": export_stack.arn("AWS::SQS::Queue", "ExportDeadLetters"),
        },
    ]


@pytest.mark.parametrize(
    ("role", "service", "source"),
    [("ExportWriterRole", "lambda", None), ("ExportDailyRole", "scheduler", "schedule-group/default")],
)
def test_each_role_can_be_assumed_only_by_its_service_and_only_for_this_account(
    export_stack: Synthesis, role: str, service: str, source: str | None
) -> None:
    conditions = {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        **({"ArnLike": {"aws:SourceArn": arn_of(service, source)}} if source else {}),
    }
    (statement,) = export_stack.only("AWS::IAM::Role", role)["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {
        "Effect": ALLOW,
        "Action": "sts:AssumeRole",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Condition": conditions,
    }


def test_the_export_adds_two_roles_and_policies_and_no_permission_by_resource(
    stack: Synthesis, export_stack: Synthesis
) -> None:
    for kind, added in (("AWS::IAM::Role", 2), ("AWS::IAM::Policy", 2), ("AWS::Lambda::Permission", 0)):
        assert len(export_stack.of_type(kind)) == len(stack.of_type(kind)) + added, kind


def test_its_queues_require_tls_and_accept_messages_only_from_its_rule(export_stack: Synthesis) -> None:
    rule = export_stack.arn("AWS::Events::Rule", "Export")
    for prefix in ("ExportWriter", "ExportDeadLetters"):
        queue = export_stack.ref("AWS::SQS::Queue", prefix)
        policies = export_stack.of_type("AWS::SQS::QueuePolicy").values()
        (policy,) = (each for each in policies if queue in each["Queues"])
        tls, from_rule = policy["PolicyDocument"]["Statement"]
        assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        from_rule.pop("Sid", None)
        assert from_rule == {
            "Effect": ALLOW,
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": export_stack.arn("AWS::SQS::Queue", prefix),
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
