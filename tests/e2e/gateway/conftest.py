from collections.abc import Iterator

import pytest

from local.gateway.gateway import Gateway
from local.gateway.lambda_environment import LambdaEnvironment
from tests.e2e.gateway.harness import Function, Served, serving

# The limits that the fixture `hasty` sets.
CLIENT_SECONDS = 1.5


@pytest.fixture
def function() -> Function:
    return Function()


@pytest.fixture
def gateway(function: Function) -> Gateway:
    return Gateway(LambdaEnvironment(function, 5), "us-east-1", integration_timeout_seconds=5)


@pytest.fixture
def served(gateway: Gateway, function: Function) -> Iterator[Served]:
    with serving(gateway.answer) as port:
        yield Served(port, function)


@pytest.fixture
def hasty(gateway: Gateway, function: Function) -> Iterator[Served]:
    """Serve with little time for clients."""
    with serving(gateway.answer, CLIENT_SECONDS) as port:
        yield Served(port, function)
