"""Serves HTTP/1.1 with Tornado's protocol classes, which refuse ambiguous requests and slow clients."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import responses
from typing import Any, cast

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters, HTTP1ServerConnection
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
    format_timestamp,
)
from tornado.iostream import IOStream, StreamClosedError
from tornado.tcpserver import TCPServer

from local.gateway.http_messages import Request, Response
from local.gateway.request_limits import MAXIMUM_BODY_BYTES

Answer = Callable[[Request], Response]

# Below 256, the usual limit of open files on macOS.
MAXIMUM_CONNECTIONS = 220
CLIENT_SECONDS = 20.0
# Larger requests are cut off. Up to here they are read, so that the gateway can say which limit they exceed.
_READ_HEADER_BYTES = 1024 * 1024
_READ_BODY_BYTES = 1024 * 1024 * 1024
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_INTERNAL_ERROR = Response(
    500, [("Content-Type", "application/json")], b'{"message": "The local gateway failed; see its log."}'
)


class HttpServer:
    """An HTTP server on a socket that already listens.

    Parameters
    ----------
    answer : callable
        Answers a request. Runs in a thread for each request, so that requests do not wait for each other.
    client_seconds : float
        Time that a client has to send a header (or the next one on a connection that is kept alive), to send
        a body, and to receive a response. The server then closes the connection.
    """

    def __init__(
        self, listener: socket.socket, answer: Answer, client_seconds: float = CLIENT_SECONDS
    ) -> None:
        self._listener = listener
        self._answer = answer
        self._client_seconds = client_seconds
        self._runner = asyncio.Runner()
        self._loop = self._runner.get_loop()
        self._stopped = asyncio.Event()

    def serve_forever(self) -> None:
        """Serve until `shutdown`."""
        with self._runner:
            self._runner.run(self._serve())

    def shutdown(self) -> None:
        """End `serve_forever`, from another thread."""
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _serve(self) -> None:
        server = _Server(self._answer, self._client_seconds)
        self._listener.settimeout(0)
        server.add_socket(self._listener)
        await self._stopped.wait()
        await server.close()


class _Server(TCPServer, HTTPServerConnectionDelegate):
    def __init__(self, answer: Answer, client_seconds: float) -> None:
        super().__init__()
        self._answer = answer
        self._client_seconds = client_seconds
        self._parameters = HTTP1ConnectionParameters(
            max_header_size=_READ_HEADER_BYTES,
            header_timeout=client_seconds,
            max_body_size=_READ_BODY_BYTES,
            body_timeout=client_seconds,
        )
        # A thread for each connection: a request's timeout begins when it arrives.
        self._threads = ThreadPoolExecutor(MAXIMUM_CONNECTIONS, thread_name_prefix="gateway")
        self._connections: set[HTTP1ServerConnection] = set()

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        """Serve a new connection."""
        if len(self._connections) >= MAXIMUM_CONNECTIONS:
            stream.write(_BUSY)
            stream.close()
            return
        connection = HTTP1ServerConnection(stream, self._parameters, context=address[0])
        self._connections.add(connection)
        connection.start_serving(self)

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Serve the next request of a connection."""
        source_ip = str(cast("HTTP1ServerConnection", server_conn).context)
        connection = cast("HTTP1Connection", request_conn)
        return _Exchange(connection, source_ip, self._answer_in_thread, self._client_seconds)

    def on_close(self, server_conn: object) -> None:
        """Forget a connection."""
        self._connections.discard(cast("HTTP1ServerConnection", server_conn))

    async def close(self) -> None:
        """Close all sockets."""
        self.stop()
        for connection in list(self._connections):
            await connection.close()

    def _answer_in_thread(self, request: Request) -> "asyncio.Future[Response]":
        return asyncio.get_running_loop().run_in_executor(self._threads, self._answer, request)


class _Exchange(HTTPMessageDelegate):
    """One request and its response."""

    def __init__(
        self,
        connection: HTTP1Connection,
        source_ip: str,
        answer: Callable[[Request], "asyncio.Future[Response]"],
        client_seconds: float,
    ) -> None:
        self._connection = connection
        self._source_ip = source_ip
        self._answer = answer
        self._client_seconds = client_seconds
        self._body = bytearray()

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        """Receive the header; raises HTTPInputError, which is answered with 400."""
        self._start_line = cast("RequestStartLine", start_line)
        self._headers = headers
        _check_header(self._start_line, headers)

    def data_received(self, chunk: bytes) -> None:
        """Receive a part of the body; of what exceeds the limit, one byte is kept, to show the excess."""
        self._body += chunk[: MAXIMUM_BODY_BYTES + 1 - len(self._body)]

    def finish(self) -> None:
        """Answer the request, which is complete."""
        self._task = asyncio.create_task(self._respond())

    def on_connection_close(self) -> None:
        """Do nothing: the client closed the connection before the request was complete."""

    async def _respond(self) -> None:
        request = Request(
            method=self._start_line.method,
            target=self._start_line.path,
            headers=list(self._headers.get_all()),
            body=bytes(self._body),
            source_ip=self._source_ip,
        )
        try:
            response = await self._answer(request)
        except Exception:
            logging.getLogger(__name__).exception("%s %s failed", request.method, request.target)
            response = _INTERNAL_ERROR
        await self._send(response)

    async def _send(self, response: Response) -> None:
        status = response.status
        has_body = status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        headers = HTTPHeaders({"Date": format_timestamp(time.time())})
        for name, value in response.headers:
            headers.add(name, value)
        if has_body:
            headers["Content-Length"] = str(len(response.body))
        sent = self._connection.write_headers(
            ResponseStartLine("HTTP/1.1", status, responses.get(status, "")),
            headers,
            response.body if has_body and self._start_line.method != "HEAD" else None,
        )
        self._connection.finish()
        try:
            async with asyncio.timeout(self._client_seconds):
                await sent
        except TimeoutError:
            self._connection.close()
        except StreamClosedError:
            pass  # the client did not wait for the response


def _check_header(start_line: RequestStartLine, headers: HTTPHeaders) -> None:
    """Refuse what Tornado accepts but another server may read as a different request."""
    if not start_line.path.startswith("/"):
        raise HTTPInputError("The target of a request must be a path.")
    if start_line.version == "HTTP/1.0":
        if "Transfer-Encoding" in headers:
            raise HTTPInputError("HTTP/1.0 has no Transfer-Encoding.")
    elif len(headers.get_list("Host")) != 1:
        raise HTTPInputError("A request must have one Host header.")
