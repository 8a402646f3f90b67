"""Asks a new version of a function to check itself, and reports the result to CodeDeploy.

CodeDeploy invokes this function before it shifts traffic, and waits up to an hour for the report. The code is
deployed separately from the functions' bundle and uses the botocore of Lambda's Python runtime, so that a
bundle that cannot even be imported is reported instead of waited for.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# Environment variable with the ARN of the version to check.
VERSION_VARIABLE = "CHECKED_VERSION_ARN"
# Makes a function list one page, read one record and validate one event. It publishes nothing.
SELF_CHECK: Mapping[str, Any] = {"selfCheck": {}}
# Errors that a correct version raises too while Bedrock or the table is overloaded.
TRANSIENT_ERRORS = frozenset(
    {
        "BedrockTimeoutException",
        "BedrockUnavailableException",
        "ThrottlingException",
        "WatchUnavailableException",
    }
)
PAUSES_SECONDS = (10, 30)
# A self-check takes a few seconds. Three of them and the pauses fit into the function's timeout.
INVOCATION_SECONDS = 75
TIMEOUT_SECONDS = 300
_REPORTED_CHARACTERS = 500

_LOGGER = logging.getLogger(__name__)


class SelfCheckError(Exception):
    """The new version did not pass its self-check; the message says why.

    Parameters
    ----------
    message : str
        What the version raised or answered.
    transient : bool
        Whether another attempt can succeed although nothing has changed.
    """

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


def lambda_handler(event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Check the version that the environment names, and report the result to CodeDeploy."""
    _LOGGER.setLevel(logging.INFO)
    session = botocore.session.Session()
    config = Config(read_timeout=INVOCATION_SECONDS, retries={"mode": "standard", "total_max_attempts": 1})
    return check_and_report(
        event,
        session.create_client("lambda", config=config),
        session.create_client("codedeploy"),
        version_arn=os.environ[VERSION_VARIABLE],
    )


def check_and_report(
    event: Mapping[str, Any],
    lambda_: Any,
    codedeploy: Any,
    *,
    version_arn: str,
    pause: Callable[[float], None] = time.sleep,
) -> dict[str, str]:
    """Check a version, and report `Succeeded` or `Failed` whatever happens during the check.

    Parameters
    ----------
    event : mapping
        CodeDeploy's `DeploymentId` and `LifecycleEventHookExecutionId`.
    lambda_, codedeploy : botocore.client.BaseClient
        The clients.
    version_arn : str
        ARN of the version to check.
    pause : callable
        Waits for a number of seconds.
    """
    try:
        answer = _check_with_retries(lambda_, version_arn, pause)
    except Exception as error:
        _LOGGER.exception("Self-check failed", extra={"version": version_arn})
        status, reason = "Failed", str(error)
    else:
        _LOGGER.info("Self-check succeeded", extra={"version": version_arn, "answer": answer})
        status, reason = "Succeeded", ""
    codedeploy.put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status=status,
    )
    return {"status": status, "reason": reason}


def _check_with_retries(lambda_: Any, version_arn: str, pause: Callable[[float], None]) -> Mapping[str, Any]:
    for seconds in PAUSES_SECONDS:
        try:
            return self_check(lambda_, version_arn)
        except SelfCheckError as error:
            if not error.transient:
                raise
            _LOGGER.warning("Self-check is repeated", extra={"version": version_arn, "reason": str(error)})
        pause(seconds)
    return self_check(lambda_, version_arn)


def self_check(lambda_: Any, version_arn: str) -> Mapping[str, Any]:
    """Invoke the self-check of a version, and return its answer.

    Raises
    ------
    SelfCheckError
        The version could not be invoked, raised an error, or did not do everything that a self-check does.
    """
    try:
        response = lambda_.invoke(FunctionName=version_arn, Payload=json.dumps(SELF_CHECK).encode())
    except (ClientError, BotoCoreError) as error:
        raise SelfCheckError(f"The version could not be invoked: {error}", transient=True) from error
    text = response["Payload"].read().decode(errors="replace")
    shown = text[:_REPORTED_CHARACTERS]
    answer = _json_object(text)
    if "FunctionError" in response:
        transient = answer.get("errorType") in TRANSIENT_ERRORS
        raise SelfCheckError(f"The version raised {shown}", transient=transient)
    if not _is_complete(answer):
        raise SelfCheckError(
            f"The version answered {shown}; expected: the number of jobs that it listed, recordRead true and "
            "eventValidated true."
        )
    return answer


def _is_complete(answer: Mapping[str, Any]) -> bool:
    # `type` instead of `isinstance`, because Python counts true and false as whole numbers.
    listed = type(answer.get("listed")) is int
    return listed and answer.get("recordRead") is True and answer.get("eventValidated") is True


def _json_object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}
