"""What the template says, whole where a widening would matter."""

import json
from typing import Any

import pytest

from customization_jobs.errors import ERRORS
from customization_jobs.settings import Settings as FunctionSettings
from infra.api import GatewayError
from tests.infra.conftest import Synthesis

ALLOW, DENY = "Allow", "Deny"


def the_id(stack: Synthesis, kind: str, prefix: str = "") -> str:
    (name,) = (name for name in stack.of_type(kind) if name.startswith(prefix))
    return name


def policy_of(stack: Synthesis, role_prefix: str) -> list[dict[str, Any]]:
    role = the_id(stack, "AWS::IAM::Role", role_prefix)
    (policy,) = (
        each for each in stack.of_type("AWS::IAM::Policy").values() if {"Ref": role} in each["Roles"]
    )
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


# ----------------------------------------------------------------------------------------------- permissions


def test_the_functions_role_may_list_jobs_and_write_what_it_has_to_say(stack: Synthesis) -> None:
    assert policy_of(stack, "ListingRole") == [
        {
            "Sid": "ListModelCustomizationJobs",
            "Effect": ALLOW,
            "Action": "bedrock:ListModelCustomizationJobs",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": {"Ref": "AWS::Region"}}},
        },
        {
            "Sid": "NoBearerTokenInTheRolesStead",
            "Effect": DENY,
            "Action": "bedrock:CallWithBearerToken",
            "Resource": "*",
        },
        {
            "Effect": ALLOW,
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": [the_id(stack, "AWS::Logs::LogGroup", "Listing"), "Arn"]},
        },
        {"Effect": ALLOW, "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Resource": "*"},
        {
            "Effect": ALLOW,
            "Action": ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"],
            "Resource": {"Fn::GetAtt": [the_id(stack, "AWS::SQS::Queue"), "Arn"]},
        },
    ]


def test_another_region_of_bedrock_is_the_only_one_that_is_allowed(other_stack: Synthesis) -> None:
    listing = policy_of(other_stack, "ListingRole")[0]
    assert listing["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-west-2"}}


def test_the_schedules_role_may_invoke_the_alias_and_fill_the_dead_letter_queue(stack: Synthesis) -> None:
    assert policy_of(stack, "SchedulerRole") == [
        {
            "Effect": ALLOW,
            "Action": "lambda:InvokeFunction",
            "Resource": {"Ref": the_id(stack, "AWS::Lambda::Alias")},
        },
        {
            "Effect": ALLOW,
            "Action": "sqs:SendMessage",
            "Resource": {"Fn::GetAtt": [the_id(stack, "AWS::SQS::Queue"), "Arn"]},
        },
    ]


