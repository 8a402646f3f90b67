"""API Gateway's Lambda proxy integration: HTTP requests to events, answers to HTTP responses."""

import base64
import json
import re
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.common.identifiers import ACCOUNT
from local.gateway.http_messages import Pairs, Request, Response

API_ID = "local00000"
STAGE = "prod"
_ERROR_TYPE = "x-amzn-ErrorType"
_DROPPED_HEADERS = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})
# Other characters could end the header early, and with it the response.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_NULL_IDENTITY_FIELDS = (
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


def proxy_event(request: Request, trace_header: str) -> dict[str, Any]:
    """Build the event of a `{proxy+}` resource, payload 1.0; like API Gateway, with null for empty maps."""
    path = unquote(request.path)
    port = request.header("host").partition(":")[2] or "80"
    added = [
        ("X-Amzn-Trace-Id", trace_header),
        ("X-Forwarded-For", request.source_ip),
        ("X-Forwarded-Port", port),
        ("X-Forwarded-Proto", "http"),
    ]
    headers = [*request.headers, *added]
    parameters = parse_qsl(request.query, keep_blank_values=True)
    resource = "/{proxy+}" if path != "/" else "/"
    body, is_base64 = event_body(request.body)
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
    return {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "deploymentId": "local0",
        # As behind a custom domain: the URL has no stage.
        "domainName": request.header("host"),
        "domainPrefix": "127",
        "extendedRequestId": base64.b64encode(uuid.uuid4().bytes[:11]).decode(),
        "httpMethod": request.method,
        # The local gateway accepts every request, signed or not, and authenticates none.
        "identity": {
            **dict.fromkeys(_NULL_IDENTITY_FIELDS),
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent") or None,
        },
        "path": path,
        "protocol": "HTTP/1.1",
        "requestId": str(uuid.uuid4()),
        "requestTime": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": "local1",
        "resourcePath": resource,
        "stage": STAGE,
    }


def http_response(answer: bytes, event: Mapping[str, Any]) -> Response:
    """Turn the function's answer into an HTTP response; 502 if it is malformed, as API Gateway does."""
    try:
        status, headers, body = read_answer(json.loads(answer))
    except (ValueError, TypeError, AttributeError):
        return gateway_error(502, "Internal server error", event)
    return Response(status, [*headers, *_gateway_headers(event)], body)


def gateway_error(status: int, message: str, event: Mapping[str, Any]) -> Response:
    """Return API Gateway's response when the function gave none."""
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


def read_answer(answer: Any) -> tuple[int, Pairs, bytes]:
    """Return status, headers and body of a proxy answer; raises if it is malformed."""
    # API Gateway rejects answers with fields that it does not know.
    unknown = set(answer) - {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
    status = int(answer["statusCode"]) if "statusCode" in answer else 0
    body = "" if answer.get("body") is None else answer["body"]
    if unknown or not 200 <= status < 600 or not isinstance(body, str):  # noqa: PLR2004 - HTTP's own bounds
        raise ValueError(answer)
    content = base64.b64decode(body, validate=True) if answer.get("isBase64Encoded") else body.encode()
    return status, _read_headers(answer), content


def _read_headers(answer: Mapping[str, Any]) -> Pairs:
    """Merge both maps; a pair that is in both counts once."""
    multiple = [
        (name, _header_text(value))
        for name, values in _fields(answer, "multiValueHeaders").items()
        for value in values
    ]
    single = [(name, _header_text(value)) for name, value in _fields(answer, "headers").items()]
    headers = [*multiple, *(pair for pair in single if pair not in multiple)]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return [_checked(*pair) for pair in headers if pair[0].lower() not in _DROPPED_HEADERS]


def _checked(name: str, value: str) -> tuple[str, str]:
    if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
        raise ValueError(name)
    return name, value.strip()


def _fields(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    fields = answer.get(name)
    if not isinstance(fields, Mapping | None):
        raise TypeError(fields)
    return fields or {}


def _header_text(value: object) -> str:
    if isinstance(value, str | int | float | bool):
        return json.dumps(value) if isinstance(value, bool) else str(value)
    raise TypeError(value)


def event_body(body: bytes) -> tuple[str | None, bool]:
    """Return a body as an event has it, and whether it is in Base64."""
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
