"""Clients of Bedrock in the sources of a fleet, and of AWS STS, for the real wiring."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from customization_jobs.aws import clients
from customization_jobs.aws.clients import Credentials
from customization_jobs.settings import Settings
from customization_jobs.sources import Source
from tests.fakes import FakeBedrock
from tests.unit.aws.moto_clients import moto_client


def client_error(code: str, message: str = "", operation: str = "AssumeRole") -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    return ClientError(answer, operation)


@dataclass
class FakeSts:
    """Records the roles that are requested, and gives credentials for each."""

    requested: list[dict[str, Any]] = field(default_factory=list)
    meta: Any = field(default_factory=lambda: SimpleNamespace(partition="aws"))

    def assume_role(self, **parameters: Any) -> dict[str, Any]:
        self.requested.append(parameters)
        expires = datetime.now(UTC) + timedelta(hours=1)
        account = parameters["RoleArn"].split(":")[4]
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        return {"Credentials": {**{name: f"{name}-{account}" for name in names}, "Expiration": expires}}

    def role_arns(self) -> set[str]:
        return {each["RoleArn"] for each in self.requested}


def _answer(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"body": json.dumps(body).encode()}


@dataclass
class SourceBedrock:
    """Bedrock's client in one source.

    Attributes
    ----------
    messages, tags : dict
        Why jobs failed, and their tags, by ARN.
    error : ClientError or None
        What each list call raises.
    """

    jobs: FakeBedrock = field(default_factory=FakeBedrock)
    messages: dict[str, str] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    error: ClientError | None = None

    def list_model_customization_jobs(self, **parameters: Any) -> dict[str, Any]:
        if self.error:
            raise self.error
        return _answer(self.jobs.list_page(parameters).answer)

    def get_model_customization_job(self, *, jobIdentifier: str) -> dict[str, Any]:  # noqa: N803 - Bedrock's
        return _answer({"failureMessage": self.messages[jobIdentifier]})

    def list_tags_for_resource(self, *, resourceARN: str) -> dict[str, Any]:  # noqa: N803 - Bedrock's
        tags = [{"key": key, "value": value} for key, value in self.tags.get(resourceARN, {}).items()]
        return _answer({"tags": tags})


@dataclass
class FleetClients:
    """Creates the clients of a fleet, in place of `create_client`.

    Attributes
    ----------
    sts : FakeSts or None
        None: moto's.
    given : list of Credentials
        The credentials with which Bedrock's clients were created.
    """

    hub: str
    sts: FakeSts | None = None
    sources: dict[Source, SourceBedrock] = field(default_factory=dict)
    given: list[Credentials] = field(default_factory=list)
    created: list[str] = field(default_factory=list)

    def source(self, account: str, region: str) -> SourceBedrock:
        return self.sources.setdefault(Source(account, region), SourceBedrock())

    def create(
        self,
        settings: Settings,
        service: clients.Service,
        *,
        region: str | None = None,
        credentials: Credentials | None = None,
    ) -> Any:
        self.created.append(service)
        if service == "sts" and self.sts:
            return self.sts
        if service != "bedrock":
            return clients.create_client(settings, service, region=region, credentials=credentials)
        self.given += [credentials] if credentials else []
        return self.source(self._account(credentials), region or settings.region)

    def _account(self, credentials: Credentials | None) -> str:
        """Return the account of credentials, as AWS STS says."""
        if credentials is None:
            return self.hub
        if self.sts:
            return credentials.access_key.rpartition("-")[2]
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        keys: Mapping[str, str] = dict(zip(names, credentials[:3], strict=True))
        return str(moto_client("sts", **keys).get_caller_identity()["Account"])
