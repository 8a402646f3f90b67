"""MCP over HTTP: each message is a POST request, and each response one JSON document.

https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from customization_jobs.entrypoints.http_answer import JSON, Answer, proxy_answer
from customization_jobs.entrypoints.http_request import HttpRequest, body_of, headers_of
from customization_jobs.entrypoints.negotiation import preferred
from customization_jobs.errors import CustomizationJobsError, cut
from customization_jobs.mcp.messages import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    MISSING_CLIENT_CAPABILITY,
    Id,
    ProtocolError,
    error_response,
    parse,
    response,
)
from customization_jobs.mcp.server import McpServer, failed
from customization_jobs.mcp.versions import Call, call_of
from customization_jobs.observability import Observability
from customization_jobs.timeouts import Deadline

# Far more than any call of these tools needs.
_MAX_BODY_BYTES = 64 * 1024
# For stateless requests. In earlier versions of the protocol the status is 200, because 404 ends a session.
_STATUSES = {METHOD_NOT_FOUND: 404, INVALID_PARAMS: 400, MISSING_CLIENT_CAPABILITY: 400}


class McpHttp:
    """Answers `POST /mcp`."""

    def __init__(self, server: McpServer, observability: Observability) -> None:
        self._server = server
        self._observability = observability

    def answer(self, request: HttpRequest, event: Mapping[str, Any], deadline: Deadline) -> Answer:
        """Answer a message. Protocol errors are returned as answers; other errors are raised.

        Raises
        ------
        CustomizationJobsError
            A tool failed; `failure_answer` has the answer.
        """
        call: Call | None = None
        try:
            call = _read(request.headers, event)
            if call.message.id is None:
                return proxy_answer(202, "", {"Content-Type": JSON})
            self._observability.annotate(mcp_method=cut(call.message.method))
            return _answer(response(call.message.id, self._server.answer(call, deadline)))
        except ProtocolError as error:
            self._observability.annotate(mcp_error=error.code)
            return _refusal(error, call)


def failure_answer(error: CustomizationJobsError, event: Mapping[str, Any]) -> Answer:
    """Answer an error that was raised for a message, whose event may be malformed."""
    call: Call | None = None
    try:
        call = _read(headers_of(event), event)
        result = failed(call, error, datetime.now(UTC))
    except ProtocolError as refused:
        return _refusal(refused, call)
    if result is not None:
        return _answer(response(call.message.id, result))
    name = type(error).__name__
    return _answer(error_response(call.message.id, INTERNAL_ERROR, f"{name}: {error}"), error.http_status)


def _read(headers: Mapping[str, str], event: Mapping[str, Any]) -> Call:
    if "origin" in headers:
        # Otherwise a page could reach a local server by DNS rebinding.
        raise _not_served(403, "Requests of web pages are not served: this API has no origin.")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != JSON:
        raise _not_served(415, f"The header Content-Type is not {JSON}.")
    accept = headers.get("accept")
    if accept and preferred(accept, {JSON: {}}) is None:
        raise _not_served(406, f"The header Accept does not allow {JSON}.")
    body = body_of(event)
    if len(body) > _MAX_BODY_BYTES:
        raise _not_served(413, f"The body has {len(body)} bytes; allowed: at most {_MAX_BODY_BYTES}.")
    return call_of(parse(body), headers)


def _not_served(status: int, message: str) -> ProtocolError:
    return ProtocolError(INVALID_REQUEST, message, http_status=status)


def _refusal(error: ProtocolError, call: Call | None) -> Answer:
    request_id: Id = call.message.id if call else error.request_id
    status = error.http_status or (_STATUSES[error.code] if call and call.is_stateless else 200)
    return _answer(error_response(request_id, error.code, str(error), error.data), status)


def _answer(body: Mapping[str, Any], status: int = 200) -> Answer:
    # In ASCII: strings of a message can contain lone surrogates.
    return proxy_answer(status, json.dumps(body, separators=(",", ":")), {"Content-Type": JSON})
