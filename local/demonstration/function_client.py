"""Invokes the function behind the local gateway in the same way as AWS's services do."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local.common.http_client import HttpResponse, call
from local.common.identifiers import ACCOUNT, FUNCTION_NAME
from local.common.timestamps import format_timestamp
from local.gateway.lambda_api import RESULTS_PATH


class FunctionClient:
    """A client of the function at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def invoke(self, event: object, *, correlation_id: str | None = None) -> HttpResponse:
        """Invoke the function and wait for its answer."""
        if correlation_id is None:
            return self._invoke(event, {})
        context = json.dumps({"custom": {"correlationId": correlation_id}})
        return self.invoke_in_context(event, base64.b64encode(context.encode()).decode())

    def invoke_in_context(self, event: object, client_context: str | None) -> HttpResponse:
        """Invoke the function as Step Functions does: with a client context in base64, if there is one."""
        return self._invoke(event, {"X-Amz-Client-Context": client_context} if client_context else {})

    def invoke_asynchronously(self, event: object) -> HttpResponse:
        """Invoke the function asynchronously, as EventBridge Scheduler does, and wait for the result."""
        accepted = self._invoke(event, {"X-Amz-Invocation-Type": "Event"})
        return call(f"{self._url}{RESULTS_PATH}{accepted.headers['x-amzn-requestid']}")

    def _invoke(self, event: object, headers: Mapping[str, str]) -> HttpResponse:
        path = f"/2015-03-31/functions/{FUNCTION_NAME}/invocations?Qualifier=live"
        return call(self._url + path, method="POST", body=event, headers=headers)


def failed(response: HttpResponse) -> bool:
    """Whether an invocation was rejected, or the function failed."""
    return not response.ok or "x-amz-function-error" in response.headers


def error_text(response: HttpResponse) -> str:
    """Return the error of a failed invocation as one line."""
    try:
        error = response.json()
        return f"{error['errorType']}: {error['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return f"{response.status} {response.text}"


def schedule_event(region: str, execution_prefix: str) -> dict[str, Any]:
    """Build the event with which EventBridge Scheduler starts a sweep now."""
    now = datetime.now(UTC)
    return {
        "schedule": {
            "arn": f"arn:aws:scheduler:{region}:{ACCOUNT}:schedule/default/sweep",
            "scheduledTime": format_timestamp(now.replace(microsecond=0)).replace(".000Z", "Z"),
            "executionId": f"{execution_prefix}-{now:%H%M%S}",
            "attemptNumber": "1",
        }
    }
