"""What a fleet adds to the stack, and that nothing of it exists without a fleet."""

import json
from typing import Any

import pytest

from customization_jobs.callers import Caller, recognize
from customization_jobs.settings import Settings as FunctionSettings
from customization_jobs.sources import FleetChoice, Source
from tests.infra.conftest import ROOT, Synthesis

HUB = "999988887777"


def environment(stack: Synthesis, function: str) -> dict[str, str]:
    """Return the variables of a function, with an account and a region in place of those of the stack."""
    values = {"AWS::AccountId": HUB, "AWS::Region": "us-east-1"}

    def resolved(value: Any) -> str:
        if isinstance(value, str):
            return value
        if "Fn::Join" in value:
            return "".join(map(resolved, value["Fn::Join"][1]))
        return str(values.get(value["Ref"], value["Ref"]))

    variables = stack.only("AWS::Lambda::Function", f"{function}Function")["Environment"]["Variables"]
    return {name: resolved(value) for name, value in variables.items()}


@pytest.mark.parametrize("function", ["Listing", "Watch"])
def test_both_functions_read_the_fleet_of_the_settings(
    fleet_stack: Synthesis, other_fleet_stack: Synthesis, function: str
) -> None:
    settings = FunctionSettings.from_environment(environment(fleet_stack, function))
    assert settings.fleet == FleetChoice(
        own=Source(HUB, "us-east-1"),
        regions=("us-east-1", "us-west-2"),
        organization=True,
        role_name="CustomizationJobsMember",
    )
    assert settings.fleet_late_after_seconds == 2 * 20 * 60 + 3000
    other = FunctionSettings.from_environment(environment(other_fleet_stack, function))
    assert other.fleet == FleetChoice(
        own=Source(HUB, "us-west-2"),
        regions=("us-west-2", "eu-west-1"),
        accounts=("111122223333", "111122224444"),
        exceptions=frozenset({"111122223333/eu-west-1"}),
        role_name="OtherMember",
    )
    assert other.fleet_late_after_seconds == 2 * 73 * 3600 + 3000


def test_the_environment_with_the_longest_settings_fits(fleet_stack: Synthesis) -> None:
    longest_settings = 3000
    of_settings = {"FLEET", "WATCH_LIMITS", "OWNER_TAG"}
    variables = environment(fleet_stack, "Watch")
    others = sum(len(name) + len(value) for name, value in variables.items() if name not in of_settings)
    # The name of a table has 255 characters at most.
    assert others + 255 + longest_settings < 4096


def test_the_schedule_starts_the_sweep_of_the_fleet_in_place_of_the_function(fleet_stack: Synthesis) -> None:
    schedule = fleet_stack.resources[fleet_stack.logical_id("AWS::Scheduler::Schedule")]
    target = schedule["Properties"]["Target"]
    assert target["Arn"] == fleet_stack.ref("AWS::StepFunctions::StateMachine", "FleetSweep")
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10}
    assert target["DeadLetterConfig"] == {"Arn": fleet_stack.arn("AWS::SQS::Queue", "Watch")}
    # The replay of dead letters invokes the watch function with this payload.
    assert recognize(json.loads(target["Input"])) is Caller.SCHEDULE
    assert {
        fleet_stack.logical_id("AWS::IAM::Policy", "SweepRole"),
        fleet_stack.logical_id("AWS::IAM::Policy", "FleetSweepChildren"),
    } < set(schedule["DependsOn"])


def test_the_bus_accepts_only_bedrocks_state_changes_from_the_organization(fleet_stack: Synthesis) -> None:
    bus = "MemberEvents"
    assert fleet_stack.only("AWS::Events::EventBusPolicy") == {
        "EventBusName": fleet_stack.ref("AWS::Events::EventBus", bus),
        "StatementId": "AllowStateChangesOfTheOrganization",
        "Statement": {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "events:PutEvents",
            "Resource": fleet_stack.arn("AWS::Events::EventBus", bus),
            "Condition": {
                "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                "ForAllValues:StringEquals": {
                    "events:source": "aws.bedrock",
                    "events:detail-type": "Model Customization Job State Change",
                },
                "Null": {"events:source": "false", "events:detail-type": "false"},
            },
        },
    }


def test_events_of_members_reach_the_watch_function_as_they_are(fleet_stack: Synthesis) -> None:
    rule = fleet_stack.only("AWS::Events::Rule", "MemberEvents")
    assert rule["EventBusName"] == fleet_stack.ref("AWS::Events::EventBus", "MemberEvents")
    pattern = {"source": ["aws.bedrock"], "detail-type": ["Model Customization Job State Change"]}
    assert rule["EventPattern"] == pattern
    (target,) = rule["Targets"]
    (existing,) = fleet_stack.only("AWS::Events::Rule", "StateChanges")["Targets"]
    assert target == {**existing, "Id": target["Id"]}
    (permission,) = (
        each
        for name, each in fleet_stack.of_type("AWS::Lambda::Permission").items()
        if name.startswith("MemberEvents")
    )
    assert permission["FunctionName"] == fleet_stack.ref("AWS::Lambda::Alias", "Watch")
    assert permission["SourceArn"] == fleet_stack.arn("AWS::Events::Rule", "MemberEvents")


