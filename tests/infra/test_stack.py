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
            "Sid": "ReadTimelines",
            "Effect": ALLOW,
            "Action": "dynamodb:GetItem",
            "Resource": {"Fn::GetAtt": [the_id(stack, "AWS::DynamoDB::Table"), "Arn"]},
        },
    ]


def jobs_in(region: Any) -> dict[str, Any]:
    account = [":", {"Ref": "AWS::AccountId"}, ":model-customization-job/*"]
    if isinstance(region, str):
        account[0] = f":bedrock:{region}:"
        return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, *account]]}
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":bedrock:", region, *account]]}


def test_the_watchs_role_may_also_ask_for_a_job_keep_records_and_tell_the_bus(stack: Synthesis) -> None:
    assert policy_of(stack, "WatchRole") == [
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
            "Resource": {"Fn::GetAtt": [the_id(stack, "AWS::Logs::LogGroup", "Watch"), "Arn"]},
        },
        {"Effect": ALLOW, "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Resource": "*"},
        {
            "Sid": "AskWhyAJobFailed",
            "Effect": ALLOW,
            "Action": "bedrock:GetModelCustomizationJob",
            "Resource": jobs_in({"Ref": "AWS::Region"}),
        },
        {
            "Sid": "KeepRecords",
            "Effect": ALLOW,
            "Action": ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"],
            "Resource": {"Fn::GetAtt": [the_id(stack, "AWS::DynamoDB::Table"), "Arn"]},
        },
        {
            "Sid": "TellTheBus",
            "Effect": ALLOW,
            "Action": "events:PutEvents",
            "Resource": {"Fn::GetAtt": [the_id(stack, "AWS::Events::EventBus"), "Arn"]},
        },
        {
            "Effect": ALLOW,
            "Action": ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"],
            "Resource": {"Fn::GetAtt": [the_id(stack, "AWS::SQS::Queue", "Watch"), "Arn"]},
        },
    ]


def test_the_newss_role_may_publish_to_its_topic_alone(stack: Synthesis) -> None:
    assert policy_of(stack, "NewsRole") == [
        {
            "Effect": ALLOW,
            "Action": "sns:Publish",
            "Resource": {"Ref": the_id(stack, "AWS::SNS::Topic", "News")},
        }
    ]


def test_another_region_of_bedrock_is_the_only_one_that_is_allowed(other_stack: Synthesis) -> None:
    for role in ("ListingRole", "WatchRole"):
        listing = policy_of(other_stack, role)[0]
        assert listing["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-west-2"}}
    resources = [each["Resource"] for each in policy_of(other_stack, "WatchRole") if "Sid" in each]
    assert jobs_in("us-west-2") in resources
    rule = other_stack.of_type("AWS::Events::Rule")[the_id(other_stack, "AWS::Events::Rule", "StateChanges")]
    assert rule["EventPattern"]["region"] == ["us-west-2"]


def test_the_schedules_role_may_invoke_the_alias_and_fill_the_dead_letter_queue(stack: Synthesis) -> None:
    assert policy_of(stack, "SchedulerRole") == [
        {
            "Effect": ALLOW,
            "Action": "lambda:InvokeFunction",
            "Resource": {"Ref": the_id(stack, "AWS::Lambda::Alias", "Watch")},
        },
        {
            "Effect": ALLOW,
            "Action": "sqs:SendMessage",
            "Resource": {"Fn::GetAtt": [the_id(stack, "AWS::SQS::Queue", "Watch"), "Arn"]},
        },
    ]


