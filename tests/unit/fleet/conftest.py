import pytest

from customization_jobs.listing.query import QueryContract
from tests.unit.fleet.fakes import Fleet


@pytest.fixture
def fleet(contract: QueryContract) -> Fleet:
    return Fleet(contract)
