"""`make run`: start the service locally, demonstrate its three callers, then serve and show the watch."""

import argparse
import os
import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from local.common.http_client import call
from local.common.identifiers import REGION
from local.common.server_process import LocalRunError
from local.demonstration.callers import CallerDemonstration
from local.demonstration.console import Console
from local.demonstration.expected_end_demonstration import ExpectedEndDemonstration
from local.demonstration.function_client import FunctionClient
from local.demonstration.messages import introduce_watch, show_addresses, show_examples, summarize_watch
from local.demonstration.notification_demonstration import NotificationDemonstration
from local.demonstration.watch_demonstration import WatchDemonstration
from local.processes.process_group import LOGS, ProcessGroup
from local.simulated_jobs.catalog import OWNER_TAG

if TYPE_CHECKING:
    from local.demonstration.single_sign_on import SingleSignOn

_DEFAULT_PORT = 8080
# At this speed an hour of a job takes four seconds.
_DEFAULT_SPEED = 900.0
# Six sources change six times as often.
_DEFAULT_FLEET_SPEED = 450.0
_MAXIMUM_SPEED = 100_000.0
# With --once the watch ends when it has shown everything, at the latest after this.
_WATCH_SECONDS = 15.0
_FLEET_WATCH_SECONDS = 60.0
_CHECK_INTERVAL_SECONDS = 0.5
_INTERRUPTED = 128 + signal.SIGINT  # as shells report it


class _StopRequested(BaseException):
    """Ctrl-C or SIGTERM. Not an Exception, so that no error handler catches it."""


def main() -> int:
    """Run; return the exit code."""
    arguments = _arguments()
    console = Console()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _request_stop)
    try:
        return _run(arguments, console)
    except LocalRunError as error:
        console.error(str(error))
        return 1
    except _StopRequested:
        console.line()
        console.line("Stopped.")
        return _INTERRUPTED if arguments.once else 0


def _run(arguments: argparse.Namespace, console: Console) -> int:
    embedded = arguments.bedrock == "embedded"
    region = (os.environ.get("BEDROCK_REGION") or REGION) if embedded else _configured_region()
    console.line("Starting ...")
    group = _process_group(arguments, region, embedded=embedded)
    sign_on = _single_sign_on() if arguments.jwt else None
    with group.with_single_sign_on(sign_on.authorizer) if sign_on else group as processes:
        show_addresses(console, processes)
        if sign_on:
            sign_on.show(console, processes)
        try:
            demonstrate = _demonstrate_fleet if arguments.fleet else _demonstrate
            return demonstrate(arguments, console, processes)
        except OSError as error:
            processes.check()
            raise LocalRunError(f"A process did not respond: {error}. See {LOGS}/.") from error


def _process_group(arguments: argparse.Namespace, region: str, *, embedded: bool) -> ProcessGroup:
    # With --once no client needs to know the port.
    port = arguments.port if arguments.port is not None else (0 if arguments.once else _DEFAULT_PORT)
    return ProcessGroup(
        region=region,
        port=port,
        embedded=embedded,
        watched=embedded,
        fleet=arguments.fleet,
        # The embedded jobs have this tag; reading the tags of an account's jobs would need a
        # further permission.
        settings={"OWNER_TAG": OWNER_TAG} if embedded else None,
    )


def _demonstrate(arguments: argparse.Namespace, console: Console, processes: ProcessGroup) -> int:
    gateway = processes.gateway
    succeeded = CallerDemonstration(
        console, gateway=gateway, watch=processes.watch, region=processes.region
    ).run()
    if not arguments.once:
        show_examples(console, processes)
    watch = _start_watch(console, processes, arguments.speed)
    notifications = _notifications(console, processes)
    if not arguments.once:
        _serve(processes, watch, notifications)
    watched = True
    if watch and notifications:
        seconds = _WATCH_SECONDS if arguments.speed else 0
        watched = _finish(console, processes, watch, notifications, seconds)
    console.line()
    console.line(
        "All callers succeeded." if succeeded else f"Not all callers succeeded. See {gateway.output}."
    )
    return 0 if succeeded and watched else 1


