"""API Gateway's HTTP API with a JWT authorizer: verified requests to events, answers to HTTP responses."""

import base64
import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from customization_jobs.entrypoints.paths import MCP_METHODS, MCP_PATH, METHODS
from local.common.identifiers import ACCOUNT
from local.common.server_process import READY_PATH
from local.gateway.function import Function
from local.gateway.http_messages import Request, Response
from local.gateway.jwt_authorizer import JwtAuthorizer, RefusalError
from local.gateway.lambda_environment import new_trace_header
from local.gateway.request_limits import refuse_oversize
from local.gateway.rest_api import event_body, read_answer

API_ID = "localhttp0"
_STAGE = "$default"
# API Gateway's own limit for HTTP APIs.
_TIMEOUT_SECONDS = 30.0


class HttpApi:
    """The routes of the stack's HTTP API, all of them behind the authorizer."""

    def __init__(
        self, function: Function, authorizer: JwtAuthorizer, timeout_seconds: float = _TIMEOUT_SECONDS
    ) -> None:
        self._function = function
        self._authorizer = authorizer
        self._timeout = timeout_seconds

    def answer(self, request: Request) -> Response:
        """Answer one HTTP request."""
        if request.path == READY_PATH:
            return Response(200, [], b"")
        if refusal := refuse_oversize(request):
            return refusal
        if _route(request) is None:
            return _message(404, "Not Found")
        try:
            authorized = self._authorizer.authorize(request.header("authorization"))
        except RefusalError as error:
            return _message(error.status, error.message, ("www-authenticate", error.challenge))
        return self._invoke(request, authorized)

    def _invoke(self, request: Request, authorized: Mapping[str, Any]) -> Response:
        trace_header = new_trace_header()
        event = proxy_event(request, authorized, trace_header)
        try:
            result = self._function.invoke(event, trace_header, self._timeout)
        except TimeoutError:
            return _message(503, "Service Unavailable")
        try:
            status, headers, body = read_answer({} if result.failed else json.loads(result.payload))
        except (ValueError, TypeError, AttributeError):
            return _message(500, "Internal Server Error")
        return Response(status, [*headers, ("apigw-requestid", event["requestContext"]["requestId"])], body)


def _route(request: Request) -> str | None:
    """Return the key of the route for a request; None if there is none."""
    path = unquote(request.path)
    if path == MCP_PATH and request.method in MCP_METHODS:
        return f"{request.method} {MCP_PATH}"
    if request.method not in METHODS:
        return None
    return f"{request.method} {'/' if path == '/' else '/{proxy+}'}"


def proxy_event(request: Request, authorized: Mapping[str, Any], trace_header: str) -> dict[str, Any]:
    """Build the event of a `{proxy+}` route, payload 2.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

    Parameters
    ----------
    authorized : mapping
        What the authorizer found in the token.
    """
    path, route_key = unquote(request.path), _route(request)
    host = request.header("host")
    headers: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    added = {
        "x-amzn-trace-id": trace_header,
        "x-forwarded-for": request.source_ip,
        "x-forwarded-port": host.partition(":")[2] or "80",
        "x-forwarded-proto": "http",
    }
    body, is_base64 = event_body(request.body)
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    now = time.time()
    return {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": {**headers, **added},
        **({"queryStringParameters": query} if query else {}),
        **({"pathParameters": {"proxy": path.lstrip("/")}} if "{proxy+}" in str(route_key) else {}),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "authorizer": {"jwt": dict(authorized)},
            "domainName": host,
            "domainPrefix": "127",
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": request.header("user-agent"),
            },
            "requestId": base64.b64encode(uuid.uuid4().bytes[:11]).decode(),
            "routeKey": route_key,
            "stage": _STAGE,
            "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now * 1000),
        },
        **({"body": body} if body is not None else {}),
        "isBase64Encoded": is_base64,
    }


def _message(status: int, message: str, *headers: tuple[str, str]) -> Response:
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return Response(status, [("Content-Type", "application/json"), *headers], body)
