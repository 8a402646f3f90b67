"""A double of DynamoDB and EventBridge that is just enough for sweeps: it checks no condition."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

_Items = dict[str, Any]
_KEY = "jobArn"


@contextmanager
def serving_table() -> Iterator[str]:
    """Serve an empty table and a bus on the loopback interface.

    Yields
    ------
    str
        The endpoint's URL.
    """
    server = _Server()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _RequestHandler)
        self.items: _Items = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connections that end with the function's process."""


class _RequestHandler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        body = json.dumps(_OPERATIONS[operation](self.server.items, request)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Suppress the log."""


def _batch_get(items: _Items, request: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        table: [items[key[_KEY]["S"]] for key in wanted["Keys"] if key[_KEY]["S"] in items]
        for table, wanted in request["RequestItems"].items()
    }
    return {"Responses": found, "UnprocessedKeys": {}}


def _get(items: _Items, request: Mapping[str, Any]) -> dict[str, Any]:
    key = request["Key"][_KEY]["S"]
    return {"Item": items[key]} if key in items else {}


def _put(items: _Items, request: Mapping[str, Any]) -> dict[str, Any]:
    items[request["Item"][_KEY]["S"]] = request["Item"]
    return {}


def _find_none(_: _Items, __: Mapping[str, Any]) -> dict[str, Any]:
    # Nothing waits for a job, and no transition is unpublished between two sweeps.
    return {"Items": [], "Count": 0, "ScannedCount": 0}


def _put_events(_: _Items, request: Mapping[str, Any]) -> dict[str, Any]:
    return {"FailedEntryCount": 0, "Entries": [{"EventId": str(n)} for n, _ in enumerate(request["Entries"])]}


_OPERATIONS: Mapping[str, Callable[[_Items, Mapping[str, Any]], dict[str, Any]]] = {
    "BatchGetItem": _batch_get,
    "GetItem": _get,
    "PutItem": _put,
    "Query": _find_none,
    "Scan": _find_none,
    "PutEvents": _put_events,
}
