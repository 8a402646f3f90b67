"""A gateway that lets only signed requests pass, as API Gateway does with IAM authorization."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.common.http_client import HttpResponse, call

STAGE = "/prod"
# Of a request, and of an answer.
_FORWARDED = ("accept", "content-type", "mcp-")
_NOT_FORWARDED = ("connection", "content-length", "date", "server", "transfer-encoding")


class Sent(NamedTuple):
    """A request as it arrived; the target is the path and the query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class SignedGateway:
    """Verifies the signature of each request with botocore's own signer, and passes the request on.

    Parameters
    ----------
    url : str
        Where requests are passed on to, without the stage.

    Attributes
    ----------
    url : str
        The address of this gateway, with a stage.
    passed : list of str
        The targets that were passed on, without the stage.
    instead : list of HttpResponse
        Answers to the next requests, which are not passed on.
    """

    def __init__(self, url: str, credentials: Credentials, *, region: str) -> None:
        self.passed: list[str] = []
        self.instead: list[HttpResponse] = []
        self.upstream = url
        self._credentials = credentials
        self._signer = SigV4Auth(credentials, "execute-api", region)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self._host}{STAGE}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, sent: Sent) -> HttpResponse:
        if not self.is_signed(sent):
            body = {
                "message": "The request signature we calculated does not match the signature you provided."
            }
            headers = {"x-amzn-ErrorType": "InvalidSignatureException"}
            return HttpResponse(403, headers, json.dumps(body).encode())
        if self.instead:
            return self.instead.pop(0)
        target = sent.target.removeprefix(STAGE)
        self.passed.append(target)
        kept = {name: value for name, value in sent.headers.items() if name.lower().startswith(_FORWARDED)}
        payload = json.loads(sent.body) if sent.body else None
        return call(self.upstream + target, method=sent.method, headers=kept, body=payload)

    def is_signed(self, sent: Sent) -> bool:
        """Whether the request has the signature that botocore gives it."""
        headers = {name.lower(): value for name, value in sent.headers.items()}
        given = headers.get("authorization", "")
        names = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        signed = {name: value for name, value in headers.items() if name in names}
        request: Any = AWSRequest(sent.method, f"http://{self._host}{sent.target}", signed, sent.body)
        request.context["timestamp"] = headers.get("x-amz-date", "")
        text = self._signer.string_to_sign(request, self._signer.canonical_request(request))
        expected = (
            f"AWS4-HMAC-SHA256 Credential={self._signer.scope(request)}, "
            f"SignedHeaders={';'.join(names)}, Signature={self._signer.signature(text, request)}"
        )
        return "host" in names and "x-amz-date" in names and given == expected

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = gateway.answer(Sent(self.command, self.path, dict(self.headers.items()), body))
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in _NOT_FORWARDED:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_POST = do_GET  # noqa: N815 - the name of http.server

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of http.server
                """Print nothing."""

        return Handler
