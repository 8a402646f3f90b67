import pytest

from customization_jobs.fleet.query import FleetQueryContract
from customization_jobs.listing.query import QueryContract


@pytest.fixture(scope="session")
def fleet_contract(contract: QueryContract) -> FleetQueryContract:
    return FleetQueryContract(contract)
