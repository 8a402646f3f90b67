"""One fresh process as Lambda starts it: a bundle behind the real runtime interface client."""

import ctypes
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from queue import Empty
from typing import Any, Self

from benchmarks.runtime_api import Answer, RuntimeApi

REGION = "us-east-1"
_MOST_SAID = 4000
# How often a process that is waited for is looked after.
_LOOK_SECONDS = 0.5


class LambdaProcessError(Exception):
    """The process failed; the message holds what it said."""


class LambdaProcess:
    """A context: the process starts with it, and is ended by it.

    Parameters
    ----------
    python : str
        The interpreter.
    bundle : Path
        The folder that is `/var/task` on Lambda.
    runtime : Path
        The folder with the runtime interface client, `/var/runtime` on Lambda.
    handler : str
        `module.function`.
    endpoint : str
        Where Bedrock is.
    wrapper : sequence of str
        A command that runs the interpreter.
    options : sequence of str
        The interpreter's options.
    """

    def __init__(
        self,
        python: str,
        bundle: Path,
        runtime: Path,
        handler: str,
        endpoint: str,
        *,
        wrapper: Sequence[str] = (),
        options: Sequence[str] = (),
    ) -> None:
        self._command = [*wrapper, python, *options, "-m", "awslambdaric", handler]
        self._bundle = bundle
        self._environment = {"AWS_ENDPOINT_URL_BEDROCK": endpoint, "_HANDLER": handler}
        self._environment |= _environment(bundle, runtime)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._api = stack.enter_context(RuntimeApi())
            self._said = stack.enter_context(tempfile.TemporaryFile())
            # X-Ray's daemon: traces are sent, and dropped when the socket's buffer is full.
            daemon = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            daemon.bind(("127.0.0.1", 0))
            traces = f"127.0.0.1:{daemon.getsockname()[1]}"
            self.started = time.monotonic()
            self._process = subprocess.Popen(  # noqa: S603 - programs that the benchmark itself installed
                self._command,
                cwd=self._bundle,
                env={
                    **self._environment,
                    "AWS_LAMBDA_RUNTIME_API": self._api.address,
                    "AWS_XRAY_DAEMON_ADDRESS": traces,
                },
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=subprocess.STDOUT,
            )
            stack.callback(self._end)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def invoke(self, event: Any, seconds: float = 600) -> Answer:
        """Send one event and wait for its answer.

        Raises
        ------
        LambdaProcessError
            The handler failed, the process ended, or the time is up.
        """
        self._api.send(event)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                answer = self._api.answers.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue
            if answer.failed:
                raise LambdaProcessError(answer.body.decode())
            return answer
        raise LambdaProcessError(f"no answer; the process said:\n{self.said()[-_MOST_SAID:]}")

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Wait until the init phase is over.

        Raises
        ------
        LambdaProcessError
            The process ended, or the time is up.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._api.asked.wait(_LOOK_SECONDS):
                return
        raise LambdaProcessError(f"not ready; the process said:\n{self.said()[-_MOST_SAID:]}")

    def said(self) -> str:
        """Return what the process wrote to its standard output and error."""
        self._said.seek(0)
        return self._said.read().decode(errors="replace")

    def cpu_seconds(self) -> float:
        """Return the CPU time of the process so far, all of its threads."""
        clock = ctypes.c_int()
        # POSIX has this clock for any process; Python only for itself and its threads.
        failure: int = ctypes.CDLL(None).clock_getcpuclockid(self._process.pid, ctypes.byref(clock))
        if failure:
            raise OSError(failure, "clock_getcpuclockid")
        return time.clock_gettime(clock.value)

    def peak_megabytes(self) -> float:
        """Return the most memory that the process has had resident."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        return peak_megabytes(status)

    def _end(self) -> None:
        # callgrind writes its counts when the process is asked to end.
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def peak_megabytes(status: str) -> float:
    """Read the peak of resident memory from the text of `/proc/PID/status`."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    if not found:
        raise ValueError("no VmHWM")
    return int(found[1]) * 1024 / 1e6


def _environment(bundle: Path, runtime: Path) -> Mapping[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "token" * 100,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": "benchmark",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/benchmark",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/01/[$LATEST]0123456789abcdef0123456789abcdef",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "LAMBDA_TASK_ROOT": str(bundle),
        "LAMBDA_RUNTIME_DIR": str(runtime),
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(runtime),
        # A bundle is read-only on Lambda: what is not compiled there is compiled again by each cold start.
        "PYTHONDONTWRITEBYTECODE": "1",
        # One order of every set, so that counts repeat.
        "PYTHONHASHSEED": "0",
        "TZ": ":UTC",
        # As the stack sets them for the listing function of this project; the peers do not look.
        "WATCH_TABLE": "benchmark",
    }
