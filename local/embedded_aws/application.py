"""The embedded AWS as one WSGI application: Bedrock, and moto's services for the watch.

`POST /_local/simulation` with `{"speed": 900}` starts the simulation of Bedrock's jobs, once.
"""

import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from moto.bedrock.models import bedrock_backends
from moto.events.models import events_backends
from moto.moto_server.werkzeug_app import create_backend_app

from local.common.server_process import READY_PATH
from local.embedded_aws.job_events import JobEvents
from local.embedded_aws.job_store import stored_jobs
from local.embedded_aws.signing import signed_service
from local.embedded_aws.waiting_states import ANSWERS_PATH, TARGET, WaitingStates
from local.embedded_aws.watch_resources import SIMULATION_PATH
from local.embedded_aws.wsgi import read_json, respond
from local.simulated_jobs.job_simulator import JobSimulator

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SIMULATION_INTERVAL_SECONDS = 0.1


class EmbeddedAws:
    """Routes each request to its service.

    Parameters
    ----------
    bedrock : WSGI application
        See `bedrock.bedrock_application`.
    region, account : str
        The location of its jobs.
    """

    def __init__(self, bedrock: "WSGIApplication", *, region: str, account: str) -> None:
        self._bedrock = bedrock
        # By the prefix of the X-Amz-Target header, which requests to Bedrock do not have.
        self._services: dict[str, WSGIApplication] = {
            TARGET: WaitingStates(),
            "DynamoDB_20120810": create_backend_app("dynamodb").wsgi_app,
            "AWSEvents": create_backend_app("events").wsgi_app,
            "AmazonSQS": create_backend_app("sqs").wsgi_app,
        }
        # Its requests have no such header either.
        self._sns: WSGIApplication = create_backend_app("sns").wsgi_app
        self._region = region
        self._account = account
        self._simulating = threading.Event()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"] == READY_PATH:
            return respond(start_response)
        if environ["PATH_INFO"] == SIMULATION_PATH:
            self._start_simulation(float(read_json(environ)["speed"]))
            return respond(start_response)
        if signed_service(environ.get("HTTP_AUTHORIZATION", "")) == "sns":
            return self._sns(environ, start_response)
        if environ["PATH_INFO"] == ANSWERS_PATH:
            return self._services[TARGET](environ, start_response)
        target = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[0]
        return self._services.get(target, self._bedrock)(environ, start_response)

    def _start_simulation(self, speed: float) -> None:
        if speed > 0 and not self._simulating.is_set():
            self._simulating.set()
            threading.Thread(target=self._simulate, args=(speed,), name="simulator", daemon=True).start()

    def _simulate(self, speed: float) -> None:
        default_bus = events_backends[self._account][self._region]
        events = JobEvents(lambda entry: default_bus.put_events([entry]))
        simulator = JobSimulator(
            stored_jobs(bedrock_backends[self._account][self._region]),
            events.send,
            speed=speed,
            region=self._region,
            account=self._account,
            now=datetime.now(UTC),
        )
        while True:
            simulator.advance(datetime.now(UTC))
            time.sleep(_SIMULATION_INTERVAL_SECONDS)
