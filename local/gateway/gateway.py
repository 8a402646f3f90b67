"""Routes requests to Lambda's Invoke operation, the board page, or the function behind the REST API."""

import json
from typing import Any

from local.common.identifiers import ACCOUNT, FUNCTION_NAME
from local.common.server_process import READY_PATH
from local.gateway.board_page import PATH as BOARD_PATH
from local.gateway.board_page import TRENDS_PATH, BoardPage
from local.gateway.http_messages import Request, Response
from local.gateway.lambda_api import INVOKE_PATH, RESULTS_PATH, LambdaApi
from local.gateway.lambda_environment import Invocation, LambdaEnvironment, new_trace_header
from local.gateway.request_limits import refuse_oversize
from local.gateway.rest_api import gateway_error, http_response, proxy_event

# API Gateway's own limit for REST APIs.
_INTEGRATION_TIMEOUT_SECONDS = 29.0


class Gateway:
    """The gateway; `/`, which the REST API does not serve, is the board as a page.

    So are its trends at `/trends`, but only for browsers: others get the API's answer at this path.
    """

    def __init__(
        self,
        environment: LambdaEnvironment,
        region: str,
        integration_timeout_seconds: float = _INTEGRATION_TIMEOUT_SECONDS,
    ) -> None:
        self._environment = environment
        self._lambda_api = LambdaApi(environment, region)
        self._timeout = integration_timeout_seconds
        self._function_arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{FUNCTION_NAME}:live"

    def answer(self, request: Request) -> Response:
        """Answer one HTTP request."""
        path = request.path
        if path == READY_PATH:
            return Response(200, [], b"")
        if refusal := refuse_oversize(request):
            return refusal
        if request.method == "POST" and INVOKE_PATH.fullmatch(path):
            return self._lambda_api.invoke(request)
        if path.startswith(RESULTS_PATH):
            return self._lambda_api.result(path.removeprefix(RESULTS_PATH), self._timeout)
        if request.method in ("GET", "HEAD") and (
            path == BOARD_PATH or (path == TRENDS_PATH and _accepts_html(request))
        ):
            return self._board(request)
        return self._rest_api(request)

    def _board(self, request: Request) -> Response:
        page = BoardPage(request.target)
        try:
            result = self._environment.invoke(
                self._invocation(page.event(), new_trace_header()), self._timeout
            )
        except TimeoutError:
            return page.failure("The function did not respond in time.")
        if result.failed:
            return page.failure("The function failed; see its log.")
        return page.response(json.loads(result.payload))

    def _rest_api(self, request: Request) -> Response:
        trace_header = new_trace_header()
        event = proxy_event(request, trace_header)
        try:
            result = self._environment.invoke(self._invocation(event, trace_header), self._timeout)
        except TimeoutError:
            return gateway_error(504, "Endpoint request timed out", event)
        if result.failed:
            return gateway_error(502, "Internal server error", event)
        return http_response(result.payload, event)

    def _invocation(self, event: dict[str, Any], trace_header: str) -> Invocation:
        return Invocation(json.dumps(event).encode(), self._function_arn, trace_header=trace_header)


def _accepts_html(request: Request) -> bool:
    """Whether the client names HTML, as browsers do. A client of the API does not, or accepts anything."""
    return any(name.lower() == "accept" and "text/html" in value.lower() for name, value in request.headers)
