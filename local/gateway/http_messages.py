"""The HTTP requests and responses that the parts of the gateway exchange."""

from collections.abc import Sequence
from dataclasses import dataclass

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request; `target` is the path and query string, still encoded."""

    method: str
    target: str
    headers: Pairs
    body: bytes
    source_ip: str


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response."""

    status: int
    headers: Pairs
    body: bytes
