"""IAM of a fleet: every policy document that a fleet adds or changes is asserted as a whole."""

from typing import Any

import pytest

from tests.infra.conftest import Synthesis
from tests.infra.test_permissions import ALLOW, arn_of, jobs_in, policy_of

REGION = {"Ref": "AWS::Region"}
PARTITION = {"Ref": "AWS::Partition"}


def joined(*parts: Any) -> dict[str, Any]:
    return {"Fn::Join": ["", list(parts)]}


def by_sid(stack: Synthesis, role: str) -> dict[str, Any]:
    """Return the statements of a policy by their ids; those without one, by their first action."""

    def name(statement: dict[str, Any]) -> str:
        actions = statement["Action"]
        return str(statement.get("Sid") or (actions if isinstance(actions, str) else actions[0]))

    return {name(each): each for each in policy_of(stack, role)}


def added(stack: Synthesis, fleet: Synthesis, role: str) -> dict[str, Any]:
    """Return the statements that a fleet adds or changes. It removes none."""
    before, after = by_sid(stack, role), by_sid(fleet, role)
    assert before.keys() <= after.keys()
    return {name: each for name, each in after.items() if before.get(name) != each}


def listing_jobs_in(*regions: Any) -> dict[str, Any]:
    return {
        "Sid": "ListModelCustomizationJobs",
        "Effect": ALLOW,
        "Action": "bedrock:ListModelCustomizationJobs",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": list(regions)}},
    }


def assuming(role: str, **condition: Any) -> dict[str, Any]:
    return {
        "Sid": "AssumeMemberRoles",
        "Effect": ALLOW,
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Resource": joined("arn:", PARTITION, f":iam::*:role/{role}"),
        "Condition": {"StringEquals": condition},
    }


def querying_jobs(table: Any) -> dict[str, Any]:
    return {
        "Sid": "ListFleetJobs",
        "Effect": ALLOW,
        "Action": "dynamodb:Query",
        "Resource": joined(table, "/index/Jobs"),
    }


def test_the_listing_function_may_also_query_the_fleets_jobs(
    stack: Synthesis, fleet_stack: Synthesis
) -> None:
    table = fleet_stack.arn("AWS::DynamoDB::Table")
    assert added(stack, fleet_stack, "ListingRole") == {
        "ListFleetJobs": querying_jobs(table),
    }


def test_the_watch_function_may_assume_the_role_of_the_members_by_its_name_in_the_organization(
    stack: Synthesis, fleet_stack: Synthesis
) -> None:
    assert added(stack, fleet_stack, "WatchRole") == {
        "ListModelCustomizationJobs": listing_jobs_in(REGION, "us-east-1", "us-west-2"),
        "ReadFailureReasons": {
            "Sid": "ReadFailureReasons",
            "Effect": ALLOW,
            "Action": "bedrock:GetModelCustomizationJob",
            "Resource": [jobs_in(REGION), jobs_in("us-east-1"), jobs_in("us-west-2")],
        },
        "ListFleetJobs": querying_jobs(fleet_stack.arn("AWS::DynamoDB::Table")),
        "AssumeMemberRoles": assuming("CustomizationJobsMember", **{"aws:ResourceOrgID": "o-a1b2c3d4e5"}),
        "ListAccounts": {
            "Sid": "ListAccounts",
            "Effect": ALLOW,
            "Action": "organizations:ListAccounts",
            "Resource": "*",
        },
    }


def test_listed_accounts_are_the_only_ones_whose_role_may_be_assumed(
    stack: Synthesis, other_fleet_stack: Synthesis
) -> None:
    found = added(stack, other_fleet_stack, "WatchRole")
    accounts = ["111122223333", "111122224444"]
    assert found["AssumeMemberRoles"] == assuming(
        "OtherMember", **{"aws:ResourceOrgID": "o-z9y8x7w6v5", "aws:ResourceAccount": accounts}
    )
    assert found["ListModelCustomizationJobs"] == listing_jobs_in("us-west-2", "eu-west-1")
    jobs = [jobs_in("eu-west-1"), jobs_in("us-west-2")]
    assert found["ReadFailureReasons"]["Resource"] == found["ReadTags"]["Resource"] == jobs
    assert not {"ListAccounts", "ListAccountsOfUnits"} & found.keys()
    assert by_sid(other_fleet_stack, "ListingRole")["ListModelCustomizationJobs"]["Condition"] == {
        "StringEquals": {"aws:RequestedRegion": "us-west-2"}
    }


