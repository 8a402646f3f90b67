"""What `make client` installs, against the real handler behind a gateway that verifies signatures."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.credentials import Credentials

from client_model.names import SERVICE
from local.common.http_client import call
from local.demonstration.fleet.sweeps import FleetSweeps, create_machine
from local.demonstration.function_client import FunctionClient
from local.embedded_aws.faults import FAULTS_PATH
from local.processes.process_group import ProcessGroup
from tests.contract.real_clients.client.signed_gateway import SignedGateway

ROOT = Path(__file__).parents[4]
REGION = "us-east-1"
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"  # AWS's own example
Done = subprocess.CompletedProcess[str]
RunAws = Callable[..., Done]
# Short timeouts, and tags, so that filters on tags are allowed.
SETTINGS = {
    "BEDROCK_CONNECT_TIMEOUT_SECONDS": "2",
    "BEDROCK_READ_TIMEOUT_SECONDS": "2",
    "BEDROCK_MAX_ATTEMPTS": "1",
    "OWNER_TAG": "team",
}


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessGroup]:
    """Start a stack with a fleet, whose watch has recorded the jobs of all accounts and regions."""
    logs = tmp_path_factory.mktemp("fleet")
    with ProcessGroup(region=REGION, watched=True, fleet=True, settings=SETTINGS, logs=logs) as fleet:
        sweep(fleet)
        yield fleet


def sweep(fleet: ProcessGroup) -> None:
    """Run a sweep of the fleet."""
    assert fleet.watch
    sweeps = FleetSweeps(create_machine(FunctionClient(fleet.watch.url).invoke_in_context, REGION))
    assert sweeps.run().succeeded


@pytest.fixture(scope="session")
def credentials() -> Credentials:
    return Credentials(KEY, SECRET, "a session's token")


@pytest.fixture(scope="session")
def gateway(fleet: ProcessGroup, credentials: Credentials) -> Iterator[SignedGateway]:
    with SignedGateway(fleet.gateway.url, credentials, region=REGION) as gateway:
        yield gateway


@pytest.fixture(scope="session")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Return the environment of a user with credentials, and a home folder without configuration."""
    return {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "PYTHONPATH": os.pathsep.join((str(ROOT / "lambda_src"), str(ROOT))),
        "HOME": str(tmp_path_factory.mktemp("home")),
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": "a session's token",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_MAX_ATTEMPTS": "1",
        "NO_PROXY": "127.0.0.1",
        # What `help` needs to print the manual page as it is.
        "PAGER": "cat",
    }


def run(variables: Mapping[str, str], *command: str) -> Done:
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="session")
def home(variables: Mapping[str, str], gateway: SignedGateway) -> Path:
    """Install the client in the home folder, and give the default profile the URL."""
    options = ("--fleet", "--url", gateway.url, "--profile", "default", "--write")
    done = run(variables, sys.executable, "-m", "operations.client", "install", *options)
    assert (done.returncode, done.stderr) == (0, "")
    return Path(variables["HOME"])


@pytest.fixture(scope="session")
def aws(variables: Mapping[str, str], home: Path) -> RunAws:
    """Run `aws customization-jobs ...` with variables that may be replaced."""
    assert home

    def run_aws(*arguments: str, **replaced: str) -> Done:
        return run({**variables, **replaced}, "aws", SERVICE, *arguments)

    return run_aws


@pytest.fixture(scope="session")
def client(home: Path, credentials: Credentials) -> Iterator[Any]:
    """Create boto3's client from the installed files and the configuration."""
    session: Any = botocore.session.Session()
    session.set_config_variable("data_path", str(home / ".aws" / "models"))
    session.set_config_variable("config_file", str(home / ".aws" / "config"))
    session.set_credentials(credentials.access_key, credentials.secret_key, credentials.token)
    made: Any = boto3.Session(botocore_session=session, region_name=REGION)
    client = made.client(SERVICE, config=Config(proxies={}, retries={"total_max_attempts": 1}))
    yield client
    client.close()


@pytest.fixture
def fail_bedrock(fleet: ProcessGroup) -> Iterator[Callable[..., None]]:
    """Make Bedrock fail as `local.embedded_aws.faults` describes, until the test ends."""
    assert fleet.embedded_aws
    url = fleet.embedded_aws.url + FAULTS_PATH

    def fail(**fault: Any) -> None:
        call(url, method="POST", body=fault)

    yield fail
    call(url, method="DELETE")


def output_of(done: Done) -> Any:
    """Return the JSON that a command printed."""
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)
