"""A fast double of Bedrock in a separate process, so that it does not slow the process under measurement.

`python -m benchmarks.bedrock_server` prints its URL and serves until its standard input closes.
"""

import argparse
import json
import time
from contextlib import AbstractContextManager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from benchmarks.jobs import RUNNING, SPREADS, BadQueryError, JobIndex, Spread
from benchmarks.quota import Quota, TokenBucket
from benchmarks.server_process import JsonHandler, LocalServer, serve, server_process

# Not part of Bedrock: the numbers of accepted and throttled requests, as JSON.
CALLS_PATH = "/calls"


def serving(
    number: int,
    *,
    delay_ms: int = 0,
    spread: Spread = "even",
    running: int = RUNNING,
    changed: int = 0,
    has_details: bool = True,
    quota: Quota | None = None,
    certificate: Path | None = None,
) -> AbstractContextManager[str]:
    """Serve `number` jobs in a process that ends with the context.

    Parameters
    ----------
    number : int
        Number of jobs.
    delay_ms : int
        Latency of each page; concurrent requests wait concurrently.
    spread : str
        Distribution of their creation times, see `JobIndex`.
    running, changed, has_details
        See `JobIndex`.
    quota : Quota or None
        Requests beyond it are throttled; none is if None.
    certificate : Path or None
        PEM file of a certificate and its key, for TLS.

    Returns
    -------
    context manager of str
        The endpoint's URL.
    """
    return server_process(
        "benchmarks.bedrock_server",
        *("--jobs", str(number), "--delay-ms", str(delay_ms), "--spread", spread),
        *("--running", str(running), "--changed", str(changed)),
        *(() if has_details else ("--without-details",)),
        *(("--quota", str(quota.requests_per_second), str(quota.burst)) if quota else ()),
        *(("--certificate", str(certificate)) if certificate else ()),
    )


class _Server(LocalServer):
    def __init__(self, jobs: JobIndex, delay_seconds: float, quota: Quota | None) -> None:
        super().__init__(_RequestHandler)
        self.jobs = jobs
        self.bucket = TokenBucket(quota)
        self.delay_seconds = delay_seconds


class _RequestHandler(JsonHandler):
    server: _Server

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == CALLS_PATH:
            calls = {"accepted": self.server.bucket.accepted, "throttled": self.server.bucket.throttled}
            self.send_json(HTTPStatus.OK, json.dumps(calls).encode())
            return
        if address.path != "/model-customization-jobs":
            self.send_json(HTTPStatus.NOT_FOUND, b"{}")
            return
        if not self.server.bucket.accept():
            body = b'{"message":"Rate exceeded"}'
            self.send_json(HTTPStatus.TOO_MANY_REQUESTS, body, {"x-amzn-ErrorType": "ThrottlingException"})
            return
        if self.server.delay_seconds:
            time.sleep(self.server.delay_seconds)
        try:
            self.send_json(HTTPStatus.OK, self.server.jobs.page(dict(parse_qsl(address.query))))
        except BadQueryError as error:
            body = json.dumps({"message": str(error)}).encode()
            self.send_json(HTTPStatus.BAD_REQUEST, body, {"x-amzn-ErrorType": "ValidationException"})


def main() -> None:
    """Serve until standard input closes, which happens however the parent process ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--delay-ms", type=int, default=0)
    parser.add_argument("--spread", choices=SPREADS, default="even")
    parser.add_argument("--running", type=int, default=RUNNING)
    parser.add_argument("--changed", type=int, default=0)
    parser.add_argument("--without-details", action="store_true")
    parser.add_argument("--quota", type=float, nargs=2, metavar=("RATE", "BURST"))
    parser.add_argument("--certificate", type=Path)
    arguments = parser.parse_args()
    jobs = JobIndex(
        arguments.jobs,
        arguments.spread,
        running=arguments.running,
        changed=arguments.changed,
        has_details=not arguments.without_details,
    )
    quota = Quota(arguments.quota[0], int(arguments.quota[1])) if arguments.quota else None
    serve(_Server(jobs, arguments.delay_ms / 1000, quota), arguments.certificate)


if __name__ == "__main__":
    main()
