"""The benchmark's servers are sockets on the loopback interface: here, unlike elsewhere, they open."""

import pytest


@pytest.fixture(autouse=True)
def _no_sockets() -> None:
    """Stand in for the fixture of this name that closes them."""
