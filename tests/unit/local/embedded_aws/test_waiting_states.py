"""The waiting states of the embedded Step Functions, called as botocore does."""

import io
import json
from typing import Any

from local.embedded_aws.waiting_states import ANSWERS_PATH, WaitingStates


def call(states: WaitingStates, operation: str = "", **parameters: str) -> tuple[str, Any]:
    body = json.dumps(parameters).encode()
    environ: Any = {
        "PATH_INFO": "/" if operation else ANSWERS_PATH,
        "HTTP_X_AMZ_TARGET": f"AWSStepFunctions.{operation}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    status: list[str] = []
    answer = b"".join(states(environ, lambda given, _headers, _info=None: status.append(given)))  # type: ignore[arg-type]
    return status[0].strip(), json.loads(answer)


def test_a_token_is_answered_once() -> None:
    states = WaitingStates()
    assert call(states, "SendTaskHeartbeat", taskToken="t")[0] == "200"
    assert call(states, "SendTaskSuccess", taskToken="t", output="{}")[0] == "200"
    for operation in ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"):
        status, error = call(states, operation, taskToken="t")
        assert (status, error["__type"]) == ("400", "TaskTimedOut")
    assert call(states) == ("200", {"t": {"output": "{}"}})
