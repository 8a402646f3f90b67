"""The processes of a local run: the embedded AWS, and gateways with the functions behind them."""

import json
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from local.common.fleet import ROLE_NAME, fleet_regions
from local.common.identifiers import ACCOUNT
from local.common.server_process import HOST, LocalRunError, ServerProcess, listening_socket
from local.embedded_aws.export_bucket import BUCKET, QUEUE, ExportBucket
from local.embedded_aws.notification_resources import CHAT, MAIL, create_topic, topic_arn
from local.embedded_aws.watch_resources import (
    BUS,
    FLEET_TABLE_DEFINITION,
    TABLE,
    WatchResources,
    queue_url,
)
from local.processes.logs import previous_log, rotate
from local.processes.ports import listen_on

if TYPE_CHECKING:
    from local.gateway.jwt_authorizer import JwtAuthorizer

LOGS = Path("build/local")
# Services of the embedded AWS that the functions call.
_SERVICES = ("BEDROCK", "DYNAMODB", "EVENTBRIDGE", "S3", "SNS", "SQS", "SFN")
_FLEET_SERVICES = ("STS", "ORGANIZATIONS")
# Fewer than without a fleet, so that sweeps follow each other in seconds.
_HUB_JOBS = 80
_FLEET_LATE_AFTER_SECONDS = 60
# These replace all of the user's AWS variables and files: an embedded run must never reach an account.
_NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": HOST,
    "no_proxy": HOST,
}


