"""What the watch needs of AWS beside Bedrock, in the same process: a table, buses and queues, by moto.

Beside them is Bedrock's clock: `POST /_local/life` with `{"speed": 900}` sets its jobs going, once.
"""

import json
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from moto.bedrock.models import bedrock_backends
from moto.events.models import events_backends
from moto.moto_server.werkzeug_app import create_backend_app

from local.bedrock_events import StateChanges
from local.life import Life, utc_now
from local.resources import LIFE_PATH
from local.store import stored_jobs

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_LOOK_SECONDS = 0.1


class Cloud:
    """A WSGI application: Bedrock, and for requests that name them the other services.

    Parameters
    ----------
    bedrock : WSGI application
        The embedded Bedrock.
    region, account : str
        Where its jobs are.
    """

    def __init__(self, bedrock: "WSGIApplication", *, region: str, account: str) -> None:
        self._bedrock = bedrock
        # By what their requests begin `X-Amz-Target` with; Bedrock's have none.
        self._services: dict[str, WSGIApplication] = {
            "DynamoDB_20120810": create_backend_app("dynamodb").wsgi_app,
            "AWSEvents": create_backend_app("events").wsgi_app,
            "AmazonSQS": create_backend_app("sqs").wsgi_app,
        }
        self._region = region
        self._account = account
        self._alive = threading.Event()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"] == LIFE_PATH:
            sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            self._live(float(json.loads(sent)["speed"]))
            start_response("200 ", [("Content-Type", "application/json"), ("Content-Length", "2")])
            return [b"{}"]
        target = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[0]
        return self._services.get(target, self._bedrock)(environ, start_response)

    def _live(self, speed: float) -> None:
        if speed > 0 and not self._alive.is_set():
            self._alive.set()
            threading.Thread(target=self._pass_time, args=(speed,), name="life", daemon=True).start()

    def _pass_time(self, speed: float) -> None:
        bus = events_backends[self._account][self._region]
        life = Life(
            stored_jobs(bedrock_backends[self._account][self._region]),
            StateChanges(lambda entry: bus.put_events([entry])).tell,
            speed=speed,
            region=self._region,
            account=self._account,
            now=utc_now(),
        )
        while True:
            life.advance(utc_now())
            time.sleep(_LOOK_SECONDS)