def test_events_of_the_hubs_other_regions_are_delivered_too(
    fleet_stack: Synthesis, other_fleet_stack: Synthesis
) -> None:
    def regions(stack: Synthesis) -> Any:
        return stack.only("AWS::Events::Rule", "StateChanges")["EventPattern"]["region"]

    assert regions(fleet_stack) == [{"Ref": "AWS::Region"}, "us-east-1", "us-west-2"]
    assert regions(other_fleet_stack) == ["us-west-2", "eu-west-1"]


def test_the_bucket_is_private_encrypted_and_forgets_after_a_week(fleet_stack: Synthesis) -> None:
    resource = fleet_stack.resources[fleet_stack.logical_id("AWS::S3::Bucket")]
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert resource["Properties"] == {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            ]
        },
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "Status": "Enabled",
                    "ExpirationInDays": 7,
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                }
            ]
        },
        "PublicAccessBlockConfiguration": dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
        ),
    }
    bucket = fleet_stack.arn("AWS::S3::Bucket")
    assert fleet_stack.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "s3:*",
            "Resource": [bucket, {"Fn::Join": ["", [bucket, "/*"]]}],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def test_the_outputs_name_what_members_and_operators_need(fleet_stack: Synthesis, stack: Synthesis) -> None:
    def outputs(synthesis: Synthesis) -> dict[str, Any]:
        return {name: output["Value"] for name, output in synthesis.template["Outputs"].items()}

    added = {name: value for name, value in outputs(fleet_stack).items() if name not in outputs(stack)}
    assert added == {
        "FleetHubRoleArn": fleet_stack.arn("AWS::IAM::Role", "WatchRole"),
        "FleetSweepArn": fleet_stack.ref("AWS::StepFunctions::StateMachine", "FleetSweep"),
        "FleetSweepLogGroupName": fleet_stack.ref("AWS::Logs::LogGroup", "FleetSweep"),
        "MemberEventBusArn": fleet_stack.arn("AWS::Events::EventBus", "MemberEvents"),
    }


WORDS = ("fleet", "member", "organization", "sts:", "aws::s3::", "index/jobs")


def test_without_a_fleet_nothing_of_it_is_in_the_template(
    stack: Synthesis, other_stack: Synthesis, fleet_stack: Synthesis
) -> None:
    with_fleet = json.dumps(fleet_stack.template).lower()
    assert all(word in with_fleet for word in WORDS)
    for synthesis in (stack, other_stack):
        text = json.dumps(synthesis.template).lower()
        # Lambda's trust, and an error that the state machine retries wherever it waits.
        text = text.replace("sts:assumerole", "").replace("fleetnotcoveredexception", "")
        assert [word for word in WORDS if word in text] == []
        assert len(synthesis.of_type("AWS::Events::EventBus")) == 1
        assert len(synthesis.of_type("AWS::StepFunctions::StateMachine")) == 1


def test_a_fleet_adds_resources_and_changes_only_what_answers_for_it(
    stack: Synthesis, fleet_stack: Synthesis
) -> None:
    def named(synthesis: Synthesis) -> dict[str, Any]:
        # The ids of versions have a hash of their function.
        return {
            name.split("CurrentVersion")[0]: resource
            for name, resource in synthesis.resources.items()
            if resource["Type"] != "AWS::Lambda::Version"
        }

    before, after = named(stack), named(fleet_stack)
    assert before.keys() < after.keys()
    changed = {name for name in before if json.dumps(before[name]) != json.dumps(after[name])}
    unversioned = {name for name in changed if "CurrentVersion" not in json.dumps(before[name])}
    prefixes = sorted({name[:-8] for name in unversioned})
    assert prefixes == [
        "AlarmsDeliveriesFailed",
        "AlarmsDeliveryRetries",
        "AlarmsSweepMissing",
        "Dashboard",
        "Jobs",
        "ListingFunction",
        "ListingRoleDefaultPolicy",
        "StateChangesDeadLettersPolicy",
        "StateChangesRule",
        "SweepRole",
        "SweepRoleDefaultPolicy",
        "SweepSchedule",
        "WatchFunction",
        "WatchRoleDefaultPolicy",
    ]


def test_the_makefile_makes_the_template_of_the_members() -> None:
    assert "python -m infra.member_template build/member-template.json" in (ROOT / "Makefile").read_text()
