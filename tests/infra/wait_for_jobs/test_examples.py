"""The examples synthesize, and run: in a state of one's own, and behind `startExecution.sync`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from examples.wait_in_a_state import WaitInAState
from examples.wait_in_an_execution import WaitInAnExecution
from tests.infra.conftest import Synthesis
from tests.infra.wait_for_jobs.conftest import ended
from tests.infra.wait_for_jobs.interpreter import NESTED_ARN, Answer, Refused, Woken, run

FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:watch:live"
Create = Callable[[cdk.App], cdk.Stack]


def template_of(folder: Path, create: Create) -> dict[str, Any]:
    app = cdk.App(outdir=str(folder))
    create(app)
    app.synth()
    (template,) = folder.glob("*.template.json")
    resources: dict[str, Any] = json.loads(template.read_text())["Resources"]
    return resources


def definition_of(resources: dict[str, Any]) -> dict[str, Any]:
    (machine,) = (each for each in resources.values() if each["Type"] == "AWS::StepFunctions::StateMachine")
    definition = machine["Properties"]["DefinitionString"]
    parts = [definition] if isinstance(definition, str) else definition["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "aws" for part in parts)
    parsed: dict[str, Any] = json.loads(text)
    return parsed


@pytest.fixture
def in_a_state(tmp_path: Path) -> dict[str, Any]:
    return template_of(tmp_path, lambda app: WaitInAState(app, "Example", watch_function_arn=FUNCTION_ARN))


@pytest.fixture
def in_an_execution(tmp_path: Path) -> dict[str, Any]:
    return template_of(tmp_path, lambda app: WaitInAnExecution(app, "Example", wait_for_jobs_arn=NESTED_ARN))


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (Woken(ended(Completed=2)), "SUCCEEDED", None),
        (Refused("JobsFailed", "1 failed"), "FAILED", "TuningFailed"),
        (Refused("NoSuchJobs", "none"), "FAILED", "TuningFailed"),
    ],
)
def test_a_state_of_ones_own_waits(
    in_a_state: dict[str, Any], answer: Answer, status: str, error: str | None
) -> None:
    execution = run(definition_of(in_a_state), {"name": "tone"}, lambda _: answer)
    assert (execution.status, execution.error) == (status, error)
    assert execution.payloads == [
        {"wait": {"query": {"nameContains": "tone"}, "failOn": ["Failed"], "atLeast": 1}}
    ]


def test_the_state_may_invoke_the_watch_function_alone(in_a_state: dict[str, Any]) -> None:
    (policy,) = (each for each in in_a_state.values() if each["Type"] == "AWS::IAM::Policy")
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"][0]) == ("lambda:InvokeFunction", FUNCTION_ARN)


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (Woken(ended(Completed=2)), "SUCCEEDED", None),
        (Refused("JobsFailed", "1 failed"), "FAILED", "JobsFailed"),
    ],
)
def test_an_execution_of_the_state_machine_is_a_step_of_a_workflow(
    in_an_execution: dict[str, Any], stack: Synthesis, answer: Answer, status: str, error: str | None
) -> None:
    definition = definition_of(in_an_execution)
    assert "startExecution.sync:2" in json.dumps(definition)
    execution = run(definition, {"name": "tone"}, lambda _: answer, nested=stack.definition())
    assert (execution.status, execution.error) == (status, error)
    if status == "SUCCEEDED":
        assert execution.output == {"completed": 2}
    else:
        assert execution.cause == "1 failed"
    (payload,) = execution.payloads
    assert payload["wait"]["atLeast"] == 1
