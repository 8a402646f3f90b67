"""Real AWS clients, against the real handler behind the local gateway with the embedded Bedrock."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.config import Config

from local.common.http_client import call
from local.embedded_aws.faults import FAULTS_PATH
from local.processes.process_group import ProcessGroup

if TYPE_CHECKING:
    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_lambda import LambdaClient

REGION = "us-east-1"
SetFault = Callable[..., None]
RunTool = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessGroup]:
    """Start the local stack once, with a function that times out early and does not retry."""
    settings = {
        "BEDROCK_CONNECT_TIMEOUT_SECONDS": "2",
        "BEDROCK_READ_TIMEOUT_SECONDS": "2",
        "BEDROCK_MAX_ATTEMPTS": "1",
    }
    with ProcessGroup(region=REGION, settings=settings, logs=tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def bedrock_url(stack: ProcessGroup) -> str:
    assert stack.embedded_aws is not None
    return stack.embedded_aws.url


@pytest.fixture
def set_fault(bedrock_url: str) -> Iterator[SetFault]:
    """Make Bedrock fail as `local.embedded_aws.faults` describes, until the test ends."""

    def inject(**fault: Any) -> None:
        call(bedrock_url + FAULTS_PATH, method="POST", body=fault)

    yield inject
    call(bedrock_url + FAULTS_PATH, method="DELETE")


def _client(service: Any, url: str) -> Any:
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        # Neither a proxy nor retries: each error comes from the first response.
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="session")
def service(stack: ProcessGroup) -> Iterator["BedrockClient"]:
    """Create a Bedrock client whose endpoint is this service."""
    client = cast("BedrockClient", _client("bedrock", stack.gateway.url))
    yield client
    client.close()


@pytest.fixture(scope="session")
def bedrock(bedrock_url: str) -> Iterator["BedrockClient"]:
    """Create a Bedrock client whose endpoint is the embedded Bedrock."""
    client = cast("BedrockClient", _client("bedrock", bedrock_url))
    yield client
    client.close()


@pytest.fixture(scope="session")
def function(stack: ProcessGroup) -> Iterator["LambdaClient"]:
    """Create a Lambda client whose endpoint is the local gateway."""
    client = cast("LambdaClient", _client("lambda", stack.gateway.url))
    yield client
    client.close()


@pytest.fixture(scope="session")
def run_tool() -> RunTool:
    """Run a command-line tool without the credentials and configuration of the user."""

    def run(name: str, *arguments: str, how_to_install: str) -> "subprocess.CompletedProcess[str]":
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        tool = shutil.which(name, path=path)
        if tool is None:
            missing(f"`{name}` was not found. {how_to_install}")
        environment = {
            "PATH": path,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_MAX_ATTEMPTS": "1",
        }
        return subprocess.run(
            [str(tool), *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    return run


def missing(reason: str) -> None:
    """Skip the test because a tool is missing; in CI, fail instead."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
