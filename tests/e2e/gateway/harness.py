"""The gateway's HTTP server in this process, a function behind it, and clients that send raw bytes."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, parse_headers
from typing import Any, Self

from local.common.server_process import HOST, listening_socket
from local.gateway.http_messages import Request, Response
from local.gateway.http_server import HttpServer
from local.gateway.lambda_environment import Context

LARGE = 6_000_000
# A request hidden in what may be the body of another.
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Function:
    """A handler that records its events.

    `/slow` waits for `released`, `/large` has a large answer, `/malformed` one that API Gateway refuses.
    """

    def __init__(self) -> None:
        self.released = threading.Event()
        self.requests: list[tuple[str, str, str]] = []
        self.running = 0
        self.most_running = 0

    def __call__(self, event: Any, _context: Context) -> Any:
        if "widgetContext" in event:
            return "<p>board</p>"
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self.requests.append((event["httpMethod"], event["path"], event["body"] or ""))
        if event["path"] == "/slow":
            self.released.wait(30)
        if event["path"] == "/malformed":
            self.running -= 1
            return {"statusCode": "none"}
        body = "x" * LARGE if event["path"] == "/large" else f"answer to {event['path']}"
        self.running -= 1
        return {"statusCode": 200, "body": body}


class Conversation:
    """A connection whose answers are read one by one. http.client would read ahead into the next one."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._reader = connection.makefile("rb")
        self.send = connection.sendall

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self.connection.close()

    def answer(self) -> tuple[int, bytes]:
        """Read the status and the body of the next answer."""
        status = int(self._reader.readline().split()[1])
        headers = parse_headers(self._reader)
        return status, self._reader.read(int(headers.get("Content-Length", 0)))

    def ended(self) -> bool:
        """Whether the server closes the connection."""
        return self._reader.read(1) == b""


class Served:
    """A server in this process."""

    def __init__(self, port: int, function: Function) -> None:
        self._port = port
        self.function = function

    def connect(self) -> socket.socket:
        return socket.create_connection((HOST, self._port), timeout=10)

    def converse(self) -> "Conversation":
        return Conversation(self.connect())

    def client(self) -> HTTPConnection:
        return HTTPConnection(HOST, self._port, timeout=10)

    def exchange(self, raw: bytes) -> bytes:
        """Send bytes and return all that the server sends until it closes the connection."""
        with self.connect() as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(raw)
            return read_to_end(connection)

    def get(self, path: str = "/x") -> int:
        with contextlib.closing(self.client()) as client:
            client.request("GET", path)
            response = client.getresponse()
            response.read()
            return response.status


@contextlib.contextmanager
def serving(answer: Callable[[Request], Response], client_seconds: float = 60) -> Iterator[int]:
    listener = listening_socket(0)
    port: int = listener.getsockname()[1]
    server = HttpServer(listener, answer, client_seconds)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield port
    server.shutdown()
    thread.join(10)
    assert not thread.is_alive()


def read_to_end(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(65536):
            received += data
    return received


def request(*headers: str, target: str = "POST /front", version: str = "1.1", body: bytes = b"") -> bytes:
    lines = [f"{target} HTTP/{version}", "Host: localhost", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))
