"""A simulated fleet, and the real functions of its hub."""

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from types import ModuleType
from typing import Any, cast

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.tracing import Tracer

import customization_jobs
from benchmarks.fleet.faults import Fault, assign_faults
from benchmarks.fleet.jobs import FleetJobs
from benchmarks.fleet.meter import Meter, Network
from benchmarks.fleet.services import BedrockClient, Events, Organizations, Sts
from benchmarks.fleet.table import Table
from benchmarks.fleet.virtual_time import Clock, replaced, virtual_time
from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.clients import Credentials
from customization_jobs.dispatch import Handler
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.sources import FleetChoice, Source
from customization_jobs.wiring.functions import create_handler

REGIONS = ("us-east-1", "us-west-2")
TIMEOUT_SECONDS = 300.0
MEMORY_MB = 1024
_NAME = "customization-jobs"


@dataclass
class Context:
    """The context of an invocation, whose time passes on the virtual clock."""

    clock: Clock
    aws_request_id: str = "8f3c9d2e-0000-4000-8000-000000000001"
    function_name: str = "customization-jobs-watch"
    function_version: str = "7"
    memory_limit_in_mb: int = MEMORY_MB
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:100000000000:function:customization-jobs-watch:live"
    client_context: Any = None
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the time of the invocation."""
        self._ends = self.clock.seconds + TIMEOUT_SECONDS

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of the function's timeout."""
        return int((self._ends - self.clock.seconds) * 1000)


class World:
    """A fleet with its table, bus, members and jobs.

    Parameters
    ----------
    accounts : int
        Each has a source in each of `REGIONS`.
    jobs : int
        Number of jobs of the whole fleet.
    """

    def __init__(self, accounts: int, jobs: int, seed: int = 1) -> None:
        random = Random(seed)  # noqa: S311 - not for secrets: the figures must be reproducible
        self.clock, self.meter = Clock(), Meter()
        self.accounts = [f"{100_000_000_000 + number}" for number in range(accounts)]
        self.own = Source(self.accounts[0], REGIONS[0])
        self.sources = [Source(account, region) for account in self.accounts for region in REGIONS]
        self.faults = assign_faults(self.sources, self.own, random)
        listable = [each for each in self.sources if self.faults.get(each) in _LISTABLE]
        random.shuffle(listable)
        self.jobs = FleetJobs(listable, jobs, random)
        self.network = Network(self.clock, self.meter, random)
        self.random = random
        self.table, self.events = Table(self.network), Events(self.network)
        self.clients_created = 0

    @cached_property
    def settings(self) -> Settings:
        """The settings of the watch function; those of the listing function are the same without a bus."""
        choice = FleetChoice(self.own, REGIONS, organization=True, role_name="CustomizationJobsMember")
        return Settings(
            region=self.own.region,
            function_region=self.own.region,
            service_name=_NAME,
            watch_table="Watch",
            watch_bus="Transitions",
            fleet=choice,
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the real code run on this world's clock and services. What it prints is only counted."""
        modules = _modules()
        stream = cast("Any", self.meter)
        with (
            redirect_stdout(stream),
            virtual_time(self.clock, modules),
            replaced(modules, {"create_client": self.create_client}),
        ):
            yield

    def watch_function(self) -> Handler:
        """Return the handler of a new instance of the watch function."""
        return self._handler(self.settings)

    def listing_function(self) -> Handler:
        """Return the handler of a new instance of the listing function."""
        return self._handler(replace(self.settings, watch_bus=None))

    def get(self, path: str, **query: str) -> tuple[dict[str, Any], int]:
        """Answer an HTTP request. Returns the JSON, and its bytes."""
        event = {
            "httpMethod": "GET",
            "path": path,
            "resource": path,
            "requestContext": {"requestId": "1"},
            "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
        }
        answer = self.listing_function()(event, cast("Any", Context(self.clock)))
        if answer["statusCode"] != 200:  # noqa: PLR2004 - HTTP's
            raise AssertionError(answer["body"])
        return json.loads(answer["body"]), len(answer["body"].encode())

    def create_client(
        self,
        settings: Settings,
        service: str,
        *,
        region: str | None = None,
        credentials: Credentials | None = None,
    ) -> Any:
        """Create a client, in place of `aws.clients.create_client`."""
        self.clients_created += 1
        if service == "bedrock":
            account = credentials.access_key if credentials else self.own.account
            source = Source(account, region or settings.region)
            return BedrockClient(
                source, self.faults.get(source), self._jobs_of, self.network, settings.max_attempts
            )
        without_role = {each.account for each, fault in self.faults.items() if fault is Fault.NO_ROLE}
        clients: Mapping[str, Callable[[], Any]] = {
            "dynamodb": lambda: self.table,
            "events": lambda: self.events,
            "sts": lambda: Sts(frozenset(without_role), self.network),
            "organizations": lambda: Organizations(self.accounts, self.network),
        }
        return clients[service]()

    def _jobs_of(self, source: Source) -> list[Any]:
        return self.jobs.by_source.get(source, [])

    def _handler(self, settings: Settings) -> Handler:
        observability = Observability(
            logger=Logger(service=_NAME, stream=cast("Any", self.meter), utc=True),
            tracer=Tracer(service=_NAME, disabled=True),
            metrics_namespace=settings.metrics_namespace,
            service_name=_NAME,
        )
        return create_handler(settings, Bedrock(self.create_client(settings, "bedrock")), observability)


_LISTABLE = (None, Fault.SLOW, Fault.THROTTLED_ONCE)


def _modules() -> list[ModuleType]:
    """Import all modules of the functions, except the one that Lambda loads."""
    names = (each.name for each in pkgutil.walk_packages(customization_jobs.__path__, "customization_jobs."))
    return [importlib.import_module(name) for name in names if name != "customization_jobs.handler"]
