"""Adapter for the task tokens of Step Functions, with which a waiting state is completed from outside."""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.errors import WatchUnavailableException

if TYPE_CHECKING:
    from botocore.client import BaseClient

# Limits of a token and of SendTaskFailure's cause.
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html
MAX_TOKEN_LENGTH = 2048
MAX_CAUSE_LENGTH = 32_768
# The state is no longer waiting: it has been answered, has timed out, or its execution has ended.
_DEAD = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class TaskTokens:
    """Answers waiting states. Each method returns whether the state was still waiting.

    Parameters
    ----------
    open_client : callable
        Creates a `stepfunctions` client with `create_client`, on first use: most events answer no state.

    Raises
    ------
    WatchUnavailableException
        Step Functions did not answer, or refused. The call may have succeeded nevertheless.
    """

    def __init__(self, open_client: "Callable[[], BaseClient]") -> None:
        self._open_client = open_client

    @cached_property
    def _client(self) -> Any:
        return self._open_client()

    def succeed(self, token: str, output: Mapping[str, Any]) -> bool:
        """End the state with an output of at most 256 KiB as JSON."""
        return self._call("send_task_success", taskToken=token, output=json.dumps(output))

    def fail(self, token: str, error: str, cause: str) -> bool:
        """End the state with an error that its `Catch` can match. A longer cause is cut."""
        return self._call("send_task_failure", taskToken=token, error=error, cause=cause[:MAX_CAUSE_LENGTH])

    def keep_alive(self, token: str) -> bool:
        """Restart the state's `HeartbeatSeconds`."""
        return self._call("send_task_heartbeat", taskToken=token)

    def _call(self, operation: str, **parameters: str) -> bool:
        try:
            getattr(self._client, operation)(**parameters)
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            if code in _DEAD:
                return False
            raise WatchUnavailableException(f"Step Functions returned {code}. Try again later.") from error
        except BotoCoreError as error:
            raise WatchUnavailableException("Step Functions did not answer. Try again later.") from error
        return True
