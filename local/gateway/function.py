"""The function behind the gateway: invokes its alias with events."""

import json
from typing import Any

from local.common.identifiers import ACCOUNT, FUNCTION_NAME
from local.gateway.lambda_environment import Invocation, LambdaEnvironment, Result


class Function:
    """The alias `live` of the one function."""

    def __init__(self, environment: LambdaEnvironment, region: str) -> None:
        self._environment = environment
        self._arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{FUNCTION_NAME}:live"

    def invoke(self, event: dict[str, Any], trace_header: str, wait_seconds: float) -> Result:
        """Wait for the result of an invocation; raises TimeoutError after `wait_seconds`."""
        invocation = Invocation(json.dumps(event).encode(), self._arn, trace_header=trace_header)
        return self._environment.invoke(invocation, wait_seconds)