def _demonstrate_fleet(arguments: argparse.Namespace, console: Console, processes: ProcessGroup) -> int:
    # Imported here: the interpreter of state machines is slow to import, and only the fleet needs it.
    from local.demonstration.fleet.wiring import create_fleet_demonstration  # noqa: PLC0415

    demonstration = create_fleet_demonstration(console, processes)
    succeeded = demonstration.show_answers()
    if not arguments.once:
        show_examples(console, processes)
    demonstration.start_watch(arguments.speed)
    if not arguments.once:
        _serve(processes, demonstration.watch, None)
    succeeded = demonstration.finish(_FLEET_WATCH_SECONDS) and succeeded
    console.line("All of it was observed." if succeeded else f"Not all of it was observed. See {LOGS}/.")
    return 0 if succeeded else 1


def _finish(
    console: Console,
    processes: ProcessGroup,
    watch: WatchDemonstration,
    notifications: NotificationDemonstration,
    seconds: float,
) -> bool:
    tally = watch.run(seconds)
    summarize_watch(console, processes, tally)
    notifications.show(watch.first_failure)
    if seconds:
        ExpectedEndDemonstration(console, lambda path: call(processes.gateway.url + path)).show()
    return tally.succeeded and notifications.succeeded


def _start_watch(console: Console, processes: ProcessGroup, speed: float) -> WatchDemonstration | None:
    if not (processes.watch and processes.resources):
        return None
    invoke = FunctionClient(processes.watch.url).invoke
    watch = WatchDemonstration(console, processes.resources, invoke, region=processes.region)
    introduce_watch(console, speed)
    watch.start(speed)
    return watch


def _notifications(console: Console, processes: ProcessGroup) -> NotificationDemonstration | None:
    if not (processes.notifier and processes.resources):
        return None
    invoke = FunctionClient(processes.notifier.url).invoke
    return NotificationDemonstration(console, processes.resources, invoke)


def _serve(
    processes: ProcessGroup,
    watch: WatchDemonstration | None,
    notifications: NotificationDemonstration | None,
) -> NoReturn:
    while True:
        if watch:
            watch.step()
            if notifications:
                notifications.show(watch.first_failure)
        else:
            time.sleep(_CHECK_INTERVAL_SECONDS)
        processes.check()


def _single_sign_on() -> "SingleSignOn":
    # Imported here because only this option needs the packages of tokens and keys.
    from local.demonstration.single_sign_on import SingleSignOn  # noqa: PLC0415

    return SingleSignOn()


def _configured_region() -> str:
    # Imported here because botocore is slow to import and the embedded run does not need it.
    from local.processes.aws_account import configured_region  # noqa: PLC0415

    return configured_region()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="exit after the demonstration")
    parser.add_argument(
        "--bedrock",
        choices=("embedded", "aws"),
        default="embedded",
        help="the Bedrock to use: the embedded one, or AWS with your credentials (default: %(default)s)",
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        help="the pace of the embedded jobs relative to real ones; 0 stops them "
        f"(default: {_DEFAULT_SPEED:g}, of a fleet {_DEFAULT_FLEET_SPEED:g})",
    )
    parser.add_argument("--port", type=int, help=f"the port on loopback (default: {_DEFAULT_PORT})")
    parser.add_argument(
        "--fleet", action="store_true", help="demonstrate three accounts by two regions instead of one"
    )
    parser.add_argument(
        "--jwt", action="store_true", help="serve the API behind single sign-on as well, and print a token"
    )
    arguments = parser.parse_args()
    if arguments.fleet and arguments.bedrock != "embedded":
        parser.error("--fleet runs with the embedded Bedrock only")
    if arguments.speed is None:
        arguments.speed = _DEFAULT_FLEET_SPEED if arguments.fleet else _DEFAULT_SPEED
    return arguments


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 <= speed <= _MAXIMUM_SPEED:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {_MAXIMUM_SPEED:g}")
    return speed


def _request_stop(_signal: int, _frame: FrameType | None) -> None:
    # Ignore further signals, which would interrupt the cleanup.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise _StopRequested


if __name__ == "__main__":
    sys.exit(main())