def test_the_state_machines_role_may_invoke_the_alias_log_and_trace(stack: Synthesis) -> None:
    assert policy_of(stack, "WaitForJobs") == [
        {
            "Effect": ALLOW,
            "Action": "lambda:InvokeFunction",
            "Resource": {"Ref": the_id(stack, "AWS::Lambda::Alias", "Listing")},
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
    assert len(stack.of_type("AWS::IAM::Policy")) == 5
    # Nobody is told anything there.
    assert len(other_stack.of_type("AWS::IAM::Policy")) == 4
    # API Gateway's account role and CodeDeploy's have a managed policy.
    assert len(stack.of_type("AWS::IAM::Role")) == 7
    assert len(other_stack.of_type("AWS::IAM::Role")) == 6


def test_only_the_roles_that_aws_documents_so_have_a_managed_policy(
    stack: Synthesis, other_stack: Synthesis
) -> None:
    def managed(synthesis: Synthesis) -> list[str]:
        roles = synthesis.of_type("AWS::IAM::Role").values()
        arns = [arn for role in roles for arn in role.get("ManagedPolicyArns", [])]
        return sorted(arn["Fn::Join"][1][-1] for arn in arns)

    codedeploy = ":iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited"
    api_gateway = ":iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    assert managed(stack) == [codedeploy, api_gateway]
    assert managed(other_stack) == [codedeploy]
    assert other_stack.of_type("AWS::ApiGateway::Account") == {}


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("ListingRole", "lambda.amazonaws.com"),
        ("WatchRole", "lambda.amazonaws.com"),
        ("NewsRole", "events.amazonaws.com"),
        ("ReleasesRole", "codedeploy.amazonaws.com"),
        ("SchedulerRole", "scheduler.amazonaws.com"),
        ("WaitForJobs", "states.amazonaws.com"),
        ("ApiRestApi", "apigateway.amazonaws.com"),
    ],
)
def test_each_role_is_assumed_by_its_service_alone(stack: Synthesis, role: str, service: str) -> None:
    properties = stack.of_type("AWS::IAM::Role")[the_id(stack, "AWS::IAM::Role", role)]
    (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Principal"]) == ("sts:AssumeRole", {"Service": service})


def test_only_the_api_and_the_rule_may_invoke_a_function_from_outside(stack: Synthesis) -> None:
    callers = {
        "apigateway.amazonaws.com": ("Listing", the_id(stack, "AWS::ApiGateway::RestApi")),
        "events.amazonaws.com": ("Watch", the_id(stack, "AWS::Events::Rule", "StateChanges")),
    }
    permissions = stack.of_type("AWS::Lambda::Permission").values()
    assert sorted(each["Principal"] for each in permissions) == [
        *["apigateway.amazonaws.com"] * 2,
        "events.amazonaws.com",
    ]
    for permission in permissions:
        function, source = callers[permission["Principal"]]
        assert permission["FunctionName"] == {"Ref": the_id(stack, "AWS::Lambda::Alias", function)}
        assert source in json.dumps(permission["SourceArn"])


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
        "TableName",
        "DashboardName",
    ):
        for resource in stack.resources.values():
            assert not isinstance(resource.get("Properties", {}).get(name), str), (name, resource)


# -------------------------------------------------------------------------------------------------- function


def function_of(stack: Synthesis, prefix: str) -> dict[str, Any]:
    properties: dict[str, Any] = stack.of_type("AWS::Lambda::Function")[
        the_id(stack, "AWS::Lambda::Function", prefix)
    ]
    return properties


@pytest.mark.parametrize(("name", "timeout"), [("Listing", 60), ("Watch", 300)])
def test_each_function_is_arm64_python_traced_and_logs_json_to_its_own_group(
    stack: Synthesis, name: str, timeout: int
) -> None:
    function = function_of(stack, name)
    assert function["Architectures"] == ["arm64"]
    assert (function["Runtime"], function["Handler"]) == (
        "python3.13",
        "customization_jobs.handler.lambda_handler",
    )
    assert function["TracingConfig"] == {"Mode": "Active"}
    log_group = {"Ref": the_id(stack, "AWS::Logs::LogGroup", name)}
    assert function["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": log_group}
    assert (function["MemorySize"], function["Timeout"]) == (1024, timeout)
    assert function["Role"] == {"Fn::GetAtt": [the_id(stack, "AWS::IAM::Role", f"{name}Role"), "Arn"]}
    assert "SnapStart" not in function


def test_both_functions_run_one_bundle_by_one_handler(stack: Synthesis) -> None:
    listing, watch = function_of(stack, "Listing"), function_of(stack, "Watch")
    for name in ("Code", "Handler", "Runtime", "Architectures"):
        assert listing[name] == watch[name]


def plain(environment: dict[str, Any]) -> dict[str, str]:
    """Put a name in place of what CloudFormation fills in."""
    return {name: value if isinstance(value, str) else value["Ref"] for name, value in environment.items()}


def test_the_functions_read_the_environment_that_the_stack_gives_them(other_stack: Synthesis) -> None:
    limits = '{"byPhase": {"validation": 600}}'
    common: dict[str, Any] = {
        "region": "us-west-2",
        "in_progress_limit_seconds": 6 * 3600,
        "watch_table": the_id(other_stack, "AWS::DynamoDB::Table"),
        "watch_limits": limits,
    }
    expected = {
        "Listing": FunctionSettings(**common),
        "Watch": FunctionSettings(
            **common, watch_bus=the_id(other_stack, "AWS::Events::EventBus"), watch_retention_days=30
        ),
    }
    defaults = FunctionSettings(region="us-west-2")
    for name, settings in expected.items():
        environment = plain(function_of(other_stack, name)["Environment"]["Variables"])
        assert FunctionSettings.from_environment(environment) == settings
        assert environment["POWERTOOLS_SERVICE_NAME"] == defaults.service_name
        assert environment["POWERTOOLS_METRICS_NAMESPACE"] == defaults.metrics_namespace


