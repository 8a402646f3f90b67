"""One synthesis for all tests: it takes most of their time."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from cdk_nag import AwsSolutionsChecks

from infra.settings import CONTEXT_KEY, Settings
from infra.stack import CustomizationJobsStack

ROOT = Path(__file__).parents[2]
_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f:live"


def cdk_context() -> dict[str, Any]:
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return context


class Synthesis:
    """A stack as `cdk synth` makes it, with inline code in place of the bundle."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        self.settings = Settings.from_context({CONTEXT_KEY: settings})
        flags = {name: value for name, value in cdk_context().items() if name != CONTEXT_KEY}
        app = cdk.App(context=flags, outdir=str(folder))
        code = lambda_.Code.from_inline("# in place of the bundle")
        CustomizationJobsStack(app, "Jobs", code=code, settings=self.settings)
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        app.synth()
        self.template_file = folder / "Jobs.template.json"
        self.template: dict[str, Any] = json.loads(self.template_file.read_text())
        self.resources: dict[str, Any] = self.template["Resources"]
        reports = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
        self.findings = {report["pluginName"]: report["violations"] for report in reports}

    def of_type(self, kind: str) -> dict[str, Any]:
        """Give the properties of each resource of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def only(self, kind: str) -> dict[str, Any]:
        """Give the properties of the one resource of a type."""
        (properties,) = self.of_type(kind).values()
        found: dict[str, Any] = properties
        return found

    def definition(self) -> dict[str, Any]:
        """Give the state machine's definition, with names in place of what CloudFormation fills in."""
        parts = self.only("AWS::StepFunctions::StateMachine")["DefinitionString"]["Fn::Join"][1]
        values = {"AWS::Partition": "aws"}
        text = "".join(
            part if isinstance(part, str) else values.get(part["Ref"], _FUNCTION) for part in parts
        )
        definition: dict[str, Any] = json.loads(text)
        return definition


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesise with the default settings."""
    return Synthesis(tmp_path_factory.mktemp("cdk"), {})


@pytest.fixture(scope="session")
def other_stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesise with every choice made the other way."""
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
            "waitFirstPollSeconds": 5,
            "waitLongestPollSeconds": 300,
            "waitTimeoutHours": 2,
            "alarmEmail": "someone@example.com",
            "apiRequestsPerSecond": 3,
            "apiBurst": 4,
            "apiAccountLogRole": False,
            "memoryMegabytes": 512,
            "timeoutSeconds": 120,
            "snapStart": True,
            "logRetentionDays": 365,
            "logEncryption": "kms",
            "removalPolicy": "retain",
            "watchLimits": {"byPhase": {"validation": 600}},
            "watchRetentionDays": 30,
            "watchTimeoutSeconds": 600,
            "newsKinds": [],
            "newsEmail": "news@example.com",
            "release": "ALL_AT_ONCE",
        },
    )
