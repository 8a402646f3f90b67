"""IAM: every policy document is asserted as a whole, so that a wider permission fails a test."""

import json
from typing import Any

import pytest

from infra.bundling.botocore_data import CALLED_OPERATIONS
from tests.infra.conftest import Synthesis

ALLOW, DENY = "Allow", "Deny"
REGION = {"Ref": "AWS::Region"}


def policy_of(stack: Synthesis, role_prefix: str) -> list[dict[str, Any]]:
    role = stack.ref("AWS::IAM::Role", role_prefix)
    (policy,) = (each for each in stack.of_type("AWS::IAM::Policy").values() if role in each["Roles"])
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


def common_statements(stack: Synthesis, function: str) -> list[dict[str, Any]]:
    """Return the statements that the listing function and the watch function have."""
    return [
        {
            "Sid": "ListModelCustomizationJobs",
            "Effect": ALLOW,
            "Action": "bedrock:ListModelCustomizationJobs",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": REGION}},
        },
        {
            "Sid": "DenyBearerTokens",
            "Effect": DENY,
            "Action": "bedrock:CallWithBearerToken",
            "Resource": "*",
        },
        *logs_and_traces(stack, function),
    ]


def logs_and_traces(stack: Synthesis, function: str) -> list[dict[str, Any]]:
    """Return the statements that all functions have."""
    return [
        {
            "Effect": ALLOW,
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": stack.arn("AWS::Logs::LogGroup", function),
        },
        {"Effect": ALLOW, "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Resource": "*"},
    ]


def jobs_in(region: Any) -> dict[str, Any]:
    parts = ["arn:", {"Ref": "AWS::Partition"}]
    parts += [f":bedrock:{region}:"] if isinstance(region, str) else [":bedrock:", region, ":"]
    return {"Fn::Join": ["", [*parts, {"Ref": "AWS::AccountId"}, ":model-customization-job/*"]]}


def test_the_listing_functions_role_may_only_list_jobs_read_records_log_and_trace(stack: Synthesis) -> None:
    assert policy_of(stack, "ListingRole") == [
        *common_statements(stack, "Listing"),
        {
            "Sid": "ReadRecords",
            "Effect": ALLOW,
            "Action": ["dynamodb:BatchGetItem", "dynamodb:GetItem"],
            "Resource": stack.arn("AWS::DynamoDB::Table"),
        },
    ]


def test_the_watch_functions_role_may_also_read_single_jobs_write_records_and_publish(
    stack: Synthesis,
) -> None:
    assert policy_of(stack, "WatchRole") == [
        *common_statements(stack, "Watch"),
        {
            "Sid": "ReadFailureReasons",
            "Effect": ALLOW,
            "Action": "bedrock:GetModelCustomizationJob",
            "Resource": jobs_in(REGION),
        },
        {
            "Sid": "ReadAndWriteJobRecords",
            "Effect": ALLOW,
            "Action": ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"],
            "Resource": stack.arn("AWS::DynamoDB::Table"),
        },
        {
            "Sid": "FindUnfinishedWork",
            "Effect": ALLOW,
            "Action": ["dynamodb:Query", "dynamodb:Scan"],
            "Resource": {"Fn::Join": ["", [stack.arn("AWS::DynamoDB::Table"), "/index/Unfinished"]]},
        },
        {
            "Sid": "AnswerWaits",
            "Effect": ALLOW,
            "Action": ["states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": {"Ref": "AWS::Region"}}},
        },
        {
            "Sid": "PublishTransitions",
            "Effect": ALLOW,
            "Action": "events:PutEvents",
            "Resource": stack.arn("AWS::Events::EventBus"),
            "Condition": {
                "ForAllValues:StringEquals": {"events:source": "bedrock-customization-jobs"},
                "Null": {"events:source": "false"},
            },
        },
        {"Effect": ALLOW, "Action": "sqs:SendMessage", "Resource": stack.arn("AWS::SQS::Queue", "Watch")},
    ]


# Prefixes of IAM actions that differ from the service's name in botocore.
PREFIXES = {"stepfunctions": "states"}
# Lambda itself calls these for a function with a queue.
CALLED_BY_LAMBDA = {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}


