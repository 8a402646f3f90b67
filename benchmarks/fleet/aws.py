"""Doubles of AWS's clients in a fleet: latencies in virtual time, throttling, and refusals."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError

from benchmarks.fleet.clock import LISTING_LANES, Clock
from benchmarks.fleet.dynamodb import Table
from benchmarks.fleet.sources import HUB, REGIONS, Fault, Fleet, SimulatedSource
from customization_jobs.aws import clients
from customization_jobs.aws.clients import Credentials, Service
from customization_jobs.settings import Settings
from customization_jobs.sources import Source

_ACCOUNTS_A_PAGE = 20
_NAMES = ("AccessKeyId", "SecretAccessKey", "SessionToken")
# Modules that import `create_client` by name, and its own, from which others import it when they need it.
_IMPORTERS = (
    "customization_jobs.wiring.fleet",
    "customization_jobs.waits.parts",
    "customization_jobs.aws.clients",
)


class Cloud:
    """Everything outside the function.

    Attributes
    ----------
    listed_jobs : int
        Number of jobs on pages so far.
    events : int
        Number of events that the bus accepted.
    clients : int
        Number of clients of Bedrock that were created.
    """

    def __init__(self, fleet: Fleet, clock: Clock, random: Random) -> None:
        self.fleet = fleet
        self.clock = clock
        self.random = random
        self.table = Table(clock, random)
        self.listed_jobs = self.events = self.clients = 0
        self.bedrock_meta: Any = None

    def replace_clients(self, settings: Settings) -> ExitStack:
        """Make the code create these clients, until the returned context ends."""
        # The contract of queries comes from the real client's model.
        self.bedrock_meta = clients.create_client(settings, "bedrock").meta
        stack = ExitStack()
        for module in _IMPORTERS:
            stack.enter_context(patch(f"{module}.create_client", self.create))
        return stack

    def create(
        self,
        settings: Settings,
        service: Service,
        *,
        region: str | None = None,
        credentials: Credentials | None = None,
    ) -> Any:
        """Create a client, in place of `aws.clients.create_client`."""
        if service == "bedrock":
            self.clients += 1
            account = credentials.access_key.rpartition("-")[2] if credentials else HUB
            return _Bedrock(self, self.fleet.sources[Source(account, region or settings.region)])
        return {
            "dynamodb": self.table,
            "sts": _Sts(self),
            "organizations": _Organizations(self),
            "events": _Events(self),
        }[service]

    def seconds(self, least: float, most: float) -> float:
        """Return a random latency."""
        return self.random.uniform(least, most)


class _Sts:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.meta = SimpleNamespace(partition="aws")

    def assume_role(self, *, RoleArn: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        self._cloud.clock.wait("sts", "AssumeRole", self._cloud.seconds(0.08, 0.15))
        account = RoleArn.split(":")[4]
        if self._cloud.fleet.sources[Source(account, REGIONS[0])].fault is Fault.ROLE:
            message = f"User: hub is not authorized to perform: sts:AssumeRole on resource: {RoleArn}"
            raise client_error("AccessDenied", message, "AssumeRole")
        expires = datetime.now(UTC) + timedelta(hours=1)
        return {"Credentials": {**{name: f"{name}-{account}" for name in _NAMES}, "Expiration": expires}}


class _Organizations:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def list_accounts(self, *, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        self._cloud.clock.wait("organizations", "ListAccounts", self._cloud.seconds(0.1, 0.3))
        start, accounts = int(NextToken), self._cloud.fleet.accounts
        end = start + _ACCOUNTS_A_PAGE
        token = {"NextToken": str(end)} if end < len(accounts) else {}
        return {"Accounts": [{"Id": each, "State": "ACTIVE"} for each in accounts[start:end]], **token}


class _Events:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self._cloud.clock.wait("events", "PutEvents", self._cloud.seconds(0.01, 0.04))
        self._cloud.events += len(Entries)
        return {"Entries": [{"EventId": "any"} for _ in Entries]}


class _Bedrock:
    def __init__(self, cloud: Cloud, simulated: SimulatedSource) -> None:
        self._cloud = cloud
        self._simulated = simulated
        self.meta = cloud.bedrock_meta

    def list_model_customization_jobs(
        self,
        *,
        maxResults: int,  # noqa: N803
        sortBy: str = "CreationTime",  # noqa: N803
        sortOrder: str = "Descending",  # noqa: N803
        nextToken: str | None = None,  # noqa: N803
        creationTimeAfter: datetime = datetime.fromtimestamp(0, UTC),  # noqa: N803, B008 - never changes
        creationTimeBefore: datetime = datetime.max.replace(tzinfo=UTC),  # noqa: N803, B008 - as above
    ) -> dict[str, Any]:
        assert sortBy == "CreationTime"  # noqa: S101 - the only order
        cloud, simulated = self._cloud, self._simulated
        with cloud.clock.not_measured():
            self._wait("ListModelCustomizationJobs", 0.15, 0.6)
            if simulated.fault is Fault.POLICY:
                message = "with an explicit deny in a service control policy"
                raise client_error("AccessDeniedException", message, "ListModelCustomizationJobs")
            if simulated.fault is Fault.THROTTLED:
                raise client_error("ThrottlingException", "Rate exceeded", "ListModelCustomizationJobs")
            jobs, token = simulated.page(
                maxResults,
                nextToken,
                descending=sortOrder == "Descending",
                after=creationTimeAfter.timestamp(),
                before=creationTimeBefore.timestamp(),
            )
            cloud.listed_jobs += len(jobs)
            summaries = [job.summary(simulated.source) for job in jobs]
            answer = {"modelCustomizationJobSummaries": summaries, **({"nextToken": token} if token else {})}
            return {"body": json.dumps(answer).encode()}

    def get_model_customization_job(self, *, jobIdentifier: str) -> dict[str, Any]:  # noqa: ARG002, N803
        self._wait("GetModelCustomizationJob", 0.1, 0.3)
        return {"body": b'{"failureMessage": "The training data contains an invalid record."}'}

    def _wait(self, operation: str, least: float, most: float) -> None:
        cloud, fault = self._cloud, self._simulated.fault
        attempts = [cloud.seconds(least, most)]
        if fault is Fault.SLOW:
            attempts = [cloud.seconds(2.0, 4.5)]
        if fault in (Fault.THROTTLED, Fault.THROTTLED_ONCE):
            # A refusal is quick. botocore's standard mode pauses for up to a second before its first retry.
            refused = cloud.seconds(0.03, 0.08)
            again = attempts[0] if fault is Fault.THROTTLED_ONCE else cloud.seconds(0.03, 0.08)
            attempts = [refused, cloud.seconds(0.0, 1.0) + again]
        cloud.clock.wait("bedrock", operation, *attempts, lanes=LISTING_LANES)


def client_error(code: str, message: str, operation: str) -> ClientError:
    """Return an error of AWS."""
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    return ClientError(answer, operation)