def test_the_state_machines_role_may_invoke_the_alias_log_and_trace(stack: Synthesis) -> None:
    assert policy_of(stack, "WaitForJobs") == [
        {
            "Effect": ALLOW,
            "Action": "lambda:InvokeFunction",
            "Resource": {"Ref": the_id(stack, "AWS::Lambda::Alias")},
        },
        {
            "Effect": ALLOW,
            "Action": [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            "Resource": "*",
        },
    ]


def test_there_are_no_other_roles_and_policies(stack: Synthesis, other_stack: Synthesis) -> None:
    assert len(stack.of_type("AWS::IAM::Policy")) == 3
    assert len(other_stack.of_type("AWS::IAM::Policy")) == 3
    assert len(stack.of_type("AWS::IAM::Role")) == 4
    assert len(other_stack.of_type("AWS::IAM::Role")) == 3


def test_only_api_gateways_account_role_has_a_managed_policy(
    stack: Synthesis, other_stack: Synthesis
) -> None:
    (managed,) = (role for role in stack.of_type("AWS::IAM::Role").values() if "ManagedPolicyArns" in role)
    assert json.dumps(managed["ManagedPolicyArns"]).count("arn:") == 1
    assert "service-role/AmazonAPIGatewayPushToCloudWatchLogs" in json.dumps(managed["ManagedPolicyArns"])
    assert "ManagedPolicyArns" not in json.dumps(other_stack.template)
    assert other_stack.of_type("AWS::ApiGateway::Account") == {}


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("ListingRole", "lambda.amazonaws.com"),
        ("SchedulerRole", "scheduler.amazonaws.com"),
        ("WaitForJobs", "states.amazonaws.com"),
        ("ApiRestApi", "apigateway.amazonaws.com"),
    ],
)
def test_each_role_is_assumed_by_its_service_alone(stack: Synthesis, role: str, service: str) -> None:
    properties = stack.of_type("AWS::IAM::Role")[the_id(stack, "AWS::IAM::Role", role)]
    (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Principal"]) == ("sts:AssumeRole", {"Service": service})


def test_only_the_api_may_invoke_the_function_from_outside(stack: Synthesis) -> None:
    for permission in stack.of_type("AWS::Lambda::Permission").values():
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert permission["FunctionName"] == {"Ref": the_id(stack, "AWS::Lambda::Alias")}
        assert the_id(stack, "AWS::ApiGateway::RestApi") in json.dumps(permission["SourceArn"])


def test_nothing_names_a_partition_or_a_physical_name(stack: Synthesis) -> None:
    text = json.dumps(stack.template)
    assert "arn:aws:" not in text
    for name in (
        "FunctionName",
        "RoleName",
        "TopicName",
        "QueueName",
        "LogGroupName",
        "AlarmName",
        "StateMachineName",
    ):
        for resource in stack.resources.values():
            assert not isinstance(resource.get("Properties", {}).get(name), str), (name, resource)


# -------------------------------------------------------------------------------------------------- function


def test_the_function_is_arm64_python_traced_and_logs_json_to_its_own_group(stack: Synthesis) -> None:
    function = stack.only("AWS::Lambda::Function")
    assert function["Architectures"] == ["arm64"]
    assert (function["Runtime"], function["Handler"]) == (
        "python3.13",
        "customization_jobs.handler.lambda_handler",
    )
    assert function["TracingConfig"] == {"Mode": "Active"}
    log_group = {"Ref": the_id(stack, "AWS::Logs::LogGroup", "Listing")}
    assert function["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": log_group}
    assert (function["MemorySize"], function["Timeout"]) == (1024, 60)
    assert "SnapStart" not in function


def test_the_function_reads_the_environment_that_the_stack_gives_it(other_stack: Synthesis) -> None:
    environment = other_stack.only("AWS::Lambda::Function")["Environment"]["Variables"]
    settings = FunctionSettings.from_environment(environment)
    defaults = FunctionSettings(region="us-west-2")
    assert settings == FunctionSettings(region="us-west-2", in_progress_limit_seconds=6 * 3600)
    assert environment["POWERTOOLS_SERVICE_NAME"] == defaults.service_name
    assert environment["POWERTOOLS_METRICS_NAMESPACE"] == defaults.metrics_namespace


def test_without_a_region_of_its_own_the_function_asks_that_of_the_stack(stack: Synthesis) -> None:
    variables = stack.only("AWS::Lambda::Function")["Environment"]["Variables"]
    assert variables["BEDROCK_REGION"] == {"Ref": "AWS::Region"}


def test_the_least_timeout_outlasts_the_longest_call_of_the_function(stack: Synthesis) -> None:
    assert stack.settings.timeout_seconds > FunctionSettings(region="any").longest_call_seconds + 5


def test_the_function_can_be_shaped(other_stack: Synthesis) -> None:
    function = other_stack.only("AWS::Lambda::Function")
    assert (function["MemorySize"], function["Timeout"]) == (512, 120)
    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}


def test_every_caller_points_at_the_alias(stack: Synthesis) -> None:
    alias_id = the_id(stack, "AWS::Lambda::Alias")
    assert stack.only("AWS::Lambda::Alias")["Name"] == "live"
    assert stack.only("AWS::Scheduler::Schedule")["Target"]["Arn"] == {"Ref": alias_id}
    assert alias_id in json.dumps(stack.only("AWS::StepFunctions::StateMachine")["DefinitionString"])
    for method in stack.of_type("AWS::ApiGateway::Method").values():
        assert alias_id in json.dumps(method["Integration"]["Uri"])


# ------------------------------------------------------------------------------------------------------ logs


