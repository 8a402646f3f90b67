"""API Gateway's limits on the size of a request."""

import json

from local.gateway.http_messages import Request, Response

# API Gateway's quotas for REST APIs: the request line with the values of all headers, and the body.
MAXIMUM_HEADER_BYTES = 10_240
MAXIMUM_BODY_BYTES = 10 * 1024 * 1024


def refuse_oversize(request: Request) -> Response | None:
    """Return the response to a request that is too large, None for any other."""
    header_bytes = len(request.method) + len(request.target) + sum(len(value) for _, value in request.headers)
    if header_bytes > MAXIMUM_HEADER_BYTES:
        subject = f"The request line and headers have {header_bytes} bytes, which exceeds"
        return _refusal(431, subject, MAXIMUM_HEADER_BYTES)
    if len(request.body) > MAXIMUM_BODY_BYTES:
        return _refusal(413, "The body exceeds", MAXIMUM_BODY_BYTES)
    return None


def _refusal(status: int, subject: str, limit: int) -> Response:
    message = f"{subject} the limit of {limit} bytes."
    return Response(status, [("Content-Type", "application/json")], json.dumps({"message": message}).encode())
