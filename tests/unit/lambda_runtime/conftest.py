"""These tests open sockets: the double of the Runtime API is a server on the loopback interface."""

import pytest


@pytest.fixture(autouse=True)
def _no_sockets() -> None:
    """Override the fixture that disables sockets in unit tests."""
