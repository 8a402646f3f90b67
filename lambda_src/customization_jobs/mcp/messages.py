"""JSON-RPC 2.0, as far as MCP uses it: one request or notification in, one response out."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn, TypeAlias

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
# https://modelcontextprotocol.io/specification/2026-07-28/basic
HEADER_MISMATCH = -32020
MISSING_CLIENT_CAPABILITY = -32021
UNSUPPORTED_VERSION = -32022

Id: TypeAlias = str | int | None


class ProtocolError(Exception):
    """A message that the protocol does not allow. It is answered with a JSON-RPC error.

    Attributes
    ----------
    code : int
        Of JSON-RPC or of MCP.
    data : mapping or None
        Details for the client.
    http_status : int or None
        Status of the HTTP answer. None: it depends on the version of the protocol.
    request_id : str, int or None
        Of the request, if it could be read.
    """

    def __init__(
        self,
        code: int,
        message: str,
        *,
        data: Mapping[str, Any] | None = None,
        http_status: int | None = None,
        request_id: Id = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.data = data
        self.http_status = http_status
        self.request_id = request_id


class Message(NamedTuple):
    """A request, or a notification.

    Attributes
    ----------
    id : str, int or None
        None: a notification, which is not answered.
    """

    id: Id
    method: str
    params: Mapping[str, Any]


def parse(body: bytes) -> Message:
    """Read a message.

    Raises
    ------
    ProtocolError
        It is not JSON, not a message of JSON-RPC 2.0, or a batch, which MCP has not had since 2025-06-18.
    """
    try:
        decoded = json.loads(body, parse_constant=_refuse)
    # A number can have too many digits, and objects can be nested too deeply.
    except (ValueError, RecursionError):
        raise ProtocolError(PARSE_ERROR, "The body is not JSON.", http_status=400) from None
    if isinstance(decoded, list):
        raise _invalid("The body is a batch. Send each message in its own request.")
    if not isinstance(decoded, dict):
        raise _invalid("The body is not an object.")
    request_id = _id(decoded)
    method, params = decoded.get("method"), decoded.get("params", {})
    if decoded.get("jsonrpc") != "2.0":
        raise _invalid('The body has no "jsonrpc": "2.0".', request_id)
    if not isinstance(method, str):
        raise _invalid("The body has no method: it is neither a request nor a notification.", request_id)
    if not isinstance(params, dict):
        raise _invalid("params is not an object.", request_id)
    return Message(request_id, method, params)


def response(request_id: Id, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response of a request."""
    return {"jsonrpc": "2.0", "id": request_id, "result": result}


def error_response(
    request_id: Id, code: int, message: str, data: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the response of a request that failed."""
    details = {} if data is None else {"data": data}
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message, **details}}


def _id(decoded: Mapping[str, Any]) -> Id:
    if "id" not in decoded:
        return None
    request_id = decoded["id"]
    # JSON's true is an int in Python. MCP allows no null.
    if isinstance(request_id, str) or (isinstance(request_id, int) and not isinstance(request_id, bool)):
        return request_id
    raise _invalid("id is neither a string nor a whole number.")


def _invalid(message: str, request_id: Id = None) -> ProtocolError:
    return ProtocolError(INVALID_REQUEST, message, http_status=400, request_id=request_id)


def _refuse(constant: str) -> NoReturn:
    # Python reads NaN and Infinity, which are not JSON.
    raise ValueError(constant)