def called_operations_allowed_by(stack: Synthesis) -> set[str]:
    """Return the allowed actions of the services whose operations the bundle contains."""
    allowed: set[str] = set()
    of_the_export = ("ExportWriterRole",) if stack.settings.export else ()
    for role in ("ListingRole", "WatchRole", "NotificationsPublisherRole", *of_the_export):
        for statement in policy_of(stack, role):
            if statement["Effect"] == ALLOW:
                actions = statement["Action"]
                allowed.update([actions] if isinstance(actions, str) else actions)
    prefixes = {PREFIXES.get(service, service) for service in CALLED_OPERATIONS}
    return {action for action in allowed - CALLED_BY_LAMBDA if action.split(":")[0] in prefixes}


def test_the_functions_may_call_exactly_the_aws_operations_that_the_bundle_contains(
    stack: Synthesis, other_stack: Synthesis, every_part_stack: Synthesis, units_stack: Synthesis
) -> None:
    called = {
        f"{PREFIXES.get(service, service)}:{operation}"
        for service, operations in CALLED_OPERATIONS.items()
        for operation in operations
    }
    # The bundle is the same for all settings.
    every_setting = (other_stack, every_part_stack, units_stack)
    allowed = set().union(*map(called_operations_allowed_by, every_setting))
    # AssumeRole with tags needs this permission, which is not an operation of its own.
    assert allowed == called | {"sts:TagSession"}
    of_a_fleet = {each for each in called if each.startswith(("sts:", "organizations:"))}
    of_the_export = {each for each in called if each.startswith("s3:")}
    # Only with `jobTags` are tags read.
    of_settings = of_a_fleet | of_the_export | {"bedrock:ListTagsForResource"}
    assert called_operations_allowed_by(stack) == called - of_settings


def test_only_with_job_tags_may_the_watch_function_read_tags_of_jobs(
    stack: Synthesis, tags_stack: Synthesis
) -> None:
    without, with_tags = (policy_of(each, "WatchRole") for each in (stack, tags_stack))
    index = [statement.get("Sid") for statement in without].index("ReadFailureReasons") + 1
    reading = {
        "Sid": "ReadTags",
        "Effect": ALLOW,
        "Action": "bedrock:ListTagsForResource",
        "Resource": jobs_in(REGION),
    }
    assert with_tags == [*without[:index], reading, *without[index:]]
    assert policy_of(tags_stack, "ListingRole") == policy_of(stack, "ListingRole")


def test_another_region_of_bedrock_replaces_the_stacks_region(other_stack: Synthesis) -> None:
    for role in ("ListingRole", "WatchRole"):
        listing = policy_of(other_stack, role)[0]
        assert listing["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-west-2"}}
    (reading,) = (
        each for each in policy_of(other_stack, "WatchRole") if each.get("Sid") == "ReadFailureReasons"
    )
    assert reading["Resource"] == jobs_in("us-west-2")


def test_the_notification_functions_role_may_only_publish_to_its_topics_read_its_queue_log_and_trace(
    stack: Synthesis, other_stack: Synthesis
) -> None:
    def publishing(synthesis: Synthesis, topic: str) -> dict[str, Any]:
        return {
            "Sid": f"PublishTo{topic}",
            "Effect": ALLOW,
            "Action": "sns:Publish",
            "Resource": synthesis.ref("AWS::SNS::Topic", f"Notifications{topic}"),
        }

    def reading(synthesis: Synthesis) -> dict[str, Any]:
        return {
            "Sid": "ReadEvents",
            "Effect": ALLOW,
            "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            "Resource": synthesis.arn("AWS::SQS::Queue", "NotificationsPublisher"),
        }

    role = "NotificationsPublisherRole"
    logging, tracing = logs_and_traces(stack, "Notifications")
    assert policy_of(stack, role) == [publishing(stack, "Topic"), reading(stack), logging, tracing]
    assert policy_of(other_stack, role)[:3] == [
        publishing(other_stack, "Topic"),
        publishing(other_stack, "ChatTopic"),
        reading(other_stack),
    ]


