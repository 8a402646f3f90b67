"""`make run`: start the service here, play its three callers once, then serve and show the watch."""

import argparse
import os
import signal
import sys
import time
from types import FrameType

from local.bedrock_events import LOST_EVERY
from local.demonstration import Demonstration
from local.environment import FUNCTION_NAME
from local.screen import Screen
from local.seed import REGION
from local.stack import LOGS, Stack, StartError
from local.watching import SWEEP_SECONDS, Tally, Watching, invoker

_DEFAULT_PORT = 8080
_LOOK_SECONDS = 0.5
# An hour of a job in four seconds.
_DEFAULT_SPEED = 900.0
_MOST_SPEED = 100_000.0
# With --once the watch is shown until there was something of each kind, and not for longer.
_STRETCH_SECONDS = 15.0
_INTERRUPTED = 130  # as shells tell it: 128 and SIGINT
# The CLI and the SDKs want credentials to sign with, also where nobody looks at the signature.
_EXAMPLES = """\
curl '{url}/model-customization-jobs?maxResults=2'
curl '{url}/overview?nameContains=support'
curl {url}/openapi.json
curl {url}/model-customization-jobs/NAME/timeline

export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local

aws bedrock list-model-customization-jobs --endpoint-url {url} \\
    --region {region} --status-equals InProgress

curl {url}/2015-03-31/functions/{function}/invocations \\
    --data '{{"nameContains": "support"}}'

# AWS CLI 2; version 1 knows no --cli-binary-format and needs none
aws lambda invoke --endpoint-url {url} --region {region} \\
    --function-name {function} --cli-binary-format raw-in-base64-out \\
    --payload '{{"statusEquals": "Failed"}}' /dev/stdout

python3 -c '
import boto3
bedrock = boto3.client("bedrock", "{region}", endpoint_url="{url}")
for page in bedrock.get_paginator("list_model_customization_jobs").paginate():
    for job in page["modelCustomizationJobSummaries"]:
        print(job["status"], job["jobName"])
'
"""


class _Told(BaseException):
    """Someone pressed Ctrl-C, or sent SIGTERM. Not an Exception: no handler of errors may take it for one."""


def main() -> int:
    """Run; return the exit code: 0 when all went well."""
    arguments = _arguments()
    screen = Screen()
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, _tell)
    try:
        return _run(arguments, screen)
    except StartError as error:
        screen.error(str(error))
        return 1
    except _Told:
        screen.line()
        screen.line("Stopped.")
        return _INTERRUPTED if arguments.once else 0


def _run(arguments: argparse.Namespace, screen: Screen) -> int:
    embedded = arguments.bedrock == "embedded"
    region = (os.environ.get("BEDROCK_REGION") or REGION) if embedded else _users_region()
    # With --once nobody comes later: any port will do.
    port = arguments.port if arguments.port is not None else (0 if arguments.once else _DEFAULT_PORT)
    screen.line("Starting ...")
    with Stack(region=region, port=port, embedded=embedded, watched=embedded) as stack:
        _introduce(screen, stack)
        try:
            return _play(arguments, screen, stack)
        except OSError as error:
            stack.check()
            raise StartError(f"A part of the run did not answer: {error}. See {LOGS}/.") from error


def _play(arguments: argparse.Namespace, screen: Screen, stack: Stack) -> int:
    gateway = stack.gateway
    succeeded = Demonstration(screen, url=gateway.url, log=gateway.output, region=stack.region).play()
    if not arguments.once:
        _show_examples(screen, stack)
    watching = _watching(screen, stack)
    if watching:
        _introduce_watch(screen, arguments.speed)
        watching.begin(arguments.speed)
    if arguments.once:
        good = True
        if watching:
            tally = watching.play(_STRETCH_SECONDS if arguments.speed else 0)
            good = _conclude(screen, stack, tally)
        else:
            screen.line()
        screen.line(
            "All three were answered." if succeeded else f"Not all were answered. See {gateway.output}."
        )
        return 0 if succeeded and good else 1
    while True:
        if watching:
            watching.look()
        else:
            time.sleep(_LOOK_SECONDS)
        stack.check()


def _watching(screen: Screen, stack: Stack) -> Watching | None:
    if not (stack.watch and stack.resources):
        return None
    return Watching(screen, stack.resources, invoker(stack.watch.url), region=stack.region)


def _introduce_watch(screen: Screen, speed: float) -> None:
    pace = f"{speed:g} times as fast as Bedrock's own" if speed else "time stands still"
    screen.heading(f"The watch: jobs move ({pace}), each transition is told once")
    screen.line(
        f"   Every {LOST_EVERY}rd event of Bedrock is dropped on purpose; "
        f"a sweep looks every {SWEEP_SECONDS:g} s. Times are UTC."
    )
    screen.line()


def _conclude(screen: Screen, stack: Stack, tally: Tally) -> bool:
    screen.line()
    if tally.good:
        screen.line(
            f"The watch told {len(tally.told)} transitions, each once; "
            f"the events missed {tally.missed} that the sweep found."
        )
    else:
        why = f"{tally.twice} of them twice" if tally.told else "which is nothing"
        failed = f", and failed {len(tally.errors)} times" if tally.errors else ""
        where = stack.watch.output if stack.watch else LOGS
        screen.line(f"The watch told {len(tally.told)} transitions, {why}{failed}. See {where}.")
    return tally.good


def _users_region() -> str:
    # Imported here because botocore takes its time, which the embedded run need not wait for.
    from local.account import user_region  # noqa: PLC0415

    return user_region()


def _introduce(screen: Screen, stack: Stack) -> None:
    bedrock = (
        f"{stack.bedrock.url}  (embedded: moto, corrected)" if stack.bedrock else "AWS, with your credentials"
    )
    screen.heading("Model customization jobs, served here")
    screen.facts(
        [
            ("Bedrock", f"{bedrock}, region {stack.region}"),
            ("service", f"{stack.gateway.url}  (the Lambda handler behind a local API Gateway)"),
            *(
                [("watch", f"{stack.watch.url}  (the same handler with the table and the bus)")]
                if stack.watch
                else []
            ),
            ("board", f"{stack.gateway.url}/  (the dashboard's widget as a page, for your browser)"),
            ("logs", f"{LOGS}/"),
        ]
    )


def _show_examples(screen: Screen, stack: Stack) -> None:
    screen.heading("Try it, from another terminal")
    # Not indented: what is copied must run.
    screen.line(_EXAMPLES.format(url=stack.gateway.url, region=stack.region, function=FUNCTION_NAME))
    screen.line("Serving. Ctrl-C stops it.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the demonstration")
    parser.add_argument(
        "--bedrock",
        choices=("embedded", "aws"),
        default="embedded",
        help="which Bedrock answers: the embedded one, or AWS with your credentials (default: %(default)s)",
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        default=_DEFAULT_SPEED,
        help="how much faster than real ones the embedded jobs move; 0: not at all (default: %(default)g)",
    )
    parser.add_argument("--port", type=int, help=f"where to serve on loopback (default: {_DEFAULT_PORT})")
    return parser.parse_args()


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 <= speed <= _MOST_SPEED:
        raise argparse.ArgumentTypeError(f"a number from 0 to {_MOST_SPEED:g}")
    return speed


def _tell(_signal: int, _frame: FrameType | None) -> None:
    # Once is enough: impatience must not interrupt the tidying up.
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.SIG_IGN)
    raise _Told


if __name__ == "__main__":
    sys.exit(main())
