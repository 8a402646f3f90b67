"""Serves a `Gateway` over HTTP."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.gateway.gateway import Gateway
from local.gateway.http_messages import Request, Response


class HttpServer(ThreadingHTTPServer):
    """An HTTP server on a socket that already listens."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, gateway: Gateway) -> None:
        super().__init__(listener.getsockname()[:2], _RequestHandler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.gateway = gateway


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HttpServer

    def handle_one_request(self) -> None:
        """Answer any method; http.server would require one function for each."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if not self.parse_request():
            return
        length = self.headers.get("Content-Length") or "0"
        if not (length.isascii() and length.isdigit() and self.path.startswith("/")):
            self.send_error(400)
            return
        request = Request(
            method=self.command,
            target=self.path,
            headers=list(self.headers.items()),
            body=self.rfile.read(int(length)),
            source_ip=self.client_address[0],
        )
        self._send(self.server.gateway.answer(request))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
        """Log no requests: the function's log has them."""
