"""Fixtures of the tests of the fleet."""

import pytest

from customization_jobs.fleet.query import FleetQueryContract
from customization_jobs.listing.query import QueryContract
from tests.unit.fleet.harness import FleetHarness


@pytest.fixture(scope="session")
def fleet_contract(contract: QueryContract) -> FleetQueryContract:
    return FleetQueryContract(contract)


@pytest.fixture
def harness() -> FleetHarness:
    return FleetHarness()
