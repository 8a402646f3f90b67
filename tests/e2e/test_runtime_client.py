"""The bundle behind awslambdaric, the runtime interface client with which Lambda runs Python functions."""

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
from lambda_runtime.function_process import FunctionError, FunctionProcess
from tests.e2e.conftest import environment

Event = Callable[[str], Any]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the bundle as it is deployed, except that it is for this machine and this Python."""
    folder = tmp_path_factory.mktemp("bundle") / "task"
    linux = sysconfig.get_platform().replace("linux-", "manylinux2014_")
    build_bundle(
        folder,
        platform=linux.replace("-", "_").replace(".", "_"),
        python_version=sys.version_info[:2],
    )
    return folder


@pytest.fixture(scope="module")
def function(bundle: Path, bedrock_url: str) -> Iterator[FunctionProcess]:
    if importlib.util.find_spec("awslambdaric") is None:
        reason = "awslambdaric is not installed. It is in requirements.txt: `make test` installs it."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with FunctionProcess(
        sys.executable,
        bundle,
        "customization_jobs.handler.lambda_handler",
        variables={"AWS_ENDPOINT_URL_BEDROCK": bedrock_url},
    ) as process:
        yield process


def test_an_api_request_gets_its_page(function: FunctionProcess, event: Event) -> None:
    request = event("api-gateway-rest")
    request |= {
        "path": "/model-customization-jobs",
        "httpMethod": "GET",
        "queryStringParameters": {"maxResults": "3"},
        "multiValueQueryStringParameters": {"maxResults": ["3"]},
    }
    answer = function.invoke(request, 30).payload
    assert answer["statusCode"] == 200
    assert len(json.loads(answer["body"])["modelCustomizationJobSummaries"]) == 3


def test_an_overview_counts_all_jobs(function: FunctionProcess) -> None:
    answer = function.invoke({"overview": True}, 30).payload
    assert (answer["complete"], answer["jobs"]) == (True, 260)


def test_a_tick_is_refused_by_a_function_that_is_not_the_watch(
    function: FunctionProcess, event: Event
) -> None:
    with pytest.raises(FunctionError, match="Send the schedule's ticks to the watch function") as raised:
        function.invoke(event("scheduler-without-input"), 30)
    assert raised.value.payload["errorType"] == "UnknownEventException"


@pytest.mark.parametrize("query", [{}, None])
def test_a_workflow_without_a_query_gets_jobs_and_counts(query: object, function: FunctionProcess) -> None:
    answer = function.invoke(query, 30).payload
    assert answer["modelCustomizationJobSummaries"]
    assert set(answer["counts"]) == {"InProgress", "Completed", "Failed", "Stopping", "Stopped"}


def test_an_error_has_the_name_of_its_class(function: FunctionProcess) -> None:
    with pytest.raises(FunctionError, match="Paused") as raised:
        function.invoke({"statusEquals": "Paused"}, 30)
    assert raised.value.payload["errorType"] == "ValidationException"


@pytest.mark.parametrize(
    "payload",
    [{"\ud800": 1}, "\ud800", {"schedule": {}, "\ud800": 1}, {"Records": 1, "\ud800": 1}],
    ids=ascii,
)
def test_the_runtime_outlives_a_payload_that_utf8_cannot_hold(
    function: FunctionProcess, payload: Any
) -> None:
    with pytest.raises(FunctionError) as raised:
        function.invoke(payload, 30)
    error = raised.value.payload
    assert error["errorType"] in ("ValidationException", "UnknownEventException")
    error["errorMessage"].encode()
    assert function.invoke({"maxResults": 1}, 30).payload["modelCustomizationJobSummaries"]


def test_a_widget_that_repeats_what_utf8_cannot_hold_is_answered(function: FunctionProcess) -> None:
    answer = function.invoke({"widgetContext": {}, "\ud800": 1}, 30).payload
    assert "\\ud800" in answer


def test_every_package_is_imported_from_the_bundle(bundle: Path) -> None:
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