def test_all_log_groups_keep_their_lines_as_long_and_go_with_the_stack(stack: Synthesis) -> None:
    groups = {
        name: value for name, value in stack.resources.items() if value["Type"] == "AWS::Logs::LogGroup"
    }
    assert len(groups) == 3
    for group in groups.values():
        assert group["Properties"] == {"RetentionInDays": 30}
        assert group["DeletionPolicy"] == "Delete"
    assert stack.of_type("AWS::KMS::Key") == {}


def test_logs_can_be_kept_longer_beyond_the_stack_and_under_an_own_key(other_stack: Synthesis) -> None:
    key_id = the_id(other_stack, "AWS::KMS::Key")
    assert other_stack.resources[key_id]["DeletionPolicy"] == "Retain"
    for name, group in other_stack.of_type("AWS::Logs::LogGroup").items():
        assert group == {"RetentionInDays": 365, "KmsKeyId": {"Fn::GetAtt": [key_id, "Arn"]}}
        assert other_stack.resources[name]["DeletionPolicy"] == "Retain"


def test_the_key_is_for_the_log_groups_of_this_account_alone(other_stack: Synthesis) -> None:
    key = other_stack.only("AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    administration, logs = key["KeyPolicy"]["Statement"]
    assert ":root" in json.dumps(administration["Principal"])
    assert logs["Principal"] == {
        "Service": {"Fn::Join": ["", ["logs.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}
    }
    assert logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]["Fn::Join"][1][1:] == [
        {"Ref": "AWS::Partition"},
        ":logs:",
        {"Ref": "AWS::Region"},
        ":",
        {"Ref": "AWS::AccountId"},
        ":log-group:*",
    ]


# ------------------------------------------------------------------------------------------------------- API


def test_every_path_and_method_is_signed_and_reaches_the_function(stack: Synthesis) -> None:
    methods = stack.of_type("AWS::ApiGateway::Method").values()
    assert [method["HttpMethod"] for method in methods] == ["ANY", "ANY"]
    assert {method["AuthorizationType"] for method in methods} == {"AWS_IAM"}
    assert {method["Integration"]["Type"] for method in methods} == {"AWS_PROXY"}
    assert stack.only("AWS::ApiGateway::Resource")["PathPart"] == "{proxy+}"
    assert stack.only("AWS::ApiGateway::RestApi")["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_the_stage_is_throttled_traced_and_logged(stack: Synthesis, other_stack: Synthesis) -> None:
    stage = stack.only("AWS::ApiGateway::Stage")
    assert stage["TracingEnabled"] is True
    (settings,) = stage["MethodSettings"]
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (10, 20)
    assert settings["DataTraceEnabled"] is False
    log = json.loads(stage["AccessLogSetting"]["Format"])
    assert {"requestId", "caller", "status", "integrationLatency", "errorType", "traceId"} < set(log)
    assert the_id(stack, "AWS::Logs::LogGroup", "Api") in json.dumps(
        stage["AccessLogSetting"]["DestinationArn"]
    )
    (other,) = other_stack.only("AWS::ApiGateway::Stage")["MethodSettings"]
    assert (other["ThrottlingRateLimit"], other["ThrottlingBurstLimit"]) == (3, 4)


def gateway_answers(stack: Synthesis) -> dict[str, dict[str, Any]]:
    return {each["ResponseType"]: each for each in stack.of_type("AWS::ApiGateway::GatewayResponse").values()}


def test_api_gateways_own_answers_are_problems_with_bedrocks_names(stack: Synthesis) -> None:
    answers = gateway_answers(stack)
    names = {
        kind: answer["ResponseParameters"].get("gatewayresponse.header.x-amzn-ErrorType", "").strip("'")
        for kind, answer in answers.items()
    }
    assert names == {
        "DEFAULT_4XX": "",
        "DEFAULT_5XX": "InternalServerException",
        "BAD_REQUEST_BODY": "ValidationException",
        "BAD_REQUEST_PARAMETERS": "ValidationException",
        "ACCESS_DENIED": "AccessDeniedException",
        "THROTTLED": "ThrottlingException",
        "INTEGRATION_FAILURE": "InternalServerException",
        "INTEGRATION_TIMEOUT": "BedrockTimeoutException",
    }
    statuses = {error.__name__: str(error.http_status) for error in ERRORS}
    for kind, answer in answers.items():
        if "StatusCode" in answer:
            assert answer["StatusCode"] == statuses[names[kind]]
        assert (
            answer["ResponseParameters"]["gatewayresponse.header.Content-Type"]
            == "'application/problem+json'"
        )


def test_only_throttling_asks_to_come_again(stack: Synthesis) -> None:
    header = "gatewayresponse.header.Retry-After"
    asking = {
        kind: answer["ResponseParameters"].get(header) for kind, answer in gateway_answers(stack).items()
    }
    assert {kind for kind, value in asking.items() if value} == {"THROTTLED"}
    assert asking["THROTTLED"] == "'1'"


def test_the_body_is_json_once_api_gateway_has_put_its_message_in(stack: Synthesis) -> None:
    for answer in gateway_answers(stack).values():
        template = answer["ResponseTemplates"]["application/json"]
        body = json.loads(template.replace("$context.error.messageString", '"Rate \\"exceeded\\""'))
        assert body["message"] == body["detail"] == 'Rate "exceeded"'
        assert body.get("status") == (int(answer["StatusCode"]) if "StatusCode" in answer else None)
        assert body["title"]


def test_a_deployment_of_the_api_waits_for_its_gateway_answers(stack: Synthesis) -> None:
    deployment = stack.resources[the_id(stack, "AWS::ApiGateway::Deployment")]
    assert set(stack.of_type("AWS::ApiGateway::GatewayResponse")) <= set(deployment["DependsOn"])


def test_a_gateway_error_without_a_name_keeps_api_gateways() -> None:
    assert GatewayError("DEFAULT_4XX", "x").headers() == {"Content-Type": "'application/problem+json'"}


# -------------------------------------------------------------------------------------------------- schedule


def test_a_ticks_input_is_json_and_names_the_tick(stack: Synthesis, other_stack: Synthesis) -> None:
    tick = json.loads(stack.only("AWS::Scheduler::Schedule")["Target"]["Input"])
    assert tick == {
        "schedule": {
            "arn": "<aws.scheduler.schedule-arn>",
            "scheduledTime": "<aws.scheduler.scheduled-time>",
            "executionId": "<aws.scheduler.execution-id>",
            "attemptNumber": "<aws.scheduler.attempt-number>",
        },
        "sweep": "all-jobs",
        "query": {},
    }
    other = json.loads(other_stack.only("AWS::Scheduler::Schedule")["Target"]["Input"])
    assert other == {
        **tick,
        "sweep": "support",
        "query": {"nameContains": "support-tone", "maxResults": 500},
    }


def test_the_schedule_has_a_window_retries_and_a_dead_letter_queue(stack: Synthesis) -> None:
    schedule = stack.only("AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "rate(15 minutes)"
    assert schedule["ScheduleExpressionTimezone"] == "Etc/UTC"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    assert schedule["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10}
    queue = {"Fn::GetAtt": [the_id(stack, "AWS::SQS::Queue"), "Arn"]}
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": queue}


def test_the_schedule_can_be_exact(other_stack: Synthesis) -> None:
    schedule = other_stack.only("AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "cron(0 6 ? * MON-FRI *)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}


def test_a_tick_that_raises_is_retried_by_lambda_and_ends_in_the_same_queue(stack: Synthesis) -> None:
    config = stack.only("AWS::Lambda::EventInvokeConfig")
    queue = {"Fn::GetAtt": [the_id(stack, "AWS::SQS::Queue"), "Arn"]}
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": queue}}
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 3600)
    assert the_id(stack, "AWS::Lambda::Alias") in json.dumps(config["Qualifier"])


def test_the_dead_letter_queue_is_encrypted_and_wants_tls(stack: Synthesis) -> None:
    assert stack.only("AWS::SQS::Queue") == {
        "MessageRetentionPeriod": 1_209_600,
        "SqsManagedSseEnabled": True,
    }
    (statement,) = stack.only("AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == (DENY, {"Bool": {"aws:SecureTransport": "false"}})


# ---------------------------------------------------------------------------------------------------- alarms


def alarms(stack: Synthesis) -> dict[str, dict[str, Any]]:
    return {
        name.removeprefix("Alarms")[:-8]: alarm
        for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items()
    }


def test_every_alarm_tells_the_topic_and_knows_how_long_to_look(stack: Synthesis) -> None:
    topic = [{"Ref": the_id(stack, "AWS::SNS::Topic")}]
    assert set(alarms(stack)) == {
        "FunctionErrors",
        "FunctionThrottles",
        "FunctionNearTimeout",
        "ApiServerErrors",
        "DeadLetters",
        "SweepMissing",
        "SweepIncomplete",
    }
    for alarm in alarms(stack).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == topic
        assert alarm["EvaluationPeriods"] >= 1
        assert alarm["Period"] in {300, 3600}
        assert alarm["TreatMissingData"] in {"breaching", "notBreaching"}
        assert alarm["AlarmDescription"].endswith(".")


def test_what_the_alarms_look_at(stack: Synthesis) -> None:
    looks = {
        name: (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"], alarm["Threshold"])
        for name, alarm in alarms(stack).items()
    }
    assert looks == {
        "FunctionErrors": ("AWS/Lambda", "Errors", "Sum", 1),
        "FunctionThrottles": ("AWS/Lambda", "Throttles", "Sum", 1),
        "FunctionNearTimeout": ("AWS/Lambda", "Duration", "Maximum", 54_000),
        "ApiServerErrors": ("AWS/ApiGateway", "5XXError", "Sum", 1),
        "DeadLetters": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", 1),
        "SweepMissing": ("BedrockCustomizationJobs", "SweepsCompleted", "Sum", 1),
        "SweepIncomplete": ("BedrockCustomizationJobs", "SweepsIncomplete", "Sum", 1),
    }


def test_the_apis_alarm_looks_at_this_api_alone(stack: Synthesis) -> None:
    dimensions = {each["Name"]: each["Value"] for each in alarms(stack)["ApiServerErrors"]["Dimensions"]}
    assert dimensions["ApiName"] == stack.only("AWS::ApiGateway::RestApi")["Name"]
    assert dimensions["ApiName"].endswith("-Api")


def test_silence_raises_the_alarm_for_missing_sweeps(stack: Synthesis, other_stack: Synthesis) -> None:
    alarm = alarms(stack)["SweepMissing"]
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (3600, 1)
    other = alarms(other_stack)["SweepMissing"]
    assert (other["Period"], other["EvaluationPeriods"]) == (3600, 30)


def test_the_sweeps_metrics_are_those_of_the_configured_region(other_stack: Synthesis) -> None:
    for name in ("SweepMissing", "SweepIncomplete"):
        dimensions = {each["Name"]: each["Value"] for each in alarms(other_stack)[name]["Dimensions"]}
        assert dimensions == {"service": "customization-jobs", "Region": "us-west-2", "Sweep": "support"}


def test_the_topic_lets_the_accounts_alarms_publish_over_tls_alone(stack: Synthesis) -> None:
    topic = {"Ref": the_id(stack, "AWS::SNS::Topic")}
    assert stack.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"] == [
        {
            "Sid": "AllowPublishThroughSSLOnly",
            "Effect": DENY,
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Sid": "AlarmsOfThisAccount",
            "Effect": ALLOW,
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic,
            "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
        },
    ]
    assert stack.only("AWS::SNS::Topic") == {}


def test_someone_is_told_by_mail_where_an_address_is_set(stack: Synthesis, other_stack: Synthesis) -> None:
    assert stack.of_type("AWS::SNS::Subscription") == {}
    subscription = other_stack.only("AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "someone@example.com")


# --------------------------------------------------------------------------------------------------- outputs


def test_the_outputs_are_what_a_user_needs_next(stack: Synthesis) -> None:
    outputs = stack.template["Outputs"]
    values = {name: output["Value"] for name, output in outputs.items()}
    assert "execute-api" in json.dumps(values.pop("ApiUrl"))
    assert values == {
        "FunctionArn": {"Ref": the_id(stack, "AWS::Lambda::Alias")},
        "WaitForJobsArn": {"Ref": the_id(stack, "AWS::StepFunctions::StateMachine")},
        "AlarmTopicArn": {"Ref": the_id(stack, "AWS::SNS::Topic")},
        "DeadLetterQueueUrl": {"Ref": the_id(stack, "AWS::SQS::Queue")},
    }
    assert all(output["Description"] for output in outputs.values())