def test_only_the_watch_knows_of_the_bus(stack: Synthesis) -> None:
    listing = function_of(stack, "Listing")["Environment"]["Variables"]
    watch = function_of(stack, "Watch")["Environment"]["Variables"]
    assert set(watch) - set(listing) == {"WATCH_BUS", "WATCH_RETENTION_DAYS"}
    assert "WATCH_TABLE" in listing
    assert "WATCH_LIMITS" not in listing, "an empty one would only cost its import"


def test_without_a_region_of_its_own_the_function_asks_that_of_the_stack(stack: Synthesis) -> None:
    for name in ("Listing", "Watch"):
        variables = function_of(stack, name)["Environment"]["Variables"]
        assert variables["BEDROCK_REGION"] == {"Ref": "AWS::Region"}


def test_the_least_timeout_outlasts_the_longest_call_of_the_function(stack: Synthesis) -> None:
    assert stack.settings.timeout_seconds > FunctionSettings(region="any").longest_call_seconds + 5


def test_the_functions_can_be_shaped(other_stack: Synthesis) -> None:
    for name, timeout in (("Listing", 120), ("Watch", 600)):
        function = function_of(other_stack, name)
        assert (function["MemorySize"], function["Timeout"]) == (512, timeout)
        assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}


def test_every_caller_points_at_an_alias(stack: Synthesis) -> None:
    listing = the_id(stack, "AWS::Lambda::Alias", "Listing")
    watch = {"Ref": the_id(stack, "AWS::Lambda::Alias", "Watch")}
    assert {alias["Name"] for alias in stack.of_type("AWS::Lambda::Alias").values()} == {"live"}
    assert stack.only("AWS::Scheduler::Schedule")["Target"]["Arn"] == watch
    rule = stack.of_type("AWS::Events::Rule")[the_id(stack, "AWS::Events::Rule", "StateChanges")]
    assert [target["Arn"] for target in rule["Targets"]] == [watch]
    assert listing in json.dumps(stack.only("AWS::StepFunctions::StateMachine")["DefinitionString"])
    for method in stack.of_type("AWS::ApiGateway::Method").values():
        assert listing in json.dumps(method["Integration"]["Uri"])


# ------------------------------------------------------------------------------------------------------ logs


def test_all_log_groups_keep_their_lines_as_long_and_go_with_the_stack(stack: Synthesis) -> None:
    groups = {
        name: value for name, value in stack.resources.items() if value["Type"] == "AWS::Logs::LogGroup"
    }
    assert len(groups) == 4
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
        "query": {"maxResults": 500},
    }


