"""The waiting states of workflows, as Step Functions: their task tokens can be answered once."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from local.embedded_aws.wsgi import read_json, respond

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

# `GET` returns the answers so far, by task token.
ANSWERS_PATH = "/_local/answers"
TARGET = "AWSStepFunctions"


class WaitingStates:
    """Keeps the answer to each task token. Every token that was not answered counts as waiting."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[str, Any]] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer `SendTaskSuccess`, `SendTaskFailure`, `SendTaskHeartbeat`, or a request for the answers."""
        if environ["PATH_INFO"] == ANSWERS_PATH:
            return respond(start_response, body=json.dumps(self._answers).encode())
        operation = environ["HTTP_X_AMZ_TARGET"].partition(".")[2]
        parameters = read_json(environ)
        token = parameters.pop("taskToken")
        if token in self._answers:
            error = {"__type": "TaskTimedOut", "message": "The state no longer waits."}
            return respond(start_response, 400, json.dumps(error).encode())
        if operation != "SendTaskHeartbeat":
            self._answers[token] = parameters
        return respond(start_response)