class ProcessGroup:
    """All processes; a context manager that waits until they are ready, and stops them.

    Parameters
    ----------
    port : int
        The gateway's; 0 for a free one.
    embedded : bool
        Whether Bedrock is the embedded one, or AWS with the user's credentials.
    watched : bool
        Whether to run the watch as well: further gateways with the same handler, which their settings turn
        into the watch function and the notification function, and the watch's table, bus and topics in the
        embedded AWS.
    fleet : bool
        Whether the embedded AWS has several accounts, and the watch sweeps all of them. Needs `watched`.
    settings : mapping or None
        Further variables for the function, such as its timeouts.
    handler : str or None
        A handler that replaces the function's.
    logs : Path
        The directory for the output of the processes.

    Attributes
    ----------
    embedded_aws, gateway, watch, notifier, exporter, single_sign_on : ServerProcess
        All but `gateway` are None when they do not run. `notifier` is the notification function, `exporter`
        the export function, `single_sign_on` the HTTP API with the JWT authorizer.
    resources : WatchResources or None
        The watch's table, bus and queues.
    """

    def __init__(
        self,
        *,
        region: str,
        port: int = 0,
        embedded: bool = True,
        watched: bool = False,
        fleet: bool = False,
        settings: Mapping[str, str] | None = None,
        handler: str | None = None,
        logs: Path = LOGS,
    ) -> None:
        self.region = region
        self.fleet = fleet
        self.embedded_aws: ServerProcess | None = None
        self.watch: ServerProcess | None = None
        self.notifier: ServerProcess | None = None
        self.exporter: ServerProcess | None = None
        self.single_sign_on: ServerProcess | None = None
        self.resources: WatchResources | None = None
        self._logs = logs
        self._stack = ExitStack()
        # Before anything else, so that a port in use is reported at once.
        listener = listen_on(port)
        # `make run FLEET=1` puts its own variable of this name into the environment.
        environment = {name: value for name, value in os.environ.items() if name != "FLEET"}
        if embedded:
            environment = self._start_embedded_aws(_without_account(environment))
        environment |= {"BEDROCK_REGION": region, "POWERTOOLS_TRACE_DISABLED": "true", **(settings or {})}
        gateway = ["local.gateway", *(["--handler", handler] if handler else [])]
        if self.embedded_aws and watched:
            self.resources = WatchResources(self.embedded_aws.url, region)
            topics = {"NOTIFICATION_TOPIC": topic_arn(MAIL, region), "CHAT_TOPIC": topic_arn(CHAT, region)}
            self.notifier = self._start(
                "notification function", gateway, {**environment, **topics}, "notifications"
            )
            environment["WATCH_TABLE"] = TABLE
            environment |= _fleet_settings(region) if fleet else {}
            self.watch = self._start("watch function", gateway, {**environment, "WATCH_BUS": BUS}, "watch")
        self.gateway = self._start("local gateway", gateway, environment, "function", listener)
        # The listing function has the table as well.
        self._environment = environment

    def with_export(self) -> Self:
        """Run the export function as well, with a bucket and a queue. Needs the watch."""
        assert self.embedded_aws  # noqa: S101 - the watch has one
        queue = queue_url(self.embedded_aws.url, QUEUE)
        settings = {"EXPORT_BUCKET": BUCKET, "EXPORT_QUEUE_URL": queue}
        self.exporter = self._start(
            "export function", ["local.gateway"], {**self._environment, **settings}, "export"
        )
        return self

    def with_single_sign_on(self, authorizer: "JwtAuthorizer") -> Self:
        """Run an HTTP API with a JWT authorizer as well, in front of a listing function of its own."""
        module = ["local.gateway", "--jwt", authorizer.to_json()]
        self.single_sign_on = self._start(
            "gateway with single sign-on", module, self._environment, "single-sign-on"
        )
        return self

    def __enter__(self) -> Self:
        """Wait until all processes are ready, and create the watch's resources."""
        try:
            for process in self.processes:
                process.wait_until_ready()
            self._create_resources()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all processes."""
        self._stack.close()

    @property
    def processes(self) -> list[ServerProcess]:
        """The running processes."""
        every = (
            self.embedded_aws,
            self.gateway,
            self.watch,
            self.notifier,
            self.exporter,
            self.single_sign_on,
        )
        return [process for process in every if process]

    def check(self) -> None:
        """Rotate large logs; raise LocalRunError if a process has ended."""
        for process in self.processes:
            if not process.alive:
                raise process.failure()
            rotate(process.output)
            rotate(process.errors)

    def _start_embedded_aws(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Start the embedded AWS, and return the environment of functions that call it."""
        module = ["local.embedded_aws", *(["--fleet", "--jobs", str(_HUB_JOBS)] if self.fleet else [])]
        self.embedded_aws = self._start("embedded AWS", module, environment, "embedded-aws")
        # One process serves all of them.
        services = (*_SERVICES, *(_FLEET_SERVICES if self.fleet else ()))
        return {**environment, **{f"AWS_ENDPOINT_URL_{name}": self.embedded_aws.url for name in services}}

    def _start(
        self,
        name: str,
        module: Sequence[str],
        environment: Mapping[str, str],
        log: str,
        listener: socket.socket | None = None,
    ) -> ServerProcess:
        process = ServerProcess(
            name,
            [*module, "--region", self.region],
            listener=listener or listening_socket(0),
            environment=environment,
            output=self._logs / f"{log}.log",
        )
        for each in (process.output, process.errors):
            previous_log(each).unlink(missing_ok=True)
        self._stack.callback(process.stop)
        return process

    def _create_resources(self) -> None:
        if self.embedded_aws and self.resources:
            try:
                if self.fleet:
                    self.resources.create(FLEET_TABLE_DEFINITION)
                    self.resources.create_member_bus()
                else:
                    self.resources.create()
                for name in (MAIL, CHAT):
                    self.resources.create_queue(name)
                    create_topic(self.embedded_aws.url, self.region, name)
                if self.exporter:
                    ExportBucket(self.embedded_aws.url, self.region).create()
                    self.resources.create_export_queue(QUEUE)
            except OSError as error:
                raise LocalRunError(
                    f"The watch's table, bus, queues, topics and bucket could not be created: {error}"
                ) from error


def _fleet_settings(region: str) -> Mapping[str, str]:
    chosen = {
        "hub": ACCOUNT,
        "regions": fleet_regions(region),
        "organization": True,
        "roleName": ROLE_NAME,
    }
    return {"FLEET": json.dumps(chosen), "FLEET_LATE_AFTER_SECONDS": str(_FLEET_LATE_AFTER_SECONDS)}


def _without_account(environment: Mapping[str, str]) -> dict[str, str]:
    own = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    return own | _NO_ACCOUNT
