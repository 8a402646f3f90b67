"""Faults on demand: the embedded Bedrock throttles, denies, fails, delays or hangs up as a test requests."""

import json
import socket
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from local.embedded_aws.constraints import error_status
from local.embedded_aws.wsgi import read_json, respond

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

FAULTS_PATH = "/_local/faults"


class Faults:
    """A WSGI application that wraps another and can answer in its place.

    `POST /_local/faults` sets the fault, `DELETE` removes it. Its JSON:

    - `error`: the name of an error of the service model, such as ThrottlingException; `message` is optional
    - or `status` and `body`: the response to give
    - or `drop`: whether to close the connection without a response
    - `delaySeconds`: the delay before that, or before the real response
    - `times`: the number of requests; if absent, until removed
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._fault: dict[str, Any] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"] == FAULTS_PATH:
            return self._set_fault(environ, start_response)
        fault = self._current_fault()
        time.sleep(fault.get("delaySeconds", 0))
        if fault.get("drop"):
            # Werkzeug ignores a connection error of this kind, without a traceback in the log.
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError
        if "error" in fault:
            return _respond_with_error(
                start_response, fault["error"], fault.get("message", "Requested by a test.")
            )
        if "status" in fault:
            return respond(start_response, fault["status"], fault.get("body", "").encode())
        return self._application(environ, start_response)

    def _current_fault(self) -> dict[str, Any]:
        with self._lock:
            fault = dict(self._fault)
            if "times" in fault:
                self._fault["times"] -= 1
                if not self._fault["times"]:
                    self._fault = {}
            return fault

    def _set_fault(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        fault = read_json(environ) if environ["REQUEST_METHOD"] == "POST" else {}
        with self._lock:
            self._fault = fault
        return respond(start_response)


def _respond_with_error(start_response: "StartResponse", name: str, message: str) -> Iterable[bytes]:
    body = json.dumps({"message": message}).encode()
    return respond(start_response, error_status(name), body, {"x-amzn-ErrorType": name})
