"""Routes requests to Lambda's Invoke operation, or to the function behind the REST API."""

from customization_jobs.entrypoints.paths import BOARD_PATH, TRENDS_PATH
from local.common.server_process import READY_PATH
from local.gateway.function import Function
from local.gateway.http_messages import Request, Response
from local.gateway.lambda_api import INVOKE_PATH, RESULTS_PATH, LambdaApi
from local.gateway.lambda_environment import LambdaEnvironment, new_trace_header
from local.gateway.request_limits import refuse_oversize
from local.gateway.rest_api import gateway_error, http_response, proxy_event

# API Gateway's own limit for REST APIs.
_INTEGRATION_TIMEOUT_SECONDS = 29.0


class Gateway:
    """The gateway.

    `/`, which the REST API does not serve, redirects to the board, and `/trends` redirects browsers to its
    charts.
    """

    def __init__(
        self,
        environment: LambdaEnvironment,
        region: str,
        integration_timeout_seconds: float = _INTEGRATION_TIMEOUT_SECONDS,
    ) -> None:
        self._function = Function(environment, region)
        self._lambda_api = LambdaApi(environment, region)
        self._timeout = integration_timeout_seconds

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
        if (query := _query_of_board(request)) is not None:
            return Response(302, [("Location", f"{BOARD_PATH}?{query}".rstrip("?"))], b"")
        return self._rest_api(request)

    def _rest_api(self, request: Request) -> Response:
        trace_header = new_trace_header()
        event = proxy_event(request, trace_header)
        try:
            result = self._function.invoke(event, trace_header, self._timeout)
        except TimeoutError:
            return gateway_error(504, "Endpoint request timed out", event)
        if result.failed:
            return gateway_error(502, "Internal server error", event)
        return http_response(result.payload, event)


def _query_of_board(request: Request) -> str | None:
    """Return the query string of the board to which a request is redirected; None if it is not."""
    if request.method not in ("GET", "HEAD"):
        return None
    if request.path == "/":
        return request.query
    if request.path == TRENDS_PATH and "text/html" in request.header("accept"):
        return "&".join(filter(None, ("trends=true", request.query)))
    return None