def test_the_schedule_has_a_window_retries_and_a_dead_letter_queue(stack: Synthesis) -> None:
    schedule = stack.only("AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "rate(15 minutes)"
    assert schedule["ScheduleExpressionTimezone"] == "Etc/UTC"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    assert schedule["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10}
    queue = {"Fn::GetAtt": [the_id(stack, "AWS::SQS::Queue", "Watch"), "Arn"]}
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": queue}


def test_the_schedule_can_be_exact(other_stack: Synthesis) -> None:
    schedule = other_stack.only("AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "cron(0 6 ? * MON-FRI *)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}


def test_a_tick_that_raises_is_retried_by_lambda_and_ends_in_the_same_queue(stack: Synthesis) -> None:
    config = stack.only("AWS::Lambda::EventInvokeConfig")
    queue = {"Fn::GetAtt": [the_id(stack, "AWS::SQS::Queue", "Watch"), "Arn"]}
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": queue}}
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 3600)
    assert the_id(stack, "AWS::Lambda::Alias", "Watch") in json.dumps(config["Qualifier"])


def test_the_dead_letter_queues_are_encrypted_and_want_tls(stack: Synthesis) -> None:
    queues = stack.of_type("AWS::SQS::Queue")
    assert len(queues) == 3
    for name, queue in queues.items():
        assert queue == {"MessageRetentionPeriod": 1_209_600, "SqsManagedSseEnabled": True}
        (policy,) = (
            each
            for each in stack.of_type("AWS::SQS::QueuePolicy").values()
            if {"Ref": name} in each["Queues"]
        )
        first, *others = policy["PolicyDocument"]["Statement"]
        assert (first["Effect"], first["Condition"]) == (DENY, {"Bool": {"aws:SecureTransport": "false"}})
        for other in others:
            # EventBridge's, from one rule of ours each.
            assert (other["Action"], other["Principal"]) == (
                "sqs:SendMessage",
                {"Service": "events.amazonaws.com"},
            )
            (rule,) = other["Condition"]["ArnEquals"].values()
            assert rule["Fn::GetAtt"][0] in stack.of_type("AWS::Events::Rule")


# ---------------------------------------------------------------------------------------------------- alarms


def alarms(stack: Synthesis) -> dict[str, dict[str, Any]]:
    return {
        name.removeprefix("Alarms")[:-8]: alarm
        for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items()
    }


def test_every_alarm_tells_the_topic_and_knows_how_long_to_look(stack: Synthesis) -> None:
    topic = [{"Ref": the_id(stack, "AWS::SNS::Topic", "Alarms")}]
    assert set(alarms(stack)) == {
        "FunctionErrors",
        "FunctionThrottles",
        "FunctionNearTimeout",
        "WatchErrors",
        "WatchThrottles",
        "WatchNearTimeout",
        "FunctionRelease",
        "ApiRelease",
        "WatchRelease",
        "ApiServerErrors",
        "DeadLetters",
        "EventDeadLetters",
        "NewsDeadLetters",
        "SweepMissing",
        "SweepIncomplete",
    }
    for alarm in alarms(stack).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == topic
        assert alarm["EvaluationPeriods"] >= 1
        assert alarm["Period"] in {60, 300, 3600}
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
        "WatchErrors": ("AWS/Lambda", "Errors", "Sum", 1),
        "WatchThrottles": ("AWS/Lambda", "Throttles", "Sum", 1),
        "WatchNearTimeout": ("AWS/Lambda", "Duration", "Maximum", 270_000),
        "FunctionRelease": ("AWS/Lambda", "Errors", "Sum", 1),
        "ApiRelease": ("AWS/ApiGateway", "5XXError", "Sum", 1),
        "WatchRelease": ("AWS/Lambda", "Errors", "Sum", 1),
        "EventDeadLetters": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", 1),
        "NewsDeadLetters": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", 1),
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
    topic = {"Ref": the_id(stack, "AWS::SNS::Topic", "Alarms")}
    assert stack.of_type("AWS::SNS::TopicPolicy")[the_id(stack, "AWS::SNS::TopicPolicy", "Alarms")][
        "PolicyDocument"
    ]["Statement"] == [
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
    assert all(topic == {} for topic in stack.of_type("AWS::SNS::Topic").values())


def test_someone_is_told_by_mail_where_an_address_is_set(stack: Synthesis, other_stack: Synthesis) -> None:
    assert stack.of_type("AWS::SNS::Subscription") == {}
    subscriptions = other_stack.of_type("AWS::SNS::Subscription").values()
    assert {(each["Protocol"], each["Endpoint"]) for each in subscriptions} == {
        ("email", "someone@example.com"),
        ("email", "news@example.com"),
    }


# --------------------------------------------------------------------------------------------------- outputs


def test_the_outputs_are_what_a_user_needs_next(stack: Synthesis) -> None:
    outputs = stack.template["Outputs"]
    values = {name: output["Value"] for name, output in outputs.items()}
    assert "execute-api" in json.dumps(values.pop("ApiUrl"))
    assert values == {
        "FunctionArn": {"Ref": the_id(stack, "AWS::Lambda::Alias", "Listing")},
        "WatchFunctionArn": {"Ref": the_id(stack, "AWS::Lambda::Alias", "Watch")},
        "WaitForJobsArn": {"Ref": the_id(stack, "AWS::StepFunctions::StateMachine")},
        "BusName": {"Ref": the_id(stack, "AWS::Events::EventBus")},
        "NewsTopicArn": {"Ref": the_id(stack, "AWS::SNS::Topic", "News")},
        "AlarmTopicArn": {"Ref": the_id(stack, "AWS::SNS::Topic", "Alarms")},
        "DashboardName": {"Ref": the_id(stack, "AWS::CloudWatch::Dashboard")},
        "DeadLetterQueueUrl": {"Ref": the_id(stack, "AWS::SQS::Queue", "Watch")},
        "EventDeadLetterQueueUrl": {"Ref": the_id(stack, "AWS::SQS::Queue", "StateChanges")},
        "NewsDeadLetterQueueUrl": {"Ref": the_id(stack, "AWS::SQS::Queue", "News")},
    }
    assert all(output["Description"] for output in outputs.values())
