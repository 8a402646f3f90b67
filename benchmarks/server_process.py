"""Doubles of AWS in processes of their own, so that they do not slow the process under measurement."""

import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@contextmanager
def server_process(module: str, *arguments: str) -> Iterator[str]:
    """Run a module that calls `serve`, in a process that ends with the context.

    Yields
    ------
    str
        The URL of its server.
    """
    process = subprocess.Popen(  # noqa: S603 - the project's own program
        [sys.executable, "-m", module, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"The benchmark's {module} did not start.")
        yield url
        process.stdin.close()


def serve(server: ThreadingHTTPServer, certificate: Path | None = None) -> None:
    """Print the server's URL, and serve until standard input closes, which happens however the parent ends.

    Parameters
    ----------
    certificate : Path or None
        PEM file of a certificate and its key, for TLS.
    """
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    scheme = "https" if certificate else "http"
    print(f"{scheme}://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


class LocalServer(ThreadingHTTPServer):
    """A server on a free port of this machine."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore the error of a client that is gone."""
        # A measured process may be ended while its connection is open.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class JsonHandler(BaseHTTPRequestHandler):
    """Answers as AWS does, and logs nothing."""

    protocol_version = "HTTP/1.1"
    # Head and body are sent in one piece. Sent separately, the body would wait 40 ms for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def send_json(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Send an answer."""
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
