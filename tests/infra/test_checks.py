"""Third-party checks of the template: cdk-nag, cfn-lint and a validator of state machines."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from infra.constructs.nag import acknowledge, add_checks
from tests.infra.conftest import ROOT, Synthesis

FIXTURES = (
    *("stack", "other_stack", "fleet_stack", "other_fleet_stack", "units_stack", "hub_stack"),
    *("export_stack", "jwt_stack", "every_part_stack"),
)


@pytest.fixture(scope="module")
def every_stack(request: pytest.FixtureRequest) -> list[Synthesis]:
    return [request.getfixturevalue(name) for name in FIXTURES]


def test_the_checks_of_the_cdk_find_nothing(every_stack: list[Synthesis]) -> None:
    for synthesis in every_stack:
        assert synthesis.findings.pop("AwsSolutions") == []
        assert synthesis.findings.pop("Serverless") == []
        assert not any(synthesis.findings.values())


def nag_findings_of_a_bad_bucket(folder: Path, *, acknowledged: bool) -> set[str]:
    app = cdk.App(outdir=str(folder))
    bucket = s3.Bucket(cdk.Stack(app, "Bad"), "Bucket")
    add_checks(app)
    if acknowledged:
        acknowledge(bucket, "AwsSolutions::AwsSolutions-S1", "Only a test.")
    with pytest.raises(RuntimeError, match="AwsSolutions-S10"):
        app.synth()
    reports = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    return {violation["ruleName"] for report in reports for violation in report["violations"]}


def test_cdk_nag_reports_every_finding_that_is_not_acknowledged(tmp_path: Path) -> None:
    assert nag_findings_of_a_bad_bucket(tmp_path / "bad", acknowledged=False) == {
        "AwsSolutions-S1",
        "AwsSolutions-S10",
    }
    assert nag_findings_of_a_bad_bucket(tmp_path / "acknowledged", acknowledged=True) == {"AwsSolutions-S10"}


def test_cfn_lint_finds_nothing(every_stack: list[Synthesis]) -> None:
    program = Path(sys.executable).with_name("cfn-lint")
    # W3005: the CDK declares dependencies that references already imply. E3601: cfn-lint does not know
    # JSONata in numbers, nor substitutions in state machines, which asl-validator checks.
    command = [
        str(program),
        "--ignore-checks",
        "W3005",
        "E3601",
        "--",
        *(str(each.template_file) for each in every_stack),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def asl_validator(definition: object, folder: Path) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node", path=str(Path(sys.executable).parent))
    program = ROOT / "node_modules" / ".bin" / "asl-validator"
    assert node, "Node.js is missing: pip install -r requirements.txt"
    assert program.exists(), "asl-validator is missing: npm ci"
    file = folder / "definition.json"
    file.write_text(json.dumps(definition))
    return subprocess.run([node, program, "--json-path", file], capture_output=True, text=True, check=False)


def test_the_state_machine_is_valid(stack: Synthesis, tmp_path: Path) -> None:
    result = asl_validator(stack.definition(), tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_invalid_state_machine_is_refused(stack: Synthesis, tmp_path: Path) -> None:
    definition = stack.definition()
    del definition["States"]["List jobs"]
    assert asl_validator(definition, tmp_path).returncode != 0
