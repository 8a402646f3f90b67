"""The bundle under awslambdaric, the very runtime client that Lambda runs Python functions with."""

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.bundling import build_bundle
from local.gateway.lambda_environment import lambda_variables
from tests.e2e.conftest import embedded_credentials, environment
from tests.e2e.runtime_api import RuntimeApi

Event = Callable[[str], Any]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the bundle for this machine and this Python; all else is as on Lambda."""
    folder = tmp_path_factory.mktemp("bundle") / "task"
    linux = sysconfig.get_platform().replace("linux-", "manylinux2014_")
    build_bundle(
        folder,
        platform=linux.replace("-", "_").replace(".", "_"),
        python_version=sys.version_info[:2],
    )
    return folder


@pytest.fixture(scope="module")
def runtime(bundle: Path, bedrock_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeApi]:
    if importlib.util.find_spec("awslambdaric") is None:
        what = "awslambdaric is not installed. It is in requirements.txt: `make test` installs it."
        if os.environ.get("CI"):
            pytest.fail(what)
        pytest.skip(what)
    variables = {**lambda_variables("us-east-1"), **embedded_credentials(bedrock_url)}
    log = tmp_path_factory.mktemp("runtime") / "function.log"
    with RuntimeApi(log) as runtime, log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "customization_jobs.handler.lambda_handler"],
            cwd=bundle,
            env=environment(
                **{**variables, "LAMBDA_TASK_ROOT": str(bundle), "PYTHONPATH": str(bundle)},
                AWS_LAMBDA_RUNTIME_API=runtime.address,
            ),
            stdout=output,
            stderr=output,
        )
        yield runtime
        process.kill()
        process.wait()


def test_an_api_request(runtime: RuntimeApi, event: Event) -> None:
    request = event("api-gateway-rest")
    request |= {
        "path": "/model-customization-jobs",
        "httpMethod": "GET",
        "queryStringParameters": {"maxResults": "3"},
        "multiValueQueryStringParameters": {"maxResults": ["3"]},
    }
    kind, answer = runtime.invoke(request)
    assert (kind, answer["statusCode"]) == ("response", 200)
    assert len(json.loads(answer["body"])["modelCustomizationJobSummaries"]) == 3


def test_a_schedules_tick(runtime: RuntimeApi, event: Event) -> None:
    kind, answer = runtime.invoke(event("scheduler-without-input"))
    assert kind == "response"
    assert answer["jobs"] == 260
    assert '"SweepsCompleted"' in runtime.log.read_text()


@pytest.mark.parametrize("nothing", [{}, None])
def test_a_workflow(nothing: object, runtime: RuntimeApi) -> None:
    kind, answer = runtime.invoke(nothing)
    assert kind == "response"
    assert answer["modelCustomizationJobSummaries"]
    assert set(answer["counts"]) == {"InProgress", "Completed", "Failed", "Stopping", "Stopped"}


def test_everything_comes_out_of_the_bundle(bundle: Path) -> None:
    program = "import customization_jobs as a, botocore as b, aws_lambda_powertools as c, aws_xray_sdk as d"
    files = subprocess.run(
        [sys.executable, "-c", f"{program}\nprint(a.__file__, b.__file__, c.__file__, d.__file__)"],
        cwd=bundle,
        env=environment(PYTHONPATH=str(bundle)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert len(files) == 4
    assert all(Path(file).is_relative_to(bundle) for file in files)


def test_an_error_is_named_by_its_class(runtime: RuntimeApi) -> None:
    kind, error = runtime.invoke({"statusEquals": "Paused"})
    assert (kind, error["errorType"]) == ("error", "ValidationException")
    assert "Paused" in error["errorMessage"]
