"""API Gateway's Lambda proxy integration: an HTTP request becomes an event, an answer becomes HTTP."""

import base64
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

API_ID = "local00000"
STAGE = "prod"
ACCOUNT = "123456789012"
_ERROR_TYPE = "x-amzn-ErrorType"
_REMAPPED = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What came in over HTTP."""

    method: str
    target: str  # path and query string, still encoded
    headers: Pairs
    body: bytes
    source_ip: str


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out over HTTP."""

    status: int
    headers: Pairs
    body: bytes


def proxy_event(request: Request, trace_id: str) -> dict[str, Any]:
    """Build the event of a `{proxy+}` resource, payload 1.0: empty maps are null, as in the real one."""
    url = urlsplit(request.target)
    path = unquote(url.path)
    port = (
        next((value.partition(":")[2] for name, value in request.headers if name.lower() == "host"), "")
        or "80"
    )
    added = [
        ("X-Amzn-Trace-Id", trace_id),
        ("X-Forwarded-For", request.source_ip),
        ("X-Forwarded-Port", port),
        ("X-Forwarded-Proto", "http"),
    ]
    headers = [*request.headers, *added]
    parameters = parse_qsl(url.query, keep_blank_values=True)
    resource = "/{proxy+}" if path != "/" else "/"
    body, is_base64 = _event_body(request.body)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": request.method,
        "headers": dict(headers),
        "multiValueHeaders": _grouped(headers),
        "queryStringParameters": dict(parameters) or None,
        "multiValueQueryStringParameters": _grouped(parameters) or None,
        "pathParameters": {"proxy": path.lstrip("/")} if path != "/" else None,
        "stageVariables": None,
        "requestContext": _request_context(request, resource, path),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _request_context(request: Request, resource: str, path: str) -> dict[str, Any]:
    now = time.time()
    agent = next((value for name, value in request.headers if name.lower() == "user-agent"), None)
    unknown = (
        "accessKey",
        "accountId",
        "caller",
        "cognitoAuthenticationProvider",
        "cognitoAuthenticationType",
        "cognitoIdentityId",
        "cognitoIdentityPoolId",
        "principalOrgId",
        "user",
        "userArn",
    )
    return {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "deploymentId": "local0",
        "domainName": "127.0.0.1",
        "domainPrefix": "127",
        "extendedRequestId": base64.b64encode(uuid.uuid4().bytes[:11]).decode(),
        "httpMethod": request.method,
        # Nobody is authenticated here: the local gateway takes every request, signed or not.
        "identity": {**dict.fromkeys(unknown), "sourceIp": request.source_ip, "userAgent": agent},
        "path": f"/{STAGE}{path}",
        "protocol": "HTTP/1.1",
        "requestId": str(uuid.uuid4()),
        "requestTime": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": "local1",
        "resourcePath": resource,
        "stage": STAGE,
    }


def http_response(answer: bytes, event: Mapping[str, Any]) -> Response:
    """Turn what the function answered into HTTP; a malformed answer is a 502, as in API Gateway."""
    try:
        status, headers, body = _read_answer(json.loads(answer))
    except (ValueError, TypeError, AttributeError):
        return gateway_error(502, "Internal server error", event)
    return Response(status, [*headers, *_gateway_headers(event)], body)


def gateway_error(status: int, message: str, event: Mapping[str, Any]) -> Response:
    """Answer as API Gateway does when the function did not."""
    body = json.dumps({"message": message}).encode()
    headers = [("Content-Type", "application/json"), (_ERROR_TYPE, "InternalServerErrorException")]
    return Response(status, [*headers, *_gateway_headers(event)], body)


def _gateway_headers(event: Mapping[str, Any]) -> Pairs:
    context = event["requestContext"]
    return [
        ("x-amzn-RequestId", context["requestId"]),
        ("x-amz-apigw-id", context["extendedRequestId"]),
        ("X-Amzn-Trace-Id", event["headers"]["X-Amzn-Trace-Id"]),
    ]


def _read_answer(answer: Any) -> tuple[int, Pairs, bytes]:
    # A field that API Gateway does not know makes an answer malformed, too.
    unknown = set(answer) - {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
    status = int(answer["statusCode"]) if "statusCode" in answer else 0
    body = "" if answer.get("body") is None else answer["body"]
    if unknown or not 100 <= status < 600 or not isinstance(body, str):  # noqa: PLR2004 - HTTP's own bounds
        raise ValueError(answer)
    content = base64.b64decode(body, validate=True) if answer.get("isBase64Encoded") else body.encode()
    return status, _read_headers(answer), content


def _read_headers(answer: Mapping[str, Any]) -> Pairs:
    """Merge both maps; a pair that stands in both counts once."""
    many = [
        (name, _header(value))
        for name, values in _fields(answer, "multiValueHeaders").items()
        for value in values
    ]
    single = [(name, _header(value)) for name, value in _fields(answer, "headers").items()]
    headers = [*many, *(pair for pair in single if pair not in many)]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return [(name, value) for name, value in headers if name.lower() not in _REMAPPED]


def _fields(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    fields = answer.get(name)
    if not isinstance(fields, Mapping | None):
        raise TypeError(fields)
    return fields or {}


def _header(value: object) -> str:
    if isinstance(value, str | int | float | bool):
        return json.dumps(value) if isinstance(value, bool) else str(value)
    raise TypeError(value)


def _event_body(body: bytes) -> tuple[str | None, bool]:
    if not body:
        return None, False
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def _grouped(pairs: Pairs) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped
