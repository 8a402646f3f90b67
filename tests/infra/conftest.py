"""The synthesized stacks that the tests share, because a synthesis takes seconds."""

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_

from infra.constructs.nag import add_checks
from infra.settings.context import CONTEXT_KEY, read_settings
from infra.stack import CustomizationJobsStack

ROOT = Path(__file__).parents[2]
_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f:live"


def cdk_context() -> dict[str, Any]:
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return context


class Synthesis:
    """A stack as `cdk synth` produces it, with inline code in place of the bundle."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.settings = read_settings({CONTEXT_KEY: settings})
        flags = {name: value for name, value in cdk_context().items() if name != CONTEXT_KEY}
        app = cdk.App(context=flags, outdir=str(folder))
        code = lambda_.Code.from_inline("# in place of the bundle")
        CustomizationJobsStack(app, "Jobs", code=code, settings=self.settings)
        add_checks(app)
        app.synth()
        self.template_file = folder / "Jobs.template.json"
        self.template: dict[str, Any] = json.loads(self.template_file.read_text())
        self.resources: dict[str, Any] = self.template["Resources"]
        reports = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
        self.findings = {report["pluginName"]: report["violations"] for report in reports}

    def of_type(self, kind: str) -> dict[str, Any]:
        """Return a copy of the properties of each resource of a type, by logical id."""
        return {
            name: deepcopy(resource.get("Properties", {}))
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def logical_id(self, kind: str, prefix: str = "") -> str:
        """Return the logical id of the only resource of a type whose id has the prefix."""
        (name,) = (name for name in self.of_type(kind) if name.startswith(prefix))
        return name

    def only(self, kind: str, prefix: str = "") -> dict[str, Any]:
        """Return the properties of the only resource of a type whose id has the prefix."""
        properties: dict[str, Any] = self.of_type(kind)[self.logical_id(kind, prefix)]
        return properties

    def ref(self, kind: str, prefix: str = "") -> dict[str, Any]:
        """Return CloudFormation's reference to such a resource."""
        return {"Ref": self.logical_id(kind, prefix)}

    def arn(self, kind: str, prefix: str = "") -> dict[str, Any]:
        """Return CloudFormation's reference to the ARN of such a resource."""
        return {"Fn::GetAtt": [self.logical_id(kind, prefix), "Arn"]}

    def definition(self) -> dict[str, Any]:
        """Return the definition of the wait-for-jobs state machine, with placeholders for references."""
        machine = self.only("AWS::StepFunctions::StateMachine", "WaitForJobs")
        parts = machine["DefinitionString"]["Fn::Join"][1]
        values = {"AWS::Partition": "aws"}
        text = "".join(
            part if isinstance(part, str) else values.get(part["Ref"], _FUNCTION) for part in parts
        )
        definition: dict[str, Any] = json.loads(text)
        return definition


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with default settings."""
    return Synthesis(tmp_path_factory.mktemp("cdk"), {})


@pytest.fixture(scope="session")
def tags_stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with `jobTags` and otherwise default settings."""
    return Synthesis(tmp_path_factory.mktemp("cdk"), {"jobTags": "team"})


JWT = {
    "issuer": "https://login.example.com/tenant",
    "audience": ["customization-jobs", "other-client"],
    "scopes": ["jobs/read"],
    "origins": ["https://jobs.example.com", "http://localhost:3000"],
}


@pytest.fixture(scope="session")
def jwt_stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with single sign-on, without scopes and origins, and otherwise default settings."""
    jwt = {name: JWT[name] for name in ("issuer", "audience")}
    return Synthesis(tmp_path_factory.mktemp("cdk"), {"jwt": jwt})


FLEET = {
    "fleetRegions": ["us-east-1", "us-west-2"],
    "fleetAccounts": "organization",
    "fleetOrganizationId": "o-a1b2c3d4e5",
}


@pytest.fixture(scope="session")
def fleet_stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with the fleet of an organization and otherwise default settings."""
    return Synthesis(tmp_path_factory.mktemp("cdk"), FLEET)


