import pytest

from tests.unit.watch.harness import WatchHarness
from tests.unit.watch.scenarios import started_harness


@pytest.fixture
def harness() -> WatchHarness:
    """Return a harness whose watch started an hour ago."""
    return started_harness()
