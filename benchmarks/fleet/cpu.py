"""CPU time of the service's code for one source, with botocore's real clients.

Only the transport is a double: it answers each request from the simulated cloud. So the time includes what
botocore does, such as signing and parsing, but neither TLS nor the network.
"""

import json
import os
import statistics
import time
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple, cast
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict

from benchmarks.fleet.aws import Cloud
from benchmarks.fleet.clock import Clock
from benchmarks.fleet.sources import HUB, Fleet
from benchmarks.fleet.sweep import CpuCosts, Simulation, step
from customization_jobs.aws import clients
from customization_jobs.settings import Settings
from customization_jobs.sources import Source

JOBS = 100
_ACCOUNTS = 12
_KEYS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
_STS = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>{AccessKeyId}</AccessKeyId><SecretAccessKey>{SecretAccessKey}</SecretAccessKey>
<SessionToken>{SessionToken}</SessionToken><Expiration>{Expiration}</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""


class CpuTimes(NamedTuple):
    """Median CPU seconds of a warm invocation, each for a source that the instance has not swept before.

    Attributes
    ----------
    empty, quiet : float
        Without jobs, and with `JOBS` jobs of which none has changed.
    first : float
        With `JOBS` jobs that are all new.
    """

    empty: float
    quiet: float
    first: float

    def costs(self) -> CpuCosts:
        """Return what the simulation adds for each invocation, job and write."""
        return CpuCosts(self.empty, (self.quiet - self.empty) / JOBS, (self.first - self.quiet) / JOBS)


def measure() -> CpuTimes:
    """Measure on this machine."""
    with patch.dict(os.environ, _KEYS), Simulation(2 * 2 * _ACCOUNTS, 0, cloud=_Transport) as simulation:
        accounts = [each for each in simulation.fleet.accounts if each != HUB]
        with_jobs, empty = accounts[:_ACCOUNTS], accounts[_ACCOUNTS:]
        for simulated in simulation.fleet.sources.values():
            simulated.fault = None
        for account in with_jobs:
            simulation.fleet.add_jobs(_source(account), JOBS)
        simulation.invoke(simulation.handler(), step("discover", "any"))
        first = _seconds(simulation, with_jobs)
        _seconds(simulation, empty)
        return CpuTimes(_seconds(simulation, empty), _seconds(simulation, with_jobs), first)


def _seconds(simulation: Simulation, accounts: Sequence[str]) -> float:
    """Return the median CPU seconds of one new instance's invocations, for a source of each account."""
    handler = simulation.handler()
    measured = []
    for account in accounts:
        started = time.process_time()
        answer, _ = simulation.invoke(handler, step("source", "any", source=str(_source(account))))
        measured.append(time.process_time() - started - simulation.clock.fake_cpu)
        assert answer["state"] == "listed", answer  # noqa: S101 - a failure must not pass as a fast answer
    # The first invocation creates the parts of the instance.
    return statistics.median(measured[1:])


def _source(account: str) -> Source:
    return Source(account, "us-east-1")


class _Response(AWSResponse):
    """An answer whose body is already in memory."""

    def __init__(self, url: str, status: int, headers: Any, raw: Any, content: bytes) -> None:
        super().__init__(url, status, headers, raw)
        self._content = content


class _Transport(Cloud):
    """Creates real clients, whose requests the doubles answer."""

    def __init__(self, fleet: Fleet, clock: Clock, random: Random) -> None:
        super().__init__(fleet, clock, random)
        self._create = clients.create_client

    def create(
        self,
        settings: Settings,
        service: clients.Service,
        *,
        region: str | None = None,
        credentials: clients.Credentials | None = None,
    ) -> Any:
        """Create a client, in place of `aws.clients.create_client`."""
        double = super().create(settings, service, region=region, credentials=credentials)
        client: Any = self._create(settings, service, region=region, credentials=credentials)

        def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
            with self.clock.not_measured():
                return _respond(request, service, double)

        client.meta.events.register("before-send", answer)
        return client


def _respond(request: AWSPreparedRequest, service: str, double: Any) -> AWSResponse:
    if service == "bedrock":
        body = _answer_of_bedrock(request, double)["body"].decode()
    elif service == "sts":
        form = parse_qs(request.body.decode() if isinstance(request.body, bytes) else str(request.body))
        given = double.assume_role(RoleArn=form["RoleArn"][0])["Credentials"]
        body = _STS.format(**{**given, "Expiration": given["Expiration"].isoformat()})
    else:
        target = request.headers["X-Amz-Target"]
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        name = "".join(f"_{each.lower()}" if each.isupper() else each for each in operation).lstrip("_")
        given = json.loads(cast("bytes", request.body))
        body = json.dumps(getattr(double, name)(**given))
    headers: Any = HeadersDict({"Content-Type": "application/json"})
    return _Response(request.url, 200, headers, None, body.encode())


def _answer_of_bedrock(request: AWSPreparedRequest, double: Any) -> Any:
    query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
    if "maxResults" not in query:
        return double.get_model_customization_job(jobIdentifier="any")
    size = int(query.pop("maxResults"))
    return double.list_model_customization_jobs(maxResults=size, **query)
