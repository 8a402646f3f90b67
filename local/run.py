"""`make run`: start the service on this machine, play its three callers once, then keep serving."""

import argparse
import os
import signal
import sys
import time
from types import FrameType

from local.demonstration import Demonstration
from local.environment import FUNCTION_NAME
from local.screen import Screen
from local.seed import REGION
from local.stack import LOGS, Stack, StartError

_DEFAULT_PORT = 8080
_LOOK_SECONDS = 0.5
_INTERRUPTED = 130  # as shells tell it: 128 and SIGINT
# The CLI and the SDKs want credentials to sign with, also where nobody looks at the signature.
_EXAMPLES = """\
curl '{url}/model-customization-jobs?maxResults=2'
curl {url}/openapi.json

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
    with Stack(region=region, port=port, embedded=embedded) as stack:
        _introduce(screen, stack)
        gateway = stack.gateway
        try:
            succeeded = Demonstration(screen, url=gateway.url, log=gateway.output, region=region).play()
        except OSError as error:
            stack.check()
            raise StartError(f"The local gateway did not answer: {error}. See {gateway.errors}.") from error
        if arguments.once:
            screen.line()
            screen.line(
                "All three were answered." if succeeded else f"Not all were answered. See {gateway.output}."
            )
            return 0 if succeeded else 1
        _show_examples(screen, stack)
        while True:
            time.sleep(_LOOK_SECONDS)
            stack.check()


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
    parser.add_argument("--port", type=int, help=f"where to serve on loopback (default: {_DEFAULT_PORT})")
    return parser.parse_args()


def _tell(_signal: int, _frame: FrameType | None) -> None:
    # Once is enough: impatience must not interrupt the tidying up.
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.SIG_IGN)
    raise _Told


if __name__ == "__main__":
    sys.exit(main())
