"""A double of the Lambda Runtime API, for AWS's own runtime client to run the handler against."""

import json
import queue
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from local.common.server_process import HOST

_FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:customization-jobs:live"


class Outcome(NamedTuple):
    """What the runtime client reported: `response` or `error`, and its JSON."""

    kind: str
    payload: Any


class RuntimeApi:
    """Hands out events and takes in their outcomes; a context manager.

    Parameters
    ----------
    log : Path
        Where whoever starts the runtime client puts the function's output.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self._events: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self._events, self._outcomes))
        self.address = f"{HOST}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def invoke(self, event: Any) -> Outcome:
        """Hand out `event` and wait for what becomes of it."""
        self._events.put((str(uuid.uuid4()), json.dumps(event).encode()))
        return self._outcomes.get(timeout=30)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The runtime client waits in its next request: an event that nobody takes ends that thread.
        self._events.put(("", b"null"))
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(
    events: "queue.SimpleQueue[tuple[str, bytes]]", outcomes: "queue.SimpleQueue[Outcome]"
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            request_id, event = events.get()
            self._answer(
                200,
                event,
                {
                    "Lambda-Runtime-Aws-Request-Id": request_id,
                    "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 60) * 1000)),
                    "Lambda-Runtime-Invoked-Function-Arn": _FUNCTION_ARN,
                    "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000",
                },
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            outcomes.put(Outcome(self.path.rpartition("/")[2], json.loads(body)))
            self._answer(202, b"{}", {})

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
            for name, value in fields.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
