"""An agent whose client signs, behind a gateway that checks signatures."""

import asyncio
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.contract.real_clients.client.conftest import REGION

if TYPE_CHECKING:
    from tests.contract.real_clients.client.signed_gateway import SignedGateway


class Signature(httpx2.Auth):
    """Signs each request for API Gateway, as a proxy that signs does."""

    requires_request_body = True

    def __init__(self, credentials: Credentials) -> None:
        self._signer = SigV4Auth(credentials, "execute-api", REGION)

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Add the headers of the signature."""
        signed: Any = AWSRequest(request.method, str(request.url), {}, request.content)
        self._signer.add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request


def coverage(gateway: "SignedGateway", auth: httpx2.Auth | None) -> Any:
    async def connected() -> Any:
        async with httpx2.AsyncClient(auth=auth) as http:
            transport = streamable_http_client(f"{gateway.url}mcp", http_client=http)
            async with Client(transport) as client:
                await client.list_tools()
                return await client.call_tool("get_fleet_coverage", {})

    return asyncio.run(connected())


def test_a_signed_agent_reads_the_coverage_of_the_fleet(
    gateway: "SignedGateway", credentials: Credentials
) -> None:
    before = len(gateway.passed)
    result = coverage(gateway, Signature(credentials))
    assert result.structured_content["data"]["coverage"]["sources"] > 1
    assert gateway.passed[before:] == ["/mcp"] * 3


def test_an_agent_that_does_not_sign_reaches_nothing(gateway: "SignedGateway") -> None:
    before = len(gateway.passed)
    with pytest.raises(ExceptionGroup, match="unhandled errors"):
        coverage(gateway, None)
    assert len(gateway.passed) == before