@pytest.fixture(scope="session")
def export_stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with the export and otherwise default settings."""
    return Synthesis(tmp_path_factory.mktemp("cdk"), {"export": True})


@pytest.fixture(scope="session")
def every_part_stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with every optional part that has alarms, and with other values for the export."""
    return Synthesis(
        tmp_path_factory.mktemp("cdk"),
        {
            **FLEET,
            "bedrockRegion": "us-west-2",
            "export": True,
            "exportRetentionDays": 90,
            "jobTags": "team",
            "jwt": JWT,
            "apiRequestsPerSecond": 3,
            "apiBurst": 4,
            "memoryMegabytes": 512,
            "watchTableName": "restored",
        },
    )


@pytest.fixture(scope="session")
def units_stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with a fleet of an organizational unit and one more account."""
    return Synthesis(
        tmp_path_factory.mktemp("cdk"),
        {
            **FLEET,
            "fleetAccounts": ["111122223333"],
            "fleetOrganizationalUnits": ["ou-ab12-cdef3456"],
        },
    )


@pytest.fixture(scope="session")
def hub_stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with a fleet of two regions of the stack's own account."""
    return Synthesis(tmp_path_factory.mktemp("cdk"), {"fleetRegions": ["us-east-1", "us-west-2"]})


@pytest.fixture(scope="session")
def other_fleet_stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with another value for every setting of the fleet, and for those that it depends on."""
    return Synthesis(
        tmp_path_factory.mktemp("cdk"),
        {
            "bedrockRegion": "us-west-2",
            "scheduleExpression": "cron(0 6 ? * MON-FRI *)",
            "sweepMissingAfterHours": 73,
            "watchTableName": "restored",
            "watchTimeoutSeconds": 600,
            "jobTags": "team",
            "fleetRegions": ["us-west-2", "eu-west-1"],
            "fleetAccounts": ["111122223333", "111122224444"],
            "fleetExcept": ["111122223333/eu-west-1"],
            "fleetOrganizationId": "o-z9y8x7w6v5",
            "fleetRoleName": "OtherMember",
            "fleetConcurrency": 100,
            "fleetDistributedAbove": 0,
        },
    )


@pytest.fixture(scope="session")
def other_stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with another value for every setting that affects the template."""
    return Synthesis(
        tmp_path_factory.mktemp("cdk"),
        {
            "bedrockRegion": "us-west-2",
            "scheduleExpression": "cron(0 6 ? * MON-FRI *)",
            "scheduleFlexibleMinutes": 0,
            "scheduleQuery": {"maxResults": 500},
            "sweepName": "support",
            "sweepMissingAfterHours": 30,
            "inProgressLimitHours": 6,
            "waitExpiryDays": 10,
            "listCacheSeconds": 5,
            "waitTimeoutHours": 2,
            "alarmEmail": "someone@example.com",
            "runbookUrl": "https://wiki.example.com/runbook",
            "apiRequestsPerSecond": 3,
            "apiBurst": 4,
            "apiAccountLogRole": True,
            "listingReservedConcurrency": 50,
            "memoryMegabytes": 512,
            "timeoutSeconds": 120,
            "snapStart": True,
            "logRetentionDays": 365,
            "logEncryption": "kms",
            "removalPolicy": "retain",
            "watchLimits": {"byPhase": {"validation": 600}},
            "watchRetentionDays": 30,
            "jobTags": "team",
            "watchTableName": "restored",
            "watchTimeoutSeconds": 600,
            "notificationKinds": [],
            "notificationEmail": ["notifications@example.com", "team@example.com"],
            "notificationDigestAbove": 3,
            "chat": {
                "slack": {"workspaceId": "T0123ABCD", "channelId": "C0123ABCD"},
                "teams": {
                    "teamId": "00000000-0000-4000-8000-000000000001",
                    "tenantId": "00000000-0000-4000-8000-000000000002",
                    "channelId": "19%3Aabc%40thread.tacv2",
                },
            },
            "deploymentConfiguration": "ALL_AT_ONCE",
        },
    )
