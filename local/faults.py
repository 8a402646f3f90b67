"""Faults on demand: the embedded Bedrock throttles, denies, fails, is slow or hangs up as a test asks."""

import json
import socket
import threading
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from local.constraints import error_status
from local.lifeline import READY_PATH

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

CONTROL_PATH = "/_local/faults"


class Faults:
    """A WSGI application around another, that can answer in its place.

    `POST /_local/faults` sets the fault, `DELETE` ends it. Its JSON:

    - `error`: the name of an error of the service model, such as ThrottlingException
    - or `status` and `body`: this answer, whatever it is
    - or `drop`: hang up without an answer
    - `delaySeconds`: wait before that, or before the true answer
    - `times`: for how many requests; without it, until it is ended
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._fault: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"] == READY_PATH:
            return _answer(start_response, 200, b"{}")
        if environ["PATH_INFO"] == CONTROL_PATH:
            return self._control(environ, start_response)
        fault = self._take()
        time.sleep(fault.get("delaySeconds", 0))
        if fault.get("drop"):
            # Werkzeug knows a lost connection when it sees one, and says nothing about it.
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError
        if "error" in fault:
            return answer_error(start_response, fault["error"], fault.get("message", "Asked for by a test."))
        if "status" in fault:
            return _answer(start_response, fault["status"], fault.get("body", "").encode())
        return self._application(environ, start_response)

    def _take(self) -> dict[str, Any]:
        with self._lock:
            fault = dict(self._fault)
            if "times" in fault:
                self._fault["times"] -= 1
                if not self._fault["times"]:
                    self._fault = {}
            return fault

    def _control(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        with self._lock:
            self._fault = json.loads(body) if environ["REQUEST_METHOD"] == "POST" else {}
        return _answer(start_response, 200, b"{}")


def answer_error(start_response: "StartResponse", name: str, message: str) -> Iterable[bytes]:
    """Answer with an error of the service model, in Bedrock's form."""
    body = json.dumps({"message": message}).encode()
    return _answer(start_response, error_status(name), body, {"x-amzn-ErrorType": name})


def _answer(
    start_response: "StartResponse", status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> Iterable[bytes]:
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    start_response(f"{status} ", list(fields.items()))
    return [body]
