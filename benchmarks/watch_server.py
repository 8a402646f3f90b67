"""Doubles of DynamoDB and EventBridge in a separate process, which count what AWS would charge.

`python -m benchmarks.watch_server` prints their URL and serves until its standard input closes.
"""

import argparse
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from random import Random
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from botocore import xform_name
from botocore.exceptions import ClientError

from benchmarks.fleet.clock import Clock
from benchmarks.fleet.dynamodb import Table
from benchmarks.server_process import JsonHandler, LocalServer, serve, server_process


class Usage(NamedTuple):
    """What a table and a bus have served so far.

    Attributes
    ----------
    records_read, items_written, events : int
        Numbers of keys that were read, of puts and of published events.
    read_units, write_units : float
        As DynamoDB charges them, with the writes of indexes.
    """

    records_read: int = 0
    items_written: int = 0
    events: int = 0
    read_units: float = 0
    write_units: float = 0

    def since(self, before: "Usage") -> "Usage":
        """Return what was served in addition."""
        return Usage(
            self.records_read - before.records_read,
            self.items_written - before.items_written,
            self.events - before.events,
            self.read_units - before.read_units,
            self.write_units - before.write_units,
        )


class WatchServer(NamedTuple):
    """A running double.

    Attributes
    ----------
    url : str
        The endpoint of both services.
    """

    url: str

    def usage(self) -> Usage:
        """Return what it has served so far."""
        with urlopen(self.url) as answer:  # noqa: S310 - the double's own address
            return Usage(**json.load(answer))

    def delete(self, key: str) -> None:
        """Delete an item."""
        request = Request(self.url, data=key.encode(), method="DELETE")  # noqa: S310 - as above
        urlopen(request).close()  # noqa: S310 - as above


@contextmanager
def serving_watch(*, delay_ms: int = 0) -> Iterator[WatchServer]:
    """Serve an empty table and a bus in a process that ends with the context.

    Parameters
    ----------
    delay_ms : int
        Latency of each call; concurrent calls wait concurrently.
    """
    with server_process("benchmarks.watch_server", "--delay-ms", str(delay_ms)) as url:
        yield WatchServer(url)


class _Server(LocalServer):
    def __init__(self, delay_seconds: float) -> None:
        super().__init__(_RequestHandler)
        self.delay_seconds = delay_seconds
        self._table = Table(Clock(), Random(0))  # noqa: S311 - for virtual latencies, which are not used
        self._lock = threading.Lock()
        self._records_read = self._items_written = self._events = 0

    def call(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """Answer a call of either service."""
        time.sleep(self.delay_seconds)
        if operation == "PutEvents":
            with self._lock:
                self._events += len(given["Entries"])
            return {"FailedEntryCount": 0, "Entries": [{"EventId": "any"} for _ in given["Entries"]]}
        with self._lock:
            requested = given.get("RequestItems", {})
            self._records_read += sum(len(each["Keys"]) for each in requested.values())
            self._records_read += operation == "GetItem"
            self._items_written += operation == "PutItem"
            answer: dict[str, Any] = getattr(self._table, xform_name(operation))(**given)
            return answer

    def delete(self, key: str) -> None:
        """Delete an item."""
        with self._lock:
            self._table.items.pop(key, None)

    def usage(self) -> Usage:
        """Return what was served so far."""
        with self._lock:
            units = self._table.units
            return Usage(
                *(self._records_read, self._items_written, self._events, units.reads, units.writes.total())
            )


class _RequestHandler(JsonHandler):
    server: _Server

    def do_POST(self) -> None:
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        try:
            answer = self.server.call(operation, json.loads(self._body()))
        except ClientError as error:
            body = json.dumps({"__type": error.response["Error"]["Code"]}).encode()
            self.send_json(HTTPStatus.BAD_REQUEST, body)
        else:
            self.send_json(HTTPStatus.OK, json.dumps(answer).encode())

    def do_GET(self) -> None:
        self.send_json(HTTPStatus.OK, json.dumps(self.server.usage()._asdict()).encode())

    def do_DELETE(self) -> None:
        self.server.delete(self._body().decode())
        self.send_json(HTTPStatus.OK, b"{}")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))


def main() -> None:
    """Serve until standard input closes, which happens however the parent process ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay-ms", type=int, default=0)
    serve(_Server(parser.parse_args().delay_ms / 1000))


if __name__ == "__main__":
    main()
