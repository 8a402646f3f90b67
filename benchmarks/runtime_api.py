"""A local double of the Lambda Runtime API: feeds events to one process and takes its answers.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import sys
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Event, Thread
from typing import Any, Self

FUNCTION_ARN = "arn:aws:lambda:us-east-1:111122223333:function:benchmark"
# Lambda's longest timeout.
_TIMEOUT_MS = 900_000
_TRACE = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the process said to one event.

    Attributes
    ----------
    body : bytes
        Its JSON.
    failed : bool
        Whether it is an error, of the handler or of the init phase.
    at : float
        When it arrived, by `time.monotonic`.
    """

    body: bytes
    failed: bool
    at: float


class RuntimeApi:
    """The API for one process: a context, within which it listens on the loopback interface.

    Attributes
    ----------
    answers : Queue
        What the process said.
    asked : Event
        Set when the process asks for its first event: its init phase is over.
    """

    def __init__(self) -> None:
        self._events: Queue[bytes | None] = Queue()
        self.answers: Queue[Answer] = Queue()
        self.asked = Event()
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Wakes the request for the next event that is still open.
        self._events.put(None)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Host and port, as `AWS_LAMBDA_RUNTIME_API` has them."""
        return f"127.0.0.1:{self._server.server_port}"

    def send(self, event: Any) -> None:
        """Offer an event to the process, which takes it when it is ready."""
        self._events.put(json.dumps(event).encode())

    def next_event(self) -> bytes | None:
        """Wait for an event; None when the process has to end."""
        self.asked.set()
        return self._events.get()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, api: RuntimeApi) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.api = api

    def handle_error(self, request: Any, client_address: Any) -> None:
        # The process is ended while it asks for its next event: no error.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Request(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        event = self.server.api.next_event()
        if event is None:
            self.close_connection = True
            return
        deadline = int(time.time() * 1000) + _TIMEOUT_MS
        headers = {
            "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
            "Lambda-Runtime-Trace-Id": _TRACE,
            # Without it the runtime interface client refuses the event.
            "Content-Type": "application/json",
        }
        self._send(HTTPStatus.OK, event, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Transfer-Encoding") == "chunked":
            raise NotImplementedError("the runtime interface client streams only when asked to")
        answer = Answer(body, not self.path.endswith("/response"), time.monotonic())
        self._send(HTTPStatus.ACCEPTED, b'{"status":"OK"}', {"Content-Type": "application/json"})
        self.server.api.answers.put(answer)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: what is measured shares the machine."""
