"""The only module that creates botocore clients."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import botocore
import botocore.session
from botocore.config import Config
from botocore.hooks import EVENT_ALIASES
from botocore.parsers import ResponseParser, ResponseParserFactory, RestJSONParser

from customization_jobs import __version__
from customization_jobs.aws import root_certificates as roots
from customization_jobs.aws.throttled_retries import ThrottledRetries

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.model import StructureShape

    from customization_jobs.settings import Settings

# Bedrock lists jobs; the next four store and publish what the watch finds, notify people, and answer
# workflows. Two give access to the other accounts of a fleet. The last two export.
Service = Literal[
    "bedrock", "dynamodb", "events", "sns", "stepfunctions", "organizations", "sts", "s3", "sqs"
]


class Credentials(NamedTuple):
    """Temporary credentials. Never log them: `repr` hides them.

    Attributes
    ----------
    expires_at : datetime
        Calls that are signed with them fail afterwards.
    """

    access_key: str
    secret_key: str
    session_token: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Return a text without the credentials."""
        return f"Credentials(expires_at={self.expires_at!r})"


def create_client(
    settings: "Settings",
    service: Service,
    *,
    region: str | None = None,
    credentials: Credentials | None = None,
) -> "BaseClient":
    """Create a client.

    Unless others are given, calls are signed with the role's credentials, even if the environment has a
    bearer token (`AWS_BEARER_TOKEN_BEDROCK`). Timeouts leave time to respond; retries are botocore's
    `standard` mode, with `ThrottledRetries` for Bedrock.

    Parameters
    ----------
    region : str or None
        By default, the region of the settings for Bedrock, and the function's region for other services.
    credentials : Credentials or None
        Credentials of another role.
    """
    session = _session()
    config = Config(
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.read_timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": settings.max_attempts},
        # botocore prefers a bearer token unless this is set in code (botocore/handlers.py).
        signature_version="v4",
        # Otherwise botocore composes one for each call: an eighth of a small call (docs/decisions.md).
        user_agent=f"bedrock-customization-jobs/{__version__} Botocore/{botocore.__version__}",
    )
    # The table, the bus, the topics and the bucket are in the function's region, wherever jobs are listed.
    own_region = settings.region if service == "bedrock" else settings.function_region or settings.region
    # The user's choice of trusted certificates (`AWS_CA_BUNDLE`) takes precedence.
    verify = session.get_config_variable("ca_bundle") or roots.trusted_file(roots.FOLDER)
    client = session.create_client(
        service,
        region_name=region or own_region,
        config=config,
        verify=verify,
        aws_access_key_id=credentials.access_key if credentials else None,
        aws_secret_access_key=credentials.secret_key if credentials else None,
        aws_session_token=credentials.session_token if credentials else None,
    )
    if service == "bedrock":
        client.meta.events.register_first("needs-retry.bedrock", ThrottledRetries().decide)
    return client


@cache
def _session() -> botocore.session.Session:
    """Return the session of all clients, which reads each service model once, and finds the credentials once.

    A session of its own would take nine tenths of the CPU time of a further client (docs/decisions.md).
    """
    # botocore searches these aliases at each of its roughly 200 registrations, to support handlers that are
    # registered under legacy service names. No handler here is.
    EVENT_ALIASES.clear()
    session = botocore.session.Session()
    session.register_component("response_parser_factory", _UnparsedJsonFactory())
    return session


class _UnparsedJson(RestJSONParser):
    """Returns the body of a successful answer as bytes.

    botocore's own parser drops fields that its model does not know, and parses timestamps that would have to
    be formatted again: nine tenths of a warm invocation (docs/decisions.md).
    """

    def _do_parse(self, response: Mapping[str, Any], shape: "StructureShape") -> dict[str, Any]:  # noqa: ARG002 - botocore's interface
        return {"body": response["body"], "ResponseMetadata": {}}


class _UnparsedJsonFactory(ResponseParserFactory):
    """Creates `_UnparsedJson` for `rest-json`, a protocol that only Bedrock uses of the services called."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        return _UnparsedJson() if protocol_name == "rest-json" else super().create_parser(protocol_name)
