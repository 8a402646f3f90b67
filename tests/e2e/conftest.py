"""The local run and its parts as processes, as a user starts them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from local.lifeline import listening_socket
from local.stack import Child

ROOT = Path(__file__).parents[2]
Ending = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a user who has nothing to do with AWS."""
    kept = ("PATH", "LANG", "SYSTEMROOT")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": os.pathsep.join((str(ROOT / "lambda_src"), str(ROOT))),
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


class Run:
    """`python -m local.run` in an empty folder, so that runs at once do not share their logs."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        home = folder / "home"
        home.mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.run", *arguments],
            cwd=folder,
            env=environment(HOME=str(home), **variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def read_until(self, text: str) -> str:
        """Read standard output until a line holds `text`."""
        assert self._process.stdout is not None
        read = ""
        for line in self._process.stdout:
            read += line
            if text in line:
                return read
        raise AssertionError(f"{text!r} never came: {read}")

    def end(self, told: signal.Signals | None = None) -> tuple[int, str, str]:
        """Wait for the end, or bring it about; return the exit code and the rest of what it said."""
        if told is not None:
            self._process.send_signal(told)
        out, err = self._process.communicate(timeout=60)
        return self._process.returncode, out, err


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Start runs that end with the test at the latest."""
    runs: list[Run] = []

    def start_it(*arguments: str, **variables: str) -> Run:
        runs.append(Run(tmp_path, *arguments, **variables))
        return runs[-1]

    yield start_it
    for run in runs:
        run.end(signal.SIGKILL)


@pytest.fixture(scope="session")
def bedrock_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start an embedded Bedrock by itself."""
    child = Child(
        "embedded Bedrock",
        ["local.bedrock"],
        listener=listening_socket(0),
        environment=environment(),
        output=tmp_path_factory.mktemp("bedrock") / "bedrock.log",
    )
    child.wait_until_ready()
    yield child.url
    child.stop()


def embedded_credentials(url: str) -> Mapping[str, str]:
    """Return what a function needs to call a Bedrock that looks at no signature."""
    return {
        "AWS_ENDPOINT_URL_BEDROCK": url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


def eventually(true: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait until `true`, but not for ever."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False
