"""The local run and its servers as processes, as a user starts them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from local.common.server_process import ServerProcess, listening_socket
from tests.e2e.browser import Browser, find_browser

ROOT = Path(__file__).parents[2]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a user without any AWS configuration."""
    kept = ("PATH", "LANG", "SYSTEMROOT")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": os.pathsep.join((str(ROOT / "lambda_src"), str(ROOT))),
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


class Run:
    """`python -m local.run` in an empty folder, so that concurrent runs do not share their logs."""

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
        raise AssertionError(f"{text!r} never appeared: {read}")

    def end(self, stop_signal: signal.Signals | None = None) -> tuple[int, str, str]:
        """Wait for the end, after a signal if given; return the exit code and the remaining output."""
        if stop_signal is not None:
            self._process.send_signal(stop_signal)
        out, err = self._process.communicate(timeout=60)
        return self._process.returncode, out, err


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Start runs, which end with the test at the latest."""
    runs: list[Run] = []

    def start_it(*arguments: str, **variables: str) -> Run:
        runs.append(Run(tmp_path, *arguments, **variables))
        return runs[-1]

    yield start_it
    for run in runs:
        run.end(signal.SIGKILL)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return find_browser(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="session")
def bedrock_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start an embedded AWS alone."""
    process = ServerProcess(
        "embedded AWS",
        ["local.embedded_aws"],
        listener=listening_socket(0),
        environment=environment(),
        output=tmp_path_factory.mktemp("embedded-aws") / "embedded-aws.log",
    )
    process.wait_until_ready()
    yield process.url
    process.stop()


def embedded_credentials(url: str) -> Mapping[str, str]:
    """Return the variables with which a function calls a Bedrock that verifies no signature."""
    return {
        "AWS_ENDPOINT_URL_BEDROCK": url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait until the condition holds; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
