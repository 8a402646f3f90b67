"""The processes of the local run: the embedded Bedrock, and gateways with the functions in them."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from local.client import call
from local.lifeline import HOST, READY_PATH, listening_socket
from local.resources import BUS, TABLE, Resources

LOGS = Path("build/local")
_GRACE_SECONDS = 5
_START_SECONDS = 60
# In the place of all of the user's own AWS variables and files: nothing here may ever reach an account.
_NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


class StartError(Exception):
    """The local run cannot start, or cannot go on; the message says why and what to do."""


class Child:
    """One server process; it lives as long as the pipe that is its standard input.

    Parameters
    ----------
    name : str
        What the user knows it as.
    module : sequence of str
        The module to run and its arguments.
    listener : socket
        Handed over to the process.
    environment : mapping
        Its variables.
    output : Path
        Takes its standard output; its standard error goes beside it, to `<module>.err.log`.
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
        with listener, output.open("wb") as out, self.errors.open("wb") as err:
            self._process = subprocess.Popen(  # noqa: S603 - the modules of this package
                [sys.executable, "-m", *module, "--fd", str(listener.fileno())],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                env=environment,
                pass_fds=[listener.fileno()],
                # Ctrl-C reaches the run alone, which then ends its children in order.
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait until it answers.

        Raises
        ------
        StartError
            The process ended, or says nothing.
        """
        try:
            call(self.url + READY_PATH, timeout=_START_SECONDS)
        except OSError as error:
            raise self.failure() from error

    def failure(self) -> StartError:
        """Describe an unexpected end, with the last of what the process said."""
        self.stop()
        said = self.errors.read_text(errors="replace").splitlines()[-12:] or ["(it said nothing)"]
        code = self._process.returncode
        lines = "\n".join(f"    {line}" for line in said)
        return StartError(
            f"The {self.name} ended by itself (exit code {code}). The end of {self.errors}:\n{lines}"
        )

    def stop(self) -> None:
        """Close its standard input, which ends it; by force where that is not enough."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Stack:
    """All processes, or the gateway alone with the real Bedrock; a context manager that tidies up.

    Parameters
    ----------
    region : str
        Where Bedrock is asked.
    port : int
        The gateway's; 0 for a free one.
    embedded : bool
        Whether Bedrock is the embedded one, or AWS with the user's own credentials.
    watched : bool
        Whether there is the watch, too: its table and bus in the embedded Bedrock's process, and a second
        gateway with the same handler, which is the watch function by its settings.
    settings : mapping or None
        More variables for the function, such as its timeouts.
    handler : str or None
        Another handler than the function's.
    logs : Path
        Where the processes' output goes.
    """

    def __init__(
        self,
        *,
        region: str,
        port: int = 0,
        embedded: bool = True,
        watched: bool = False,
        settings: Mapping[str, str] | None = None,
        handler: str | None = None,
        logs: Path = LOGS,
    ) -> None:
        self.region = region
        self.bedrock: Child | None = None
        self.watch: Child | None = None
        self.resources: Resources | None = None
        self._processes = ExitStack()
        gateway_listener = self._gateway_listener(port)
        environment = dict(os.environ)
        if embedded:
            environment = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
            environment |= {**_NO_ACCOUNT, "NO_PROXY": HOST, "no_proxy": HOST}
            self.bedrock = Child(
                "embedded Bedrock",
                ["local.bedrock", "--region", region],
                listener=listening_socket(0),
                environment=environment,
                output=logs / "bedrock.log",
            )
            self._processes.callback(self.bedrock.stop)
            # The cloud of the watch is in the same process.
            for service in ("BEDROCK", "DYNAMODB", "EVENTBRIDGE"):
                environment[f"AWS_ENDPOINT_URL_{service}"] = self.bedrock.url
        environment |= {"BEDROCK_REGION": region, "POWERTOOLS_TRACE_DISABLED": "true", **(settings or {})}
        module = ["local.gateway", "--region", region, *(["--handler", handler] if handler else [])]
        if self.bedrock and watched:
            self.resources = Resources(self.bedrock.url, region)
            environment["WATCH_TABLE"] = TABLE
            self.watch = Child(
                "watch function",
                module,
                listener=listening_socket(0),
                environment={**environment, "WATCH_BUS": BUS},
                output=logs / "watch.log",
            )
            self._processes.callback(self.watch.stop)
        self.gateway = Child(
            "local gateway",
            module,
            listener=gateway_listener,
            environment=environment,
            output=logs / "function.log",
        )
        self._processes.callback(self.gateway.stop)

    @staticmethod
    def _gateway_listener(port: int) -> socket.socket:
        try:
            return listening_socket(port)
        except PermissionError as error:
            raise StartError(f"Port {port} needs more rights. Choose another: make run PORT=8081") from error
        except OverflowError as error:
            raise StartError(
                f"{port} is not a port. Choose one from 1024 to 65535: make run PORT=8081"
            ) from error
        except OSError as error:
            raise StartError(
                f"Port {port} is taken. Choose another: make run PORT={_free_port_near(port)}"
            ) from error

    def __enter__(self) -> Self:
        """Wait until all answer, and make the watch's table and bus."""
        try:
            for child in self.children:
                child.wait_until_ready()
            self._create_resources()
        except BaseException:
            self._processes.close()
            raise
        return self

    def _create_resources(self) -> None:
        if self.resources:
            try:
                self.resources.create()
            except OSError as error:
                raise StartError(
                    f"The embedded Bedrock's process has no table, bus or queue: {error}"
                ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all."""
        self._processes.close()

    @property
    def children(self) -> list[Child]:
        """The processes, in the order of their start."""
        return [child for child in (self.bedrock, self.gateway, self.watch) if child]

    def check(self) -> None:
        """Raise a StartError when one of the processes has ended."""
        for child in self.children:
            if not child.alive:
                raise child.failure()


def _free_port_near(port: int) -> int:
    for candidate in range(port + 1, min(port + 100, 65536)):
        try:
            listening_socket(candidate).close()
        except OSError:
            continue
        return candidate
    with listening_socket(0) as any_port:
        free: int = any_port.getsockname()[1]
        return free
