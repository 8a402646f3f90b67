"""The route of the Model Context Protocol, whose messages that protocol defines."""

from typing import Any

from customization_jobs.mcp.versions import VERSIONS
from openapi.schemas import TEXT, ref, structure

_ID = {"type": ["string", "integer", "null"]}
MCP_SCHEMAS = {
    "McpMessage": structure(
        {"jsonrpc": {"const": "2.0"}, "id": _ID, "method": TEXT, "params": {"type": "object"}},
        "A request of JSON-RPC 2.0, or without an id a notification. Batches are not served.",
        optional=("id", "params"),
    ),
    "McpResult": structure(
        {"jsonrpc": {"const": "2.0"}, "id": _ID, "result": {"type": "object"}},
        "The result of a request. A tool that failed has a result too, with isError.",
    ),
    "McpError": structure(
        {
            "jsonrpc": {"const": "2.0"},
            "id": _ID,
            "error": structure(
                {"code": {"type": "integer"}, "message": TEXT, "data": {"type": "object"}}, optional=("data",)
            ),
        },
        "An error of the protocol.",
    ),
}


def post_message(tag: str) -> dict[str, Any]:
    """Return the path to which messages are posted."""
    operation = {
        "operationId": "SendMcpMessage",
        "tags": [tag],
        "summary": "Send a message of the Model Context Protocol",
        "description": f"For agents: tools that read. Stateless; protocol versions {', '.join(VERSIONS)}.",
        "requestBody": {"required": True, "content": _content(ref("McpMessage"))},
        "responses": {
            # Before 2026-07-28, the protocol answers most of its errors with this status.
            "200": {
                "description": "The response of a request",
                "content": _content({"oneOf": [ref("McpResult"), ref("McpError")]}),
            },
            "202": {"description": "A notification was accepted"},
            "default": {"description": "The message was refused", "content": _content(ref("McpError"))},
        },
    }
    return {"post": operation}


def _content(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
