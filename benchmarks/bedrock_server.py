"""A fast double of Bedrock in a separate process, so that it does not slow the process under measurement.

`python -m benchmarks.bedrock_server` prints its URL and serves until its standard input closes.
"""

import argparse
import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks.jobs import SPREADS, BadQueryError, JobIndex, Spread
from benchmarks.quota import Quota, TokenBucket

# Not part of Bedrock: the numbers of accepted and throttled requests, as JSON.
CALLS_PATH = "/calls"


@contextmanager
def serving(
    number: int,
    *,
    delay_ms: int = 0,
    spread: Spread = "even",
    has_details: bool = True,
    quota: Quota | None = None,
    certificate: Path | None = None,
) -> Iterator[str]:
    """Serve `number` jobs in a process that ends with the context.

    Parameters
    ----------
    number : int
        Number of jobs.
    delay_ms : int
        Latency of each page; concurrent requests wait concurrently.
    spread : str
        Distribution of their creation times, see `JobIndex`.
    has_details : bool
        Whether summaries have `statusDetails`.
    certificate : Path or None
        PEM file of a certificate and its key, for TLS.
    quota : Quota or None
        Requests beyond it are throttled. None: none is.

    Yields
    ------
    str
        The endpoint's URL.
    """
    arguments = ["--jobs", str(number), "--delay-ms", str(delay_ms), "--spread", spread]
    arguments += [] if has_details else ["--without-details"]
    arguments += ["--certificate", str(certificate)] if certificate else []
    if quota:
        arguments += ["--quota", str(quota.requests_per_second), str(quota.burst)]
    process = subprocess.Popen(  # noqa: S603 - the project's own program
        [sys.executable, "-m", "benchmarks.bedrock_server", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError("The benchmark's double of Bedrock did not start.")
        yield url
        process.stdin.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, jobs: JobIndex, delay_seconds: float, quota: Quota | None) -> None:
        super().__init__(("127.0.0.1", 0), _RequestHandler)
        self.jobs = jobs
        self.bucket = TokenBucket(quota)
        self.delay_seconds = delay_seconds

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A measured process may be ended while its connection is open.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _RequestHandler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Head and body are sent in one piece. Sent separately, the body would wait 40 ms for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == CALLS_PATH:
            calls = {"accepted": self.server.bucket.accepted, "throttled": self.server.bucket.throttled}
            self._send(HTTPStatus.OK, json.dumps(calls).encode())
            return
        if address.path != "/model-customization-jobs":
            self._send(HTTPStatus.NOT_FOUND, b"{}")
            return
        if not self.server.bucket.accept():
            body = b'{"message":"Rate exceeded"}'
            self._send(HTTPStatus.TOO_MANY_REQUESTS, body, {"x-amzn-ErrorType": "ThrottlingException"})
            return
        if self.server.delay_seconds:
            time.sleep(self.server.delay_seconds)
        try:
            self._send(HTTPStatus.OK, self.server.jobs.page(dict(parse_qsl(address.query))))
        except BadQueryError as error:
            body = json.dumps({"message": str(error)}).encode()
            self._send(HTTPStatus.BAD_REQUEST, body, {"x-amzn-ErrorType": "ValidationException"})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("x-amzn-RequestId", "5f2d6a1e-0c1b-4e7a-9a57-3a1f5f1f2b60")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Suppress the log, which would slow down the process under measurement."""


def main() -> None:
    """Serve until standard input closes, which happens however the parent process ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--delay-ms", type=int, default=0)
    parser.add_argument("--spread", choices=SPREADS, default="even")
    parser.add_argument("--without-details", action="store_true")
    parser.add_argument("--quota", type=float, nargs=2, metavar=("RATE", "BURST"))
    parser.add_argument("--certificate", type=Path)
    arguments = parser.parse_args()
    jobs = JobIndex(arguments.jobs, arguments.spread, has_details=not arguments.without_details)
    quota = Quota(arguments.quota[0], int(arguments.quota[1])) if arguments.quota else None
    server = _Server(jobs, arguments.delay_ms / 1000, quota)
    if arguments.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{'https' if arguments.certificate else 'http'}://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
