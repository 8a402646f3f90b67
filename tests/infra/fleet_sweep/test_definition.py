"""What the interpreter does not execute: limits, retries, and the parts that are the same in both modes."""

import json
from pathlib import Path
from typing import Any

from infra.constructs.fleet_sweep import DEFINITION_FILE
from infra.constructs.wait_for_jobs import RETRIED_ERRORS
from infra.settings.fleet_settings import SWEEP_TIMEOUT_SECONDS
from tests.infra.conftest import Synthesis
from tests.infra.fleet_sweep.interpreter import definition
from tests.infra.test_checks import asl_validator

EXPRESS_SECONDS = 300


def states() -> dict[str, Any]:
    found: dict[str, Any] = definition()["States"]
    return found


def children(name: str) -> dict[str, Any]:
    processor: dict[str, Any] = states()[name]["ItemProcessor"]
    return processor


def test_the_definition_is_valid(tmp_path: Path) -> None:
    result = asl_validator(definition(), tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_timeout_is_that_of_the_settings() -> None:
    assert definition()["TimeoutSeconds"] == SWEEP_TIMEOUT_SECONDS


def test_both_maps_have_the_same_states_under_names_of_their_own() -> None:
    inline, distributed = children("Sweep inline"), children("Sweep distributed")
    text = json.dumps(distributed["States"]).replace(" (distributed)", "")
    same = json.loads(text.replace("{% $min([300, 280]) %}", "{% 300 %}"))
    assert same == inline["States"]
    assert distributed["StartAt"] == f"{inline['StartAt']} (distributed)"
    ours = {"ItemProcessor", "MaxConcurrency", "Label", "ToleratedFailurePercentage", "ResultWriter"}
    maps = [states()[name] for name in ("Sweep inline", "Sweep distributed")]
    first, second = ({key: value for key, value in each.items() if key not in ours} for each in maps)
    assert first == second


def test_the_children_of_the_distributed_map_are_express_and_may_all_fail() -> None:
    sweep = states()["Sweep distributed"]
    assert children("Sweep distributed")["ProcessorConfig"] == {
        "Mode": "DISTRIBUTED",
        "ExecutionType": "EXPRESS",
    }
    assert (sweep["ToleratedFailurePercentage"], sweep["Label"]) == (100, "Sources")
    assert sweep["MaxConcurrency"] == "{% 4 %}"
    assert sweep["ResultWriter"] == {
        "Resource": "arn:aws:states:::s3:putObject",
        "Arguments": {"Bucket": "results", "Prefix": "sweeps"},
    }


def test_the_first_attempt_of_a_child_ends_before_express_executions_must() -> None:
    wait, attempt = 10, 280
    assert wait + attempt < EXPRESS_SECONDS
    task = children("Sweep distributed")["States"]["Sweep the source (distributed)"]
    assert task["TimeoutSeconds"] == f"{{% $min([300, {attempt}]) %}}"


def test_an_inline_map_has_at_most_the_concurrency_that_step_functions_gives_it() -> None:
    assert states()["Sweep inline"]["MaxConcurrency"] == "{% $min([4, 40]) %}"


def test_retries_are_jittered_and_cover_every_transient_error() -> None:
    retry = {
        # Only waits for jobs raise this error.
        "ErrorEquals": [name for name in RETRIED_ERRORS if name != "FleetNotCoveredException"],
        "IntervalSeconds": 2,
        "MaxAttempts": 6,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    }
    timeout = {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 2, "MaxAttempts": 1}
    assert states()["Discover sources"]["Retry"] == states()["Report coverage"]["Retry"] == [retry, timeout]
    of_source, of_table = children("Sweep inline")["States"]["Sweep the source"]["Retry"]
    assert {*of_source["ErrorEquals"], *of_table["ErrorEquals"]} < set(RETRIED_ERRORS)
    assert all(name.startswith("Lambda.") for name in of_source["ErrorEquals"])
    # The failures of the table or the bus, which a sweep without a fleet would retry too.
    assert of_table["ErrorEquals"] == ["WatchUnavailableException", "InternalServerException"]
    assert of_table["MaxAttempts"] == 1
    assert of_source["JitterStrategy"] == "FULL"


def test_the_stack_fills_in_every_substitution(fleet_stack: Synthesis, other_fleet_stack: Synthesis) -> None:
    def machine(stack: Synthesis) -> dict[str, Any]:
        return stack.only("AWS::StepFunctions::StateMachine", "FleetSweep")

    found = machine(fleet_stack)
    assert json.loads(found["DefinitionString"]) == json.loads(DEFINITION_FILE.read_text())
    assert found["DefinitionSubstitutions"] == {
        "Partition": {"Ref": "AWS::Partition"},
        "WatchFunctionArn": fleet_stack.ref("AWS::Lambda::Alias", "Watch"),
        "FunctionTimeoutSeconds": "300",
        "Concurrency": "20",
        "DistributedAbove": "40",
        "ResultsBucket": fleet_stack.ref("AWS::S3::Bucket"),
        "ResultsPrefix": "sweeps",
    }
    # `definition` fails if the file has a substitution that the stack does not fill in.
    assert definition(**dict.fromkeys(found["DefinitionSubstitutions"], "1"))
    others = machine(other_fleet_stack)["DefinitionSubstitutions"]
    assert (others["Concurrency"], others["FunctionTimeoutSeconds"]) == ("100", "600")


def test_errors_are_logged_without_execution_data_and_traced(fleet_stack: Synthesis) -> None:
    machine = fleet_stack.only("AWS::StepFunctions::StateMachine", "FleetSweep")
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", False)


def test_a_discovery_that_times_out_is_reported_which_releases_its_lease() -> None:
    """Moto cannot run it: it refuses an error of this name, and does not end a task that takes too long."""
    (catch,) = states()["Discover sources"]["Catch"]
    assert (catch["ErrorEquals"], catch["Next"]) == (["States.Timeout"], "Report coverage")
    # Because of these fields, the sweep fails after its report.
    assert set(catch["Output"]) == {"error", "cause"}
