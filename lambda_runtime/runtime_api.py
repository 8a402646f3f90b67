"""A double of the Lambda Runtime API: hands events to one function process and collects its responses.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import sys
import time
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Self

FUNCTION_NAME = "customization-jobs"
_FUNCTION_ARN = f"arn:aws:lambda:us-east-1:111122223333:function:{FUNCTION_NAME}:live"
_VERSION = "/2018-06-01/runtime"
# The longest timeout that Lambda allows.
_TIMEOUT_MS = 900_000
_TRACE = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"


@dataclass(frozen=True, slots=True)
class Response:
    """The function's response to one event.

    Attributes
    ----------
    body : bytes
        JSON: the handler's return value, or an error.
    failed : bool
        Whether it is an error, of the handler or of the init phase.
    received_at : float
        When it arrived, in seconds of `time.monotonic`.
    """

    body: bytes
    failed: bool
    received_at: float

    @property
    def payload(self) -> Any:
        """The decoded JSON."""
        return json.loads(self.body)


class RuntimeApi:
    """A context manager that serves the API on the loopback interface.

    Attributes
    ----------
    responses : SimpleQueue
        Responses in the order of their arrival.
    ready : Event
        Set when the process requests its first event, which ends its init phase.
    """

    def __init__(self) -> None:
        self._events: SimpleQueue[bytes | None] = SimpleQueue()
        self.responses: SimpleQueue[Response] = SimpleQueue()
        self.ready = Event()
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Releases the thread of the request for the next event, which may still be open.
        self._events.put(None)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Host and port, in the form of the variable `AWS_LAMBDA_RUNTIME_API`."""
        return f"127.0.0.1:{self._server.server_port}"

    def send(self, event: Any) -> None:
        """Queue an event for the process."""
        self._events.put(json.dumps(event).encode())

    def next_event(self) -> bytes | None:
        """Wait for an event; None once the API is closed."""
        self.ready.set()
        return self._events.get()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, api: RuntimeApi) -> None:
        super().__init__(("127.0.0.1", 0), _RequestHandler)
        self.api = api

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A process may end while its request for the next event is open.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _RequestHandler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Head and body are sent in one piece. Sent separately, the body would wait 40 ms for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path != f"{_VERSION}/invocation/next":
            self._send(HTTPStatus.NOT_FOUND, b"{}")
            return
        event = self.server.api.next_event()
        if event is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + _TIMEOUT_MS),
            "Lambda-Runtime-Invoked-Function-Arn": _FUNCTION_ARN,
            "Lambda-Runtime-Trace-Id": _TRACE,
        }
        self._send(HTTPStatus.OK, event, headers)

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            # The runtime interface client streams a response only when the handler asks for it.
            self.close_connection = True
            self._send(HTTPStatus.NOT_IMPLEMENTED, b"{}")
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        outcome = self.path.removeprefix(_VERSION).split("/")
        match outcome:
            case ["", "invocation", _, "response"]:
                failed = False
            case ["", "invocation", _, "error"] | ["", "init", "error"]:
                failed = True
            case _:
                self._send(HTTPStatus.NOT_FOUND, b"{}")
                return
        response = Response(body, failed, time.monotonic())
        self._send(HTTPStatus.ACCEPTED, b'{"status":"OK"}')
        self.server.api.responses.put(response)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        # The runtime interface client rejects an event without a content type.
        fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Suppress the log, which would slow down the process under measurement."""
