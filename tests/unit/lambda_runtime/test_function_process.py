"""The double and the process together, with AWS's own runtime interface client."""

import sys
from pathlib import Path

import pytest

from lambda_runtime.function_process import FunctionError, FunctionProcess, FunctionProcessError

HANDLERS = """
import os
import sys
import time

def echo(event, context):
    return {
        "event": event,
        "remaining": context.get_remaining_time_in_millis(),
        "table": os.environ.get("TABLE"),
        "region": os.environ["AWS_REGION"],
        "dev_mode": sys.flags.dev_mode,
        "path": sys.path,
    }

def log(event, context):
    print("printed by the handler")

def fail(event, context):
    raise LookupError("raised by the handler")

def hang(event, context):
    print("about to hang", flush=True)
    time.sleep(600)

def leave(event, context):
    print("about to leave", flush=True)
    os._exit(1)
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "handlers.py").write_text(HANDLERS, encoding="utf-8")
    return tmp_path


def test_one_process_handles_events_one_after_the_other(bundle: Path) -> None:
    with FunctionProcess(sys.executable, bundle, "handlers.echo") as process:
        process.wait_until_ready()
        for number in range(2):
            response = process.invoke({"number": number})
            assert response.payload["event"] == {"number": number}
            assert 800_000 < response.payload["remaining"] <= 900_000
            assert response.received_at > process.started_at


def test_configured_variables_take_precedence_over_lambdas_and_options_reach_the_interpreter(
    bundle: Path,
) -> None:
    variables = {"TABLE": "jobs", "AWS_REGION": "eu-west-1"}
    with FunctionProcess(
        sys.executable, bundle, "handlers.echo", variables=variables, options=("-X", "dev")
    ) as process:
        payload = process.invoke({}).payload
    assert (payload["table"], payload["region"], payload["dev_mode"]) == ("jobs", "eu-west-1", True)


def test_the_environment_of_this_process_does_not_leak_into_the_function(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TABLE", "of this process")
    with FunctionProcess(sys.executable, bundle, "handlers.echo") as process:
        assert process.invoke({}).payload["table"] is None


def test_output_is_readable_while_the_process_runs(bundle: Path) -> None:
    with FunctionProcess(sys.executable, bundle, "handlers.log") as process:
        for count in (1, 2):
            process.invoke({})
            assert process.output().count("printed by the handler") == count


@pytest.mark.parametrize(
    ("handler", "error_type", "message"),
    [
        ("handlers.fail", "LookupError", "raised by the handler"),
        ("missing.handler", "Runtime.ImportModuleError", "No module named 'missing'"),
    ],
)
def test_a_reported_error_is_raised_with_its_type_and_message(
    handler: str, error_type: str, message: str, bundle: Path
) -> None:
    with (
        FunctionProcess(sys.executable, bundle, handler) as process,
        pytest.raises(FunctionError, match=message) as raised,
    ):
        process.invoke({})
    assert raised.value.payload["errorType"] == error_type


def test_a_process_that_ends_without_a_response_is_an_error_with_its_output(bundle: Path) -> None:
    with (
        FunctionProcess(sys.executable, bundle, "handlers.leave") as process,
        pytest.raises(FunctionProcessError, match="about to leave"),
    ):
        process.invoke({})


def test_a_handler_that_does_not_return_in_time_is_an_error_with_the_output(bundle: Path) -> None:
    with FunctionProcess(sys.executable, bundle, "handlers.hang") as process:
        process.wait_until_ready()
        with pytest.raises(FunctionProcessError, match="about to hang"):
            process.invoke({}, timeout_seconds=0.5)


def test_the_runtime_interface_client_is_imported_from_its_folder(bundle: Path, tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    with FunctionProcess(sys.executable, bundle, "handlers.echo", runtime=runtime) as process:
        assert str(runtime) in process.invoke({}).payload["path"]


def test_a_process_that_never_becomes_ready_is_an_error(bundle: Path) -> None:
    with (
        FunctionProcess(sys.executable, bundle, "handlers.echo", wrapper=("/bin/false",)) as process,
        pytest.raises(FunctionProcessError, match="Not ready"),
    ):
        process.wait_until_ready()
