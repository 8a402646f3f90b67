"""Fixtures for the tests of waits."""

import pytest

from tests.unit.waits.harness import WaitsHarness


@pytest.fixture
def harness() -> WaitsHarness:
    """Return a harness whose watch has started."""
    harness = WaitsHarness()
    harness.sweep()
    return harness
