"""WSGI helpers for the applications of this package."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


def read_json(environ: "WSGIEnvironment") -> Any:
    """Parse the body of a request."""
    return json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


def respond(
    start_response: "StartResponse",
    status: int = 200,
    body: bytes = b"{}",
    headers: Mapping[str, str] | None = None,
) -> Iterable[bytes]:
    """Return a response whose body is JSON."""
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    start_response(f"{status} ", list(fields.items()))
    return [body]
