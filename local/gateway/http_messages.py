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

    @property
    def path(self) -> str:
        """The target up to the first question mark.

        Not read as a URL: in `//name/path`, urlsplit would take the name for a host.
        """
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The target after the first question mark."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str:
        """Return the first header of a name, which is in lower case; empty if there is none."""
        return next((value for each, value in self.headers if each.lower() == name), "")


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response."""

    status: int
    headers: Pairs
    body: bytes
