"""Fixtures of the tests of the fleet."""

import importlib.util
import sys
from types import ModuleType

import pytest

from tests.unit.fleet.harness import Count, FleetHarness

_TOTALS = "customization_jobs.fleet.totals"


@pytest.fixture(autouse=True)
def _totals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count jobs as long as the package has no totals."""
    if importlib.util.find_spec(_TOTALS) is None:
        module = ModuleType(_TOTALS)
        module.SourceTotals = lambda *_: Count()  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, _TOTALS, module)


@pytest.fixture
def harness() -> FleetHarness:
    return FleetHarness()
