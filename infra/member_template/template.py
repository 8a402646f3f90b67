"""The CloudFormation template that each account of a fleet deploys, in each of its regions."""

from collections.abc import Mapping
from typing import Any

from infra.constructs.state_changes import BEDROCK, STATE_CHANGE
from infra.settings.fleet_settings import FleetSettings

_PRIMARY = "IsPrimaryRegion"
_VERSION = "2012-10-17"
# IAM is global. In other regions, the rule refers to the role by its name.
_EVENTS_NAME = {"Fn::Sub": "${RoleName}Events"}
_ACCOUNT = {"Ref": "AWS::AccountId"}


def member_template(settings: FleetSettings) -> dict[str, Any]:
    """Return the template, with defaults from the settings."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": (
            "Lets a hub list the Amazon Bedrock model customization jobs of this account, and sends it their "
            "state changes"
        ),
        "Parameters": _parameters(settings),
        "Conditions": {_PRIMARY: {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "PrimaryRegion"}]}},
        "Resources": {
            "MemberRole": _member_role(),
            "EventsRole": _events_role(),
            "StateChanges": _state_changes(),
        },
    }


def _parameters(settings: FleetSettings) -> Mapping[str, Any]:
    return {
        "HubRoleArn": {
            "Type": "String",
            "Description": "Role of the hub's watch function: output FleetHubRoleArn of the hub's stack",
            "AllowedPattern": r"arn:[a-z-]+:iam::\d{12}:role/.+",
        },
        "HubEventBusArn": {
            "Type": "String",
            "Description": "Bus of the members' events: output MemberEventBusArn of the hub's stack",
            "AllowedPattern": r"arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus/.+",
        },
        "OrganizationId": {
            "Type": "String",
            "Description": "Organization to which the hub must belong",
            "AllowedPattern": "o-[a-z0-9]{10,32}",
            **_default(settings.fleet_organization_id),
        },
        "RoleName": {
            "Type": "String",
            "Description": "Name of the role that the hub assumes: setting fleetRoleName of the hub",
            "AllowedPattern": "[A-Za-z0-9_.-]{1,58}",
            **_default(settings.fleet_role_name),
        },
        "PrimaryRegion": {
            "Type": "String",
            "Description": "Region whose stack creates the roles, which are global; deploy it first",
            "AllowedPattern": r"[a-z]{2,}(-[a-z]+)+-\d+",
            **_default(next(iter(settings.fleet_regions), None)),
        },
    }


def _default(value: str | None) -> Mapping[str, str]:
    return {"Default": value} if value else {}


def _member_role() -> Mapping[str, Any]:
    hub_account = {"Fn::Select": [4, {"Fn::Split": [":", {"Ref": "HubRoleArn"}]}]}
    return {
        "Type": "AWS::IAM::Role",
        "Condition": _PRIMARY,
        "Properties": {
            "RoleName": {"Ref": "RoleName"},
            "Description": "Lists model customization jobs for the hub of the fleet",
            "AssumeRolePolicyDocument": _policy(
                {
                    "Effect": "Allow",
                    # The account and a condition, because a role as the principal would become the id of that
                    # role, and a recreated hub could not be trusted again without a change here.
                    "Principal": {
                        "AWS": {"Fn::Sub": ["arn:${AWS::Partition}:iam::${Hub}:root", {"Hub": hub_account}]}
                    },
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                    "Condition": {
                        "StringEquals": {
                            "aws:PrincipalArn": {"Ref": "HubRoleArn"},
                            "aws:PrincipalOrgID": {"Ref": "OrganizationId"},
                        }
                    },
                }
            ),
            "Policies": [
                {
                    "PolicyName": "ReadModelCustomizationJobs",
                    "PolicyDocument": _policy(
                        {
                            "Sid": "ListModelCustomizationJobs",
                            "Effect": "Allow",
                            "Action": "bedrock:ListModelCustomizationJobs",
                            # This action has no resource type.
                            "Resource": "*",
                        },
                        {
                            "Sid": "ReadModelCustomizationJobs",
                            "Effect": "Allow",
                            "Action": ["bedrock:GetModelCustomizationJob", "bedrock:ListTagsForResource"],
                            "Resource": {
                                "Fn::Sub": "arn:${AWS::Partition}:bedrock:*:${AWS::AccountId}"
                                ":model-customization-job/*"
                            },
                        },
                    ),
                }
            ],
        },
    }


def _events_role() -> Mapping[str, Any]:
    rules = {"Fn::Sub": "arn:${AWS::Partition}:events:*:${AWS::AccountId}:rule/${RoleName}Events"}
    return {
        "Type": "AWS::IAM::Role",
        "Condition": _PRIMARY,
        "Properties": {
            "RoleName": _EVENTS_NAME,
            "Description": "Sends state changes of model customization jobs to the hub of the fleet",
            "AssumeRolePolicyDocument": _policy(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": _ACCOUNT},
                        "ArnLike": {"aws:SourceArn": rules},
                    },
                }
            ),
            "Policies": [
                {
                    "PolicyName": "SendStateChanges",
                    "PolicyDocument": _policy(
                        {
                            "Sid": "SendStateChanges",
                            "Effect": "Allow",
                            "Action": "events:PutEvents",
                            "Resource": {"Ref": "HubEventBusArn"},
                        }
                    ),
                }
            ],
        },
    }


def _state_changes() -> Mapping[str, Any]:
    role = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${RoleName}Events"}
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            # The role's trust policy refers to the rule by this name.
            "Name": _EVENTS_NAME,
            "Description": "Sends state changes of model customization jobs to the hub of the fleet",
            "EventPattern": {"source": [BEDROCK], "detail-type": [STATE_CHANGE], "account": [_ACCOUNT]},
            "Targets": [
                {
                    "Id": "Hub",
                    "Arn": {"Ref": "HubEventBusArn"},
                    # A bus that is open to an organization requires a role.
                    # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html
                    "RoleArn": role,
                }
            ],
        },
    }


def _policy(*statements: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Version": _VERSION, "Statement": list(statements)}