def test_the_accounts_of_units_are_read_from_units_of_the_organization_alone(
    units_stack: Synthesis,
) -> None:
    found = by_sid(units_stack, "WatchRole")
    assert found["ListAccountsOfUnits"] == {
        "Sid": "ListAccountsOfUnits",
        "Effect": ALLOW,
        "Action": ["organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"],
        "Resource": joined("arn:", PARTITION, ":organizations::*:ou/o-a1b2c3d4e5/*"),
    }
    assert "ListAccounts" not in found
    # The accounts of the unit are not known, so the listed one is not the only one.
    assert found["AssumeMemberRoles"] == assuming(
        "CustomizationJobsMember", **{"aws:ResourceOrgID": "o-a1b2c3d4e5"}
    )


def test_a_fleet_of_the_hubs_own_regions_assumes_no_role_and_has_no_bus(hub_stack: Synthesis) -> None:
    found = by_sid(hub_stack, "WatchRole")
    assert not {"AssumeMemberRoles", "ListAccounts", "ListAccountsOfUnits"} & found.keys()
    assert found["ListModelCustomizationJobs"] == listing_jobs_in(REGION, "us-east-1", "us-west-2")
    assert len(hub_stack.of_type("AWS::Events::EventBus")) == 1
    assert "FleetHubRoleArn" not in hub_stack.template["Outputs"]


def test_the_schedule_may_only_start_the_sweep_and_send_dead_letters(fleet_stack: Synthesis) -> None:
    assert policy_of(fleet_stack, "SweepRole") == [
        {
            "Effect": ALLOW,
            "Action": "states:StartExecution",
            "Resource": fleet_stack.ref("AWS::StepFunctions::StateMachine", "FleetSweep"),
        },
        {
            "Effect": ALLOW,
            "Action": "sqs:SendMessage",
            "Resource": fleet_stack.arn("AWS::SQS::Queue", "Watch"),
        },
    ]


def test_the_sweep_may_only_invoke_the_watch_write_results_start_its_children_log_and_trace(
    fleet_stack: Synthesis,
) -> None:
    role = fleet_stack.ref("AWS::IAM::Role", "FleetSweep")
    own, children = (
        policy["PolicyDocument"]["Statement"]
        for policy in fleet_stack.of_type("AWS::IAM::Policy").values()
        if role in policy["Roles"]
    )
    (logs_and_traces,) = (each for each in own if each["Resource"] == "*")
    assert {action.split(":")[0] for action in logs_and_traces["Action"]} == {"logs", "xray"}
    bucket = fleet_stack.arn("AWS::S3::Bucket")
    assert [each for each in own if each is not logs_and_traces] == [
        {
            "Sid": "SweepSources",
            "Effect": ALLOW,
            "Action": "lambda:InvokeFunction",
            "Resource": fleet_stack.ref("AWS::Lambda::Alias", "Watch"),
        },
        {
            "Sid": "WriteResults",
            "Effect": ALLOW,
            "Action": [
                *("s3:AbortMultipartUpload", "s3:GetObject"),
                *("s3:ListMultipartUploadParts", "s3:PutObject"),
            ],
            "Resource": joined(bucket, "/sweeps/*"),
        },
    ]
    machine = fleet_stack.logical_id("AWS::StepFunctions::StateMachine", "FleetSweep")
    assert children == [
        {
            "Sid": "StartChildren",
            "Effect": ALLOW,
            "Action": "states:StartExecution",
            "Resource": {"Ref": machine},
        },
        {
            "Sid": "FollowChildren",
            "Effect": ALLOW,
            "Action": ["states:DescribeExecution", "states:StopExecution"],
            "Resource": arn_of("states", "execution:", {"Fn::GetAtt": [machine, "Name"]}, ":*"),
        },
    ]


def test_there_are_no_other_roles_and_policies(stack: Synthesis, fleet_stack: Synthesis) -> None:
    assert len(fleet_stack.of_type("AWS::IAM::Role")) == len(stack.of_type("AWS::IAM::Role")) + 1
    assert len(fleet_stack.of_type("AWS::IAM::Policy")) == len(stack.of_type("AWS::IAM::Policy")) + 2


@pytest.mark.parametrize(
    ("role", "service", "source"),
    [
        ("FleetSweep", "states", ("stateMachine:*",)),
        ("SweepRole", "scheduler", ("schedule-group/default",)),
        ("WatchRole", "lambda", None),
    ],
)
def test_each_role_can_be_assumed_only_by_its_service_and_only_for_this_account(
    fleet_stack: Synthesis, role: str, service: str, source: tuple[str, ...] | None
) -> None:
    condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    if source:
        condition["ArnLike"] = {"aws:SourceArn": arn_of(service, *source)}
    document = fleet_stack.only("AWS::IAM::Role", role)["AssumeRolePolicyDocument"]
    assert document["Statement"] == [
        {
            "Effect": ALLOW,
            "Action": "sts:AssumeRole",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Condition": condition,
        }
    ]
