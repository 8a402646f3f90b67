"""Deployments by CodeDeploy, and the alarms that roll them back."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import deployment_hook.hook
from deployment_hook.hook import TIMEOUT_SECONDS
from tests.infra.conftest import Synthesis


def groups(stack: Synthesis) -> dict[str, dict[str, Any]]:
    return {
        name.removeprefix("Deployments")[:-8]: group
        for name, group in stack.of_type("AWS::CodeDeploy::DeploymentGroup").items()
    }


def test_both_aliases_shift_by_canary_and_roll_back_on_their_alarms(stack: Synthesis) -> None:
    expected = {
        "Listing": ("FunctionRollback", "FunctionBedrockRollback", "ApiRollback"),
        "Watch": ("WatchRollback", "WatchBedrockRollback"),
    }
    assert set(groups(stack)) == set(expected)
    for name, group in groups(stack).items():
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        alarms = [{"Name": stack.ref("AWS::CloudWatch::Alarm", f"Alarms{alarm}")} for alarm in expected[name]]
        assert group["AlarmConfiguration"] == {"Alarms": alarms, "Enabled": True}
        assert group["AutoRollbackConfiguration"] == {
            "Enabled": True,
            "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
        }
        alias = stack.resources[stack.logical_id("AWS::Lambda::Alias", name)]
        hook = stack.ref("AWS::Lambda::Function", f"Deployments{name}Hook")
        assert alias["UpdatePolicy"] == {
            "CodeDeployLambdaAliasUpdate": {
                "BeforeAllowTrafficHook": hook,
                "ApplicationName": stack.ref("AWS::CodeDeploy::Application"),
                "DeploymentGroupName": stack.ref("AWS::CodeDeploy::DeploymentGroup", f"Deployments{name}"),
            }
        }


def test_rollback_alarms_can_be_raised_within_the_shortest_canary(stack: Synthesis) -> None:
    groups_of_alarms = (group["AlarmConfiguration"]["Alarms"] for group in groups(stack).values())
    names = [alarm["Name"]["Ref"] for alarms in groups_of_alarms for alarm in alarms]
    assert len(names) == 5
    for name in names:
        alarm = stack.of_type("AWS::CloudWatch::Alarm")[name]
        period = alarm.get("Period") or alarm["Metrics"][1]["MetricStat"]["Period"]
        assert period * alarm["DatapointsToAlarm"] < 5 * 60


def test_an_all_at_once_deployment_ignores_alarms(other_stack: Synthesis) -> None:
    for group in groups(other_stack).values():
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaAllAtOnce"
        assert group["AlarmConfiguration"] == {"Enabled": False}
        assert group["AutoRollbackConfiguration"] == {"Enabled": True, "Events": ["DEPLOYMENT_FAILURE"]}


@pytest.mark.parametrize("name", ["Listing", "Watch"])
def test_the_hook_checks_the_version_that_the_deployment_shifts_to(stack: Synthesis, name: str) -> None:
    hook = stack.only("AWS::Lambda::Function", f"Deployments{name}Hook")
    alias = stack.only("AWS::Lambda::Alias", name)
    (version, attribute) = alias["FunctionVersion"]["Fn::GetAtt"]
    assert attribute == "Version"
    # `Ref` of a version is its ARN.
    assert hook["Environment"]["Variables"] == {"CHECKED_VERSION_ARN": {"Ref": version}}
    assert hook["Timeout"] == TIMEOUT_SECONDS
    # The handler is the module and the function of the asset.
    module, function = hook["Handler"].split(".")
    assert Path(deployment_hook.hook.__file__).stem == module
    assert hasattr(deployment_hook.hook, function)


def test_the_hooks_code_is_not_the_bundle_so_that_it_can_report_a_broken_bundle(stack: Synthesis) -> None:
    functions = stack.of_type("AWS::Lambda::Function")
    hooks = [each["Code"] for name, each in functions.items() if name.startswith("Deployments")]
    others = [each["Code"] for name, each in functions.items() if not name.startswith("Deployments")]
    assert (len(hooks), len(others)) == (2, 3)
    assert hooks[0] == hooks[1] != others[0]


@pytest.mark.parametrize("name", ["Listing", "Watch"])
def test_an_alias_is_updated_after_the_hook_and_codedeploys_permissions(stack: Synthesis, name: str) -> None:
    alias = stack.logical_id("AWS::Lambda::Alias", name)
    reached, pending = set(), [alias]
    while pending:
        each = pending.pop()
        if each in stack.resources and each not in reached:
            reached.add(each)
            pending += referenced(stack.resources[each])
    assert stack.logical_id("AWS::Lambda::Function", f"Deployments{name}Hook") in reached
    assert stack.logical_id("AWS::IAM::Policy", f"Deployments{name}Hook") in reached
    assert stack.logical_id("AWS::IAM::Policy", "DeploymentsRole") in reached


def referenced(part: Any) -> list[str]:
    """Return the logical ids that a resource waits for."""
    if isinstance(part, list):
        return [each for item in part for each in referenced(item)]
    if not isinstance(part, dict):
        return []
    found = [each for key, value in part.items() if key != "UpdatePolicy" for each in referenced(value)]
    depends = part.get("DependsOn", [])
    found += [depends] if isinstance(depends, str) else depends
    if isinstance(part.get("Ref"), str):
        found.append(part["Ref"])
    if isinstance(part.get("Fn::GetAtt"), list):
        found.append(part["Fn::GetAtt"][0])
    return found


def test_an_all_at_once_deployment_checks_nothing(other_stack: Synthesis) -> None:
    assert len(other_stack.of_type("AWS::Lambda::Function")) == 3
    for alias in other_stack.of_type("AWS::Lambda::Alias"):
        update = other_stack.resources[alias]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert "BeforeAllowTrafficHook" not in update


def test_the_asset_of_the_hook_is_complete_and_needs_only_lambdas_runtime(stack: Synthesis) -> None:
    (module,) = stack.template_file.parent.glob("asset.*/hook.py")
    assert {path.name for path in module.parent.iterdir()} == {"__init__.py", "hook.py"}
    program = (
        "import sys; known = set(sys.modules); sys.path.insert(0, sys.argv[1]); import hook; "
        "print(hook.lambda_handler.__name__, *{name.partition('.')[0] for name in sys.modules}, sep='\\n')"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-c", program, str(module.parent)], capture_output=True, text=True, check=True
    )
    function, *modules = result.stdout.split()
    assert function == "lambda_handler"
    assert "botocore" in modules
    assert not {"customization_jobs", "aws_lambda_powertools", "boto3"} & set(modules)
