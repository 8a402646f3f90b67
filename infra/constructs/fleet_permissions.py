"""Permissions and variables that the functions have only with a fleet."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from constructs import Construct

from customization_jobs.aws.table_schema import JOB_INDEX
from infra.constructs.nag import acknowledge
from infra.constructs.python_function import FunctionRole
from infra.settings.model import Settings


def fleet_variables(scope: Construct, settings: Settings) -> dict[str, str]:
    """Return the variables of a function that answers for a fleet; none without one."""
    if not settings.has_fleet:
        return {}
    stack = Stack.of(scope)
    return {
        "FLEET": stack.to_json_string(settings.fleet_choice(stack.account)),
        "FLEET_LATE_AFTER_SECONDS": str(settings.late_after_seconds),
    }


def allow_listing_fleet_jobs(role: FunctionRole, table_arn: str) -> None:
    """Allow reading the fleet's jobs, newest first, from the index of the table."""
    role.allow("dynamodb:Query", resource=f"{table_arn}/index/{JOB_INDEX}", sid="ListFleetJobs")


def allow_sweeping_members(role: FunctionRole, settings: Settings) -> None:
    """Allow assuming the role of the members, and reading the accounts that the settings choose."""
    if not settings.has_other_accounts:
        return
    stack = Stack.of(role)
    members = stack.format_arn(
        service="iam", region="", account="*", resource="role", resource_name=settings.fleet_role_name
    )
    equal: dict[str, str | Sequence[str]] = {"aws:ResourceOrgID": str(settings.fleet_organization_id)}
    if settings.listed_accounts and not settings.fleet_organizational_units:
        equal["aws:ResourceAccount"] = list(settings.listed_accounts)
    role.allow(
        *("sts:AssumeRole", "sts:TagSession"),
        resource=members,
        sid="AssumeMemberRoles",
        conditions={"StringEquals": equal},
    )
    acknowledge(
        role,
        f"AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iam::*:role/{settings.fleet_role_name}]",
        "One role by its exact name, in accounts of the organization alone.",
    )
    _allow_discovery(role, settings)


def _allow_discovery(role: FunctionRole, settings: Settings) -> None:
    if settings.chooses_organization:
        # This action has no resource type.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
        role.allow("organizations:ListAccounts", resource="*", sid="ListAccounts")
    if settings.fleet_organizational_units:
        units = Stack.of(role).format_arn(
            service="organizations",
            region="",
            # Units belong to the management account, which is not known.
            account="*",
            resource="ou",
            resource_name=f"{settings.fleet_organization_id}/*",
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        role.allow(
            *("organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"),
            resource=units,
            sid="ListAccountsOfUnits",
        )
        acknowledge(
            role,
            "AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:organizations::*:ou/"
            f"{settings.fleet_organization_id}/*]",
            "The units below the chosen ones are not known beforehand. The organization is.",
        )
