"""The template of the members, as a whole, and the command that writes it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.member_template.__main__ import main
from infra.member_template.template import member_template
from infra.settings.context import CONTEXT_KEY, read_settings
from tests.infra.conftest import FLEET

TEMPLATE = member_template(read_settings({CONTEXT_KEY: FLEET}))
ACCOUNT = {"Ref": "AWS::AccountId"}


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = TEMPLATE["Resources"][name]["Properties"]
    return found


def test_it_has_two_roles_in_the_primary_region_and_a_rule_in_each() -> None:
    conditions = {name: (each["Type"], each.get("Condition")) for name, each in TEMPLATE["Resources"].items()}
    assert conditions == {
        "MemberRole": ("AWS::IAM::Role", "IsPrimaryRegion"),
        "EventsRole": ("AWS::IAM::Role", "IsPrimaryRegion"),
        "StateChanges": ("AWS::Events::Rule", None),
    }
    primary = {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "PrimaryRegion"}]}
    assert TEMPLATE["Conditions"] == {"IsPrimaryRegion": primary}


def test_only_the_hubs_role_in_the_organization_may_assume_the_members_role() -> None:
    hub = {"Fn::Select": [4, {"Fn::Split": [":", {"Ref": "HubRoleArn"}]}]}
    assert properties("MemberRole")["AssumeRolePolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Fn::Sub": ["arn:${AWS::Partition}:iam::${Hub}:root", {"Hub": hub}]}},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Condition": {
                    "StringEquals": {
                        "aws:PrincipalArn": {"Ref": "HubRoleArn"},
                        "aws:PrincipalOrgID": {"Ref": "OrganizationId"},
                    }
                },
            }
        ],
    }


def test_the_members_role_may_only_read_jobs_and_their_tags() -> None:
    role = properties("MemberRole")
    assert role["RoleName"] == {"Ref": "RoleName"}
    assert "ManagedPolicyArns" not in role
    (policy,) = role["Policies"]
    assert policy["PolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ListModelCustomizationJobs",
                "Effect": "Allow",
                "Action": "bedrock:ListModelCustomizationJobs",
                "Resource": "*",
            },
            {
                "Sid": "ReadModelCustomizationJobs",
                "Effect": "Allow",
                "Action": ["bedrock:GetModelCustomizationJob", "bedrock:ListTagsForResource"],
                "Resource": {
                    "Fn::Sub": ("arn:${AWS::Partition}:bedrock:*:${AWS::AccountId}:model-customization-job/*")
                },
            },
        ],
    }


def test_the_rule_sends_this_accounts_state_changes_to_the_hub_with_its_role() -> None:
    name = {"Fn::Sub": "${RoleName}Events"}
    assert properties("EventsRole")["RoleName"] == name
    rule = properties("StateChanges")
    assert rule == {
        "Description": rule["Description"],
        "Name": name,
        "EventPattern": {
            "source": ["aws.bedrock"],
            "detail-type": ["Model Customization Job State Change"],
            "account": [ACCOUNT],
        },
        "Targets": [
            {
                "Id": "Hub",
                "Arn": {"Ref": "HubEventBusArn"},
                "RoleArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${RoleName}Events"},
            }
        ],
    }


def test_the_events_role_serves_that_rule_and_may_only_put_events_on_the_hubs_bus() -> None:
    role = properties("EventsRole")
    rule = {"Fn::Sub": "arn:${AWS::Partition}:events:*:${AWS::AccountId}:rule/${RoleName}Events"}
    assert role["AssumeRolePolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": ACCOUNT},
                    "ArnLike": {"aws:SourceArn": rule},
                },
            }
        ],
    }
    (policy,) = role["Policies"]
    assert policy["PolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "SendStateChanges",
                "Effect": "Allow",
                "Action": "events:PutEvents",
                "Resource": {"Ref": "HubEventBusArn"},
            }
        ],
    }


def defaults(template: dict[str, Any]) -> dict[str, str | None]:
    return {name: each.get("Default") for name, each in template["Parameters"].items()}


def test_the_parameters_have_defaults_where_the_settings_know_them() -> None:
    assert defaults(TEMPLATE) == {
        "HubRoleArn": None,
        "HubEventBusArn": None,
        "OrganizationId": "o-a1b2c3d4e5",
        "RoleName": "CustomizationJobsMember",
        "PrimaryRegion": "us-east-1",
    }
    other = member_template(read_settings({CONTEXT_KEY: {"fleetRegions": ["eu-west-1"]}}))
    assert defaults(other)["OrganizationId"] is None
    assert defaults(other)["PrimaryRegion"] == "eu-west-1"


def arguments(**settings: Any) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{CONTEXT_KEY}.{name}={value}")]


def test_the_command_writes_a_valid_template_and_says_how_to_deploy_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "build" / "member-template.json"
    given = {name: json.dumps(value) for name, value in FLEET.items()}
    main([str(file), *arguments(**given)])
    assert json.loads(file.read_text()) == TEMPLATE
    program = Path(sys.executable).with_name("cfn-lint")
    result = subprocess.run([str(program), str(file)], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")
    # The limit of a template that is passed by value.
    assert file.stat().st_size < 51_200
    printed = capsys.readouterr().out
    assert "--permission-model SERVICE_MANAGED --auto-deployment Enabled=true" in printed
    assert "--regions us-east-1 us-west-2" in printed
    assert "leaves out\nthe management account" in printed
    assert "OrganizationId," not in printed


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "customizationJobs.fleetRegions is []: the stack has no fleet. Set the regions"),
        (arguments(fleetRegions='"US East"'), "customizationJobs.fleetRegions is "),
    ],
)
def test_without_a_fleet_the_command_exits_with_a_message(
    tmp_path: Path, given: list[str], message: str
) -> None:
    with pytest.raises(SystemExit, match=r".+") as error:
        main([str(tmp_path / "member-template.json"), *given])
    assert str(error.value).startswith(message)
    assert not list(tmp_path.iterdir())
