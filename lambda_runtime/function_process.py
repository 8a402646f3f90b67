"""One Lambda execution environment: a bundle in a fresh process behind AWS's runtime interface client."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from queue import Empty
from typing import Any, Self

from lambda_runtime.runtime_api import FUNCTION_NAME, Response, RuntimeApi

_REGION = "us-east-1"
_OUTPUT_TAIL = 4000
# Interval between checks of whether the process is still alive.
_POLL_SECONDS = 0.5


class FunctionError(Exception):
    """The function reported an error, of its handler or of its init phase; the message is the error's JSON.

    Attributes
    ----------
    payload : object
        The decoded error: `errorType`, `errorMessage`, `stackTrace`.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(response.body.decode())
        self.payload = response.payload


class FunctionProcessError(Exception):
    """The process ended, or did not respond in time; the message holds the end of its output."""


class FunctionProcess:
    """A context manager: the process starts when the context is entered, and is ended with it.

    Parameters
    ----------
    python : str
        The interpreter.
    bundle : Path
        The folder that Lambda mounts at `/var/task`.
    handler : str
        `module.function`.
    runtime : Path, optional
        The folder with the runtime interface client, which Lambda has at `/var/runtime`. Not needed where the
        interpreter finds the client among its own packages.
    variables : mapping of str to str
        The function's configured environment variables. They take precedence over Lambda's.
    wrapper : sequence of str
        A command that runs the interpreter, such as a profiler.
    options : sequence of str
        Options of the interpreter.
    """

    started_at: float

    def __init__(
        self,
        python: str,
        bundle: Path,
        handler: str,
        *,
        runtime: Path | None = None,
        variables: Mapping[str, str] | None = None,
        wrapper: Sequence[str] = (),
        options: Sequence[str] = (),
    ) -> None:
        self._command = [*wrapper, python, *options, "-m", "awslambdaric", handler]
        self._bundle = bundle
        self._variables = {**_lambda_variables(bundle, runtime), "_HANDLER": handler, **(variables or {})}
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._api = stack.enter_context(RuntimeApi())
            self._output = stack.enter_context(tempfile.TemporaryFile())
            # Stands in for the X-Ray daemon: traces are sent, and dropped once the socket's buffer is full.
            daemon = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            daemon.bind(("127.0.0.1", 0))
            addresses = {
                "AWS_LAMBDA_RUNTIME_API": self._api.address,
                "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
            }
            self.started_at = time.monotonic()
            self._process = subprocess.Popen(  # noqa: S603 - the caller's own programs
                self._command,
                cwd=self._bundle,
                env=self._variables | addresses,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
            )
            stack.callback(self._end)
            self._resources = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def invoke(self, event: Any, timeout_seconds: float = 600) -> Response:
        """Send one event and wait for its response.

        Raises
        ------
        FunctionError
            The handler raised an exception, or its module could not be imported.
        FunctionProcessError
            The process ended, or did not respond in time.
        """
        self._api.send(event)
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                response = self._api.responses.get(timeout=_POLL_SECONDS)
            except Empty:
                continue
            if response.failed:
                raise FunctionError(response)
            return response
        raise FunctionProcessError(f"No response. Output of the process:\n{self.output()[-_OUTPUT_TAIL:]}")

    def wait_until_ready(self, timeout_seconds: float = 60) -> None:
        """Wait until the init phase has ended.

        Raises
        ------
        FunctionProcessError
            The process ended, or was not ready in time.
        """
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._api.ready.wait(_POLL_SECONDS):
                return
        raise FunctionProcessError(f"Not ready. Output of the process:\n{self.output()[-_OUTPUT_TAIL:]}")

    def output(self) -> str:
        """Return everything that the process has written to its standard output and error."""
        file = self._output.fileno()
        # Not `seek` and `read`: the process writes at the file offset that it shares with this one.
        return os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")

    def _end(self) -> None:
        # Terminated, not killed at once: callgrind writes its counts on SIGTERM.
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _lambda_variables(bundle: Path, runtime: Path | None) -> Mapping[str, str]:
    variables = {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "token" * 100,
        "AWS_REGION": _REGION,
        "AWS_DEFAULT_REGION": _REGION,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION_NAME,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{FUNCTION_NAME}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/01/[$LATEST]0123456789abcdef0123456789abcdef",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "LAMBDA_TASK_ROOT": str(bundle),
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        # Lambda's file system is read-only: each cold start compiles sources without bytecode again.
        "PYTHONDONTWRITEBYTECODE": "1",
        "TZ": ":UTC",
    }
    if runtime is not None:
        variables |= {"LAMBDA_RUNTIME_DIR": str(runtime), "PYTHONPATH": str(runtime)}
    return variables