def test_the_role_of_the_chat_channels_may_do_nothing(stack: Synthesis, other_stack: Synthesis) -> None:
    assert "NotificationsChatRole" not in json.dumps(stack.template)
    role = other_stack.ref("AWS::IAM::Role", "NotificationsChat")
    assert not [each for each in other_stack.of_type("AWS::IAM::Policy").values() if role in each["Roles"]]
    document = other_stack.only("AWS::IAM::Role", "NotificationsChat")["AssumeRolePolicyDocument"]
    # AWS does not document aws:SourceAccount for it.
    assert document["Statement"] == [
        {"Effect": ALLOW, "Action": "sts:AssumeRole", "Principal": {"Service": "chatbot.amazonaws.com"}}
    ]


def test_the_schedules_role_may_only_invoke_the_watch_and_send_dead_letters(stack: Synthesis) -> None:
    assert policy_of(stack, "SweepRole") == [
        {
            "Effect": ALLOW,
            "Action": "lambda:InvokeFunction",
            "Resource": stack.ref("AWS::Lambda::Alias", "Watch"),
        },
        {"Effect": ALLOW, "Action": "sqs:SendMessage", "Resource": stack.arn("AWS::SQS::Queue", "Watch")},
    ]


def test_the_state_machines_role_may_only_invoke_both_functions_log_and_trace(stack: Synthesis) -> None:
    assert policy_of(stack, "WaitForJobs") == [
        {
            "Effect": ALLOW,
            "Action": "lambda:InvokeFunction",
            "Resource": [stack.ref("AWS::Lambda::Alias", name) for name in ("Listing", "Watch")],
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


def function_and_versions(stack: Synthesis, name: str) -> list[Any]:
    arn = stack.arn("AWS::Lambda::Function", name)
    return [arn, {"Fn::Join": ["", [arn, ":*"]]}]


@pytest.mark.parametrize("name", ["Listing", "Watch"])
def test_a_hooks_role_may_only_invoke_versions_of_its_function_and_report_to_its_group(
    stack: Synthesis, name: str
) -> None:
    hook = f"Deployments{name}Hook"
    group = stack.ref("AWS::CodeDeploy::DeploymentGroup", f"Deployments{name}")
    application = stack.ref("AWS::CodeDeploy::Application")
    account: list[Any] = ["arn:", {"Ref": "AWS::Partition"}, ":codedeploy:", REGION]
    account += [":", {"Ref": "AWS::AccountId"}, ":deploymentgroup:", application, "/", group]
    assert policy_of(stack, hook) == [
        {
            "Effect": ALLOW,
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": stack.arn("AWS::Logs::LogGroup", hook),
        },
        {"Effect": ALLOW, "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Resource": "*"},
        {
            "Sid": "InvokeCheckedVersions",
            "Effect": ALLOW,
            "Action": "lambda:InvokeFunction",
            "Resource": function_and_versions(stack, name)[1],
        },
        {
            "Effect": ALLOW,
            "Action": "codedeploy:PutLifecycleEventHookExecutionStatus",
            "Resource": {"Fn::Join": ["", account]},
        },
    ]


def test_codedeploy_may_use_only_the_functions_of_this_stack_and_invoke_only_the_hooks(
    stack: Synthesis, other_stack: Synthesis
) -> None:
    def deny(resources: list[Any]) -> dict[str, Any]:
        actions = ["GetAlias", "GetProvisionedConcurrencyConfig", "InvokeFunction", "UpdateAlias"]
        return {
            "Sid": "DenyOtherFunctions",
            "Effect": DENY,
            "Action": [f"lambda:{action}" for action in actions],
            "NotResource": resources,
        }

    hooks = {
        name: stack.arn("AWS::Lambda::Function", f"Deployments{name}Hook") for name in ("Listing", "Watch")
    }
    allowed = [
        {
            "Sid": f"Invoke{name}Hook",
            "Effect": ALLOW,
            "Action": "lambda:InvokeFunction",
            "Resource": hook,
        }
        for name, hook in hooks.items()
    ]
    statement, *others = policy_of(stack, "DeploymentsRole")
    expected = [
        *hooks.values(),
        *function_and_versions(stack, "Listing"),
        *function_and_versions(stack, "Watch"),
    ]
    assert sorted(map(json.dumps, statement.pop("NotResource"))) == sorted(map(json.dumps, expected))
    assert {**statement, "NotResource": expected} == deny(expected)
    assert others == allowed
    # An all-at-once deployment has no hooks.
    (statement,) = policy_of(other_stack, "DeploymentsRole")
    expected = [*function_and_versions(other_stack, "Listing"), *function_and_versions(other_stack, "Watch")]
    assert statement == deny(expected)


def test_there_are_no_other_roles_and_policies(stack: Synthesis, other_stack: Synthesis) -> None:
    assert len(stack.of_type("AWS::IAM::Policy")) == 8
    # An all-at-once deployment has no hooks.
    assert len(other_stack.of_type("AWS::IAM::Policy")) == 6
    assert len(stack.of_type("AWS::IAM::Role")) == 8
    assert stack.of_type("AWS::ApiGateway::Account") == {}
    # With `apiAccountLogRole`, API Gateway's role is added, and with channels in `chat`, theirs.
    assert len(other_stack.of_type("AWS::IAM::Role")) == 8
    assert len(other_stack.of_type("AWS::ApiGateway::Account")) == 1


def test_only_codedeploy_and_api_gateway_have_managed_policies(
    stack: Synthesis, other_stack: Synthesis
) -> None:
    def managed(synthesis: Synthesis) -> list[str]:
        roles = synthesis.of_type("AWS::IAM::Role").values()
        arns = [arn for role in roles for arn in role.get("ManagedPolicyArns", [])]
        return sorted(arn["Fn::Join"][1][-1] for arn in arns)

    codedeploy = ":iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited"
    api_gateway = ":iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    assert managed(stack) == [codedeploy]
    assert managed(other_stack) == [codedeploy, api_gateway]


def arn_of(service: str, *resource: Any) -> dict[str, Any]:
    """Return the ARN of a resource in the account and region of the stack."""
    parts = ["arn:", {"Ref": "AWS::Partition"}, f":{service}:", REGION, ":", {"Ref": "AWS::AccountId"}]
    first, *others = resource
    return {"Fn::Join": ["", [*parts, f":{first}", *others]]}


@pytest.mark.parametrize(
    ("role", "service", "source"),
    [
        ("ListingRole", "lambda", None),
        ("WatchRole", "lambda", None),
        ("DeploymentsListingHookRole", "lambda", None),
        ("DeploymentsWatchHookRole", "lambda", None),
        ("NotificationsPublisherRole", "lambda", None),
        ("DeploymentsRole", "codedeploy", ("deploymentgroup:", "APPLICATION", "/*")),
        ("SweepRole", "scheduler", ("schedule-group/default",)),
        ("WaitForJobs", "states", ("stateMachine:*",)),
    ],
)
def test_each_role_can_be_assumed_only_by_its_service_and_only_for_this_account(
    stack: Synthesis, role: str, service: str, source: tuple[str, ...] | None
) -> None:
    condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    if source:
        application = stack.ref("AWS::CodeDeploy::Application")
        parts = [application if part == "APPLICATION" else part for part in source]
        condition["ArnLike"] = {"aws:SourceArn": arn_of(service, *parts)}
    document = stack.only("AWS::IAM::Role", role)["AssumeRolePolicyDocument"]
    assert document["Statement"] == [
        {
            "Effect": ALLOW,
            "Action": "sts:AssumeRole",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Condition": condition,
        }
    ]


def test_api_gateways_role_for_the_account_can_be_assumed_only_by_api_gateway(other_stack: Synthesis) -> None:
    # AWS does not document aws:SourceAccount for it.
    document = other_stack.only("AWS::IAM::Role", "ApiRestApi")["AssumeRolePolicyDocument"]
    (statement,) = document["Statement"]
    assert statement == {
        "Effect": ALLOW,
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "apigateway.amazonaws.com"},
    }


def test_only_the_api_and_the_rule_may_invoke_a_function_by_its_resource_policy(stack: Synthesis) -> None:
    callers = {
        "apigateway.amazonaws.com": ("Listing", stack.logical_id("AWS::ApiGateway::RestApi")),
        "events.amazonaws.com": ("Watch", stack.logical_id("AWS::Events::Rule", "StateChanges")),
    }
    permissions = stack.of_type("AWS::Lambda::Permission").values()
    assert sorted(each["Principal"] for each in permissions) == [
        *["apigateway.amazonaws.com"] * 2,
        "events.amazonaws.com",
    ]
    for permission in permissions:
        function, source = callers[permission["Principal"]]
        assert permission["FunctionName"] == stack.ref("AWS::Lambda::Alias", function)
        assert source in json.dumps(permission["SourceArn"])
