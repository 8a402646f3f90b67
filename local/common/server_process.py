"""A server of the local run as a separate process: how it is started, checked and stopped.

The parent hands down a socket that already listens, so two servers never race for a port. The server lives as
long as its standard input: when the parent ends, however it ends, the pipe closes and no orphan remains.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Protocol

from local.common.http_client import call

HOST = "127.0.0.1"
READY_PATH = "/_local/ready"
_STOP_TIMEOUT_SECONDS = 5
_START_TIMEOUT_SECONDS = 60
_SHOWN_LOG_LINES = 12


class LocalRunError(Exception):
    """The local run cannot start or cannot continue; the message says why and what to do."""


class ServerProcess:
    """The parent's side.

    Parameters
    ----------
    name : str
        The name in messages to the user.
    module : sequence of str
        The module to run, and its arguments.
    output : Path
        Receives standard output; standard error goes beside it, to `<name>.err.log`.
    """

    def __init__(
        self,
        name: str,
        module: Sequence[str],
        *,
        listener: socket.socket,
        environment: Mapping[str, str],
        output: Path,
    ) -> None:
        self.name = name
        self.url = f"http://{HOST}:{listener.getsockname()[1]}"
        self.output = output
        self.errors = output.with_suffix(".err.log")
        output.parent.mkdir(parents=True, exist_ok=True)
        for log in (output, self.errors):
            log.write_bytes(b"")
        # Opened for appending, so that the parent can empty them.
        with listener, output.open("ab") as out, self.errors.open("ab") as err:
            self._process = subprocess.Popen(  # noqa: S603 - the modules of this package
                [sys.executable, "-m", *module, "--fd", str(listener.fileno())],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                env=environment,
                pass_fds=[listener.fileno()],
                # Ctrl-C reaches the parent only, which then stops its servers in order.
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait for the first response; raises LocalRunError when the process ends or does not respond."""
        try:
            call(self.url + READY_PATH, timeout=_START_TIMEOUT_SECONDS)
        except OSError as error:
            raise self.failure() from error

    def failure(self) -> LocalRunError:
        """Describe an unexpected exit, with the last lines of standard error."""
        self.stop()
        lines = self.errors.read_text(errors="replace").splitlines()[-_SHOWN_LOG_LINES:] or ["(empty)"]
        shown = "\n".join(f"    {line}" for line in lines)
        return LocalRunError(
            f"The {self.name} exited unexpectedly (exit code {self._process.returncode}). "
            f"The last lines of {self.errors}:\n{shown}"
        )

    def stop(self) -> None:
        """Close standard input, which ends the process; kill it if it does not end in time."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Server(Protocol):
    """The interface that the servers of this package share."""

    def serve_forever(self) -> object:
        """Serve until `shutdown`."""

    def shutdown(self) -> None:
        """End `serve_forever`, from another thread."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that every server accepts: a port, or an inherited socket."""
    parser.add_argument("--port", type=int, default=0, help="the port on loopback (default: a free one)")
    parser.add_argument(
        "--fd", type=int, help="the inherited socket; the server then ends when its standard input closes"
    )


def listen(arguments: argparse.Namespace) -> socket.socket:
    """Return the inherited socket, or a new one on loopback."""
    if arguments.fd is not None:
        threading.Thread(target=_terminate_when_input_closes, daemon=True).start()
        return socket.socket(fileno=arguments.fd)
    listener = listening_socket(arguments.port)
    print(f"Serving on http://{HOST}:{listener.getsockname()[1]}", flush=True)
    return listener


def listening_socket(port: int) -> socket.socket:
    """Listen on loopback; raises OSError when the port is taken."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        # This many connections may arrive before the server accepts the first; the system may allow fewer.
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


def serve_until_stopped(server: Server) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input, then exit."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # `shutdown` waits for the loop, which runs in this same thread.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.serve_forever()
    sys.stdout.flush()
    # Do not wait for requests that other threads still process: their clients are gone.
    os._exit(0)


def _terminate_when_input_closes() -> None:
    # Not sys.stdin: this thread would hold its lock while the interpreter shuts down.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
