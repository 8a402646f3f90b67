"""The local API Gateway and Lambda endpoint, on one port of loopback, in front of the real handler.

`python -m local.gateway --port 8080` serves it alone, with the environment as it is. The function's own
output is this process's standard output, everything else goes to standard error.
"""

import argparse
import importlib
import json
import os
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from local.board_page import PATH as BOARD_PATH
from local.board_page import BoardPage
from local.environment import FUNCTION_NAME, Environment, Event, Handler, lambda_variables, trace_header
from local.lambda_api import PATH as INVOKE_PATH
from local.lambda_api import LambdaApi
from local.lifeline import READY_PATH, add_arguments, listen, serve_until_told
from local.rest_api import ACCOUNT, Request, Response, gateway_error, http_response, proxy_event

HANDLER = "customization_jobs.handler.lambda_handler"
# API Gateway's own limit for REST APIs.
LONGEST_WAIT_SECONDS = 29.0
FUNCTION_TIMEOUT_SECONDS = 60.0
_OUTCOMES = "/_local/invocations/"


class Gateway:
    """Routes a request to the Lambda endpoint or, as every other, through the REST API to the function.

    At `/`, where the REST API has nothing, it shows the board, as a dashboard shows the widget.
    """

    def __init__(
        self, environment: Environment, region: str, patience_seconds: float = LONGEST_WAIT_SECONDS
    ) -> None:
        self._environment = environment
        self._lambda_api = LambdaApi(environment, region)
        self._patience = patience_seconds
        self._function_arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{FUNCTION_NAME}:live"

    def answer(self, request: Request) -> Response:
        """Answer one HTTP request."""
        path = urlsplit(request.target).path
        if path == READY_PATH:
            return Response(200, [], b"")
        if request.method == "POST" and INVOKE_PATH.fullmatch(path):
            return self._lambda_api.invoke(request)
        if path.startswith(_OUTCOMES):
            return self._lambda_api.outcome(path.removeprefix(_OUTCOMES), self._patience)
        if path == BOARD_PATH and request.method in ("GET", "HEAD"):
            return self._board(request)
        return self._rest_api(request)

    def _board(self, request: Request) -> Response:
        page = BoardPage(request.target)
        try:
            result = self._environment.invoke(self._invocation(page.event(), trace_header()), self._patience)
        except TimeoutError:
            return page.failure("The function did not answer in time.")
        if result.failed:
            return page.failure("The function failed; its log says why.")
        return page.response(json.loads(result.payload))

    def _rest_api(self, request: Request) -> Response:
        trace_id = trace_header()
        event = proxy_event(request, trace_id)
        try:
            result = self._environment.invoke(self._invocation(event, trace_id), self._patience)
        except TimeoutError:
            return gateway_error(504, "Endpoint request timed out", event)
        if result.failed:
            return gateway_error(502, "Internal server error", event)
        return http_response(result.payload, event)

    def _invocation(self, event: dict[str, Any], trace_id: str) -> Event:
        return Event(json.dumps(event).encode(), self._function_arn, trace_header=trace_id)


class Server(ThreadingHTTPServer):
    """Serves a `Gateway` on a socket that listens already."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, gateway: Gateway) -> None:
        super().__init__(listener.getsockname()[:2], _HttpHandler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.gateway = gateway


class _HttpHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def handle_one_request(self) -> None:
        """Answer whatever the method is; http.server would want a function for each."""
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
        """Log nothing of each request: the function's log tells it."""


def load_handler(name: str) -> Handler:
    """Import a handler by its dotted name, as Lambda's runtime does."""
    module, _, attribute = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), attribute)
    return handler


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="The local API Gateway and Lambda endpoint.")
    add_arguments(parser)
    parser.add_argument("--handler", default=HANDLER)
    parser.add_argument("--region", default=os.environ.get("AWS_REGION", "us-east-1"))
    parser.add_argument(
        "--timeout", type=float, default=FUNCTION_TIMEOUT_SECONDS, help="the function's timeout"
    )
    arguments = parser.parse_args()
    os.environ.update(lambda_variables(arguments.region))
    time.tzset()
    environment = Environment(load_handler(arguments.handler), arguments.timeout)
    serve_until_told(Server(listen(arguments), Gateway(environment, arguments.region)))


if __name__ == "__main__":
    main()
