"""The embedded AWS as one WSGI application: Bedrock, and moto's services for the watch.

`POST /_local/simulation` with `{"speed": 900}` starts the simulation of Bedrock's jobs, once.
"""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from moto.bedrock.models import bedrock_backends
from moto.events.models import events_backends
from moto.moto_server.werkzeug_app import create_backend_app

from local.common.fleet import SEED_STEP, FleetSource
from local.common.server_process import READY_PATH
from local.embedded_aws.job_events import JobEvents
from local.embedded_aws.job_store import stored_jobs
from local.embedded_aws.member_events import forward_to
from local.embedded_aws.signing import signed_service
from local.embedded_aws.waiting_states import ANSWERS_PATH, TARGET, WaitingStates
from local.embedded_aws.watch_resources import SIMULATION_PATH
from local.embedded_aws.wsgi import read_json, respond
from local.simulated_jobs.job_simulator import SEED, JobSimulator

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
    members : sequence of FleetSource
        Further sources that have jobs.
    more : mapping of str to WSGI application
        Further services, by the target of their requests, or by the service that requests are signed for.
    """

    def __init__(
        self,
        bedrock: "WSGIApplication",
        *,
        region: str,
        account: str,
        members: Sequence[FleetSource] = (),
        more: "Mapping[str, WSGIApplication] | None" = None,
    ) -> None:
        self._bedrock = bedrock
        # By the prefix of the X-Amz-Target header, which requests to Bedrock do not have.
        self._services: dict[str, WSGIApplication] = {
            TARGET: WaitingStates(),
            "DynamoDB_20120810": create_backend_app("dynamodb").wsgi_app,
            "AWSEvents": create_backend_app("events").wsgi_app,
            "AmazonSQS": create_backend_app("sqs").wsgi_app,
            # By the service that is signed for: these requests have no such header either.
            "sns": create_backend_app("sns").wsgi_app,
            "s3": create_backend_app("s3").wsgi_app,
            **(more or {}),
        }
        self._hub = FleetSource(account, region)
        self._members = members
        self._simulating = threading.Event()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"] == READY_PATH:
            return respond(start_response)
        if environ["PATH_INFO"] == SIMULATION_PATH:
            self._start_simulation(float(read_json(environ)["speed"]))
            return respond(start_response)
        if environ["PATH_INFO"] == ANSWERS_PATH:
            return self._services[TARGET](environ, start_response)
        target = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[0]
        service = target or signed_service(environ.get("HTTP_AUTHORIZATION", ""))
        return self._services.get(service, self._bedrock)(environ, start_response)

    def _start_simulation(self, speed: float) -> None:
        if speed > 0 and not self._simulating.is_set():
            self._simulating.set()
            threading.Thread(target=self._simulate, args=(speed,), name="simulator", daemon=True).start()

    def _simulate(self, speed: float) -> None:
        now = datetime.now(UTC)
        simulators = [
            JobSimulator(
                stored_jobs(bedrock_backends[source.account][source.region]),
                self._events(source).send,
                speed=speed,
                region=source.region,
                account=source.account,
                now=now,
                seed=SEED + number * SEED_STEP,
            )
            for number, source in enumerate((self._hub, *self._members))
        ]
        while True:
            for simulator in simulators:
                simulator.advance(datetime.now(UTC))
            time.sleep(_SIMULATION_INTERVAL_SECONDS)

    def _events(self, source: FleetSource) -> JobEvents:
        if source != self._hub:
            return JobEvents(forward_to(self._hub, source))
        default_bus = events_backends[source.account][source.region]
        return JobEvents(lambda entry: default_bus.put_events([entry]))
