"""Deployments by CodeDeploy, and the alarms that roll them back."""

from typing import Any

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
        assert alias["UpdatePolicy"] == {
            "CodeDeployLambdaAliasUpdate": {
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
