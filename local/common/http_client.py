"""A plain HTTP client for loopback that ignores proxy settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is 200."""
        return self.status == HTTPStatus.OK

    @property
    def text(self) -> str:
        """The body for an error message: undecodable bytes are replaced."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """Parse the body."""
        return json.loads(self.body)


def call(
    url: str,
    *,
    method: str = "GET",
    body: object = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> HttpResponse:
    """Send one request, with `body` as JSON; raises OSError when there is no response."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        payload = None if body is None else json.dumps(body).encode()
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target or "/", payload, dict(headers or {}))
        response = connection.getresponse()
        return HttpResponse(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )
    finally:
        connection.close()
