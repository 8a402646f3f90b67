"""Writes the template of the members: `python -m infra.member_template build/member-template.json`.

`-c customizationJobs.NAME=VALUE` overrides a setting of cdk.json, as in `cdk deploy`.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.member_template.template import member_template
from infra.settings.context import SettingsError, read_settings
from infra.settings.model import Settings

_CDK_JSON = Path(__file__).parents[2] / "cdk.json"
_HOW_TO_DEPLOY = """\
{file}: the template of the members. In the management account, or in a delegated administrator's with
--call-as DELEGATED_ADMIN:

  aws cloudformation create-stack-set --stack-set-name CustomizationJobsMember \\
    --template-body file://{file} --capabilities CAPABILITY_NAMED_IAM \\
    --permission-model SERVICE_MANAGED --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false \\
    --parameters ParameterKey=HubRoleArn,ParameterValue=FleetHubRoleArn \\
      ParameterKey=HubEventBusArn,ParameterValue=MemberEventBusArn{organization}
  aws cloudformation create-stack-instances --stack-set-name CustomizationJobsMember \\
    --deployment-targets OrganizationalUnitIds={units} --regions {regions} \\
    --operation-preferences RegionConcurrencyType=SEQUENTIAL,RegionOrder={order}

FleetHubRoleArn and MemberEventBusArn are outputs of the hub's stack. A service-managed StackSet leaves out
the management account: deploy the same template there as a stack if it has jobs. See docs/operations.md.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the template, and print how to deploy it; or exit with the message of an invalid setting."""
    parser = argparse.ArgumentParser(prog="python -m infra.member_template")
    parser.add_argument("file", type=Path)
    parser.add_argument("-c", dest="context", action="append", default=[], metavar="NAME=VALUE")
    given = parser.parse_args(arguments)
    try:
        settings = read_settings({**_context(), **dict(_pair(each) for each in given.context)})
    except SettingsError as error:
        sys.exit(str(error))
    if not settings.has_fleet:
        sys.exit(
            "customizationJobs.fleetRegions is []: the stack has no fleet. Set the regions of the fleet in "
            "cdk.json."
        )
    given.file.parent.mkdir(parents=True, exist_ok=True)
    given.file.write_text(f"{json.dumps(member_template(settings), indent=2)}\n", encoding="utf-8")
    sys.stdout.write(_how_to_deploy(given.file, settings))


def _context() -> Mapping[str, Any]:
    context: Mapping[str, Any] = json.loads(_CDK_JSON.read_text(encoding="utf-8"))["context"]
    return context


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _how_to_deploy(file: Path, settings: Settings) -> str:
    known = settings.fleet_organization_id
    organization = "" if known else " \\\n      ParameterKey=OrganizationId,ParameterValue=o-..."
    return _HOW_TO_DEPLOY.format(
        file=file,
        organization=organization,
        units=",".join(settings.fleet_organizational_units) or "r-...",
        regions=" ".join(settings.fleet_regions),
        order=",".join(settings.fleet_regions),
    )


if __name__ == "__main__":
    main()
