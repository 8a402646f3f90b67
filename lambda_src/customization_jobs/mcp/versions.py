"""The versions of the protocol, and how a request chooses one.

Up to version 2025-11-25, a client begins with `initialize`, and later names the version in a header. Since
2026-07-28, each request itself names the version and the client's capabilities. Neither needs a session.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from customization_jobs.errors import cut
from customization_jobs.mcp.messages import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    UNSUPPORTED_VERSION,
    Message,
    ProtocolError,
)

# The versions with structured results and without batches.
HANDSHAKE_VERSIONS = ("2025-06-18", "2025-11-25")
STATELESS_VERSION = "2026-07-28"
VERSIONS = (*HANDSHAKE_VERSIONS, STATELESS_VERSION)

VERSION_HEADER = "mcp-protocol-version"
_METHOD_HEADER = "mcp-method"
_NAME_HEADER = "mcp-name"
# The parameter that the header Mcp-Name repeats.
_NAMES = {"tools/call": "name", **dict.fromkeys(("tasks/get", "tasks/update", "tasks/cancel"), "taskId")}

_VERSION = "io.modelcontextprotocol/protocolVersion"
_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


class Call(NamedTuple):
    """A request in a version of the protocol.

    Attributes
    ----------
    is_stateless : bool
        Whether the version is 2026-07-28.
    extensions : mapping
        The extensions that the client supports.
    """

    message: Message
    is_stateless: bool
    extensions: Mapping[str, Any]


def call_of(message: Message, headers: Mapping[str, str]) -> Call:
    """Find the version of a request.

    Raises
    ------
    ProtocolError
        The version is not supported, or headers and body disagree.
    """
    meta = message.params.get("_meta")
    given = meta if isinstance(meta, Mapping) else {}
    named = headers.get(VERSION_HEADER)
    if _VERSION in given or named == STATELESS_VERSION:
        return _stateless(message, given, headers)
    # `initialize` itself negotiates the version.
    if named is not None and named not in HANDSHAKE_VERSIONS and message.method != "initialize":
        raise _unsupported(message, named)
    return Call(message, is_stateless=False, extensions={})


def negotiated(requested: object) -> str:
    """Return the version with which `initialize` is answered: the requested one, or the newest."""
    return next((each for each in HANDSHAKE_VERSIONS if each == requested), HANDSHAKE_VERSIONS[-1])


def _stateless(message: Message, meta: Mapping[str, Any], headers: Mapping[str, str]) -> Call:
    version, capabilities = meta.get(_VERSION), meta.get(_CAPABILITIES)
    if not isinstance(version, str) or not isinstance(capabilities, Mapping):
        text = f"params._meta must have {_VERSION}, a string, and {_CAPABILITIES}, an object."
        raise ProtocolError(INVALID_PARAMS, text, http_status=400, request_id=message.id)
    expected = {VERSION_HEADER: version, _METHOD_HEADER: message.method}
    if name := _NAMES.get(message.method):
        expected[_NAME_HEADER] = message.params.get(name, "")
    for header, value in expected.items():
        if headers.get(header, "") != value:
            text = f"The header {header} does not match the body."
            raise ProtocolError(HEADER_MISMATCH, text, http_status=400, request_id=message.id)
    if version != STATELESS_VERSION:
        raise _unsupported(message, version)
    extensions = capabilities.get("extensions")
    return Call(message, is_stateless=True, extensions=extensions if isinstance(extensions, Mapping) else {})


def _unsupported(message: Message, version: str) -> ProtocolError:
    return ProtocolError(
        UNSUPPORTED_VERSION,
        f"Version {cut(version)} is not supported; supported: {', '.join(VERSIONS)}.",
        data={"supported": list(VERSIONS), "requested": cut(version)},
        http_status=400,
        request_id=message.id,
    )
