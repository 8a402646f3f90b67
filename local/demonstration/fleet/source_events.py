"""The events of sources that the watch publishes: dark, and back."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from local.common.fleet import FleetSource
from local.demonstration.console import Console
from local.demonstration.fleet.formatting import source_name

DARK, BACK = "SourceDark", "SourceBack"
_DESCRIPTIONS = {DARK: "Source dark", BACK: "Source back"}


class SourceEvents:
    """Shows and counts events of sources."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._ids: Counter[str] = Counter()
        self._kinds: Counter[tuple[str, FleetSource]] = Counter()

    def show(self, event: Mapping[str, Any]) -> bool:
        """Show an event; return whether it is one of a source."""
        detail = event["detail"]
        kind = detail["kind"]
        if kind not in _DESCRIPTIONS:
            return False
        row = detail["source"]
        source = FleetSource(row["account"], row["region"])
        self._ids[detail["id"]] += 1
        self._kinds[kind, source] += 1
        name, reason = source_name(*source), row.get("deniedBy", row["state"])
        self._console.received(f"{_DESCRIPTIONS[kind]}: {name} ({reason})", ok=kind == BACK)
        return True

    def count(self, kind: str, source: FleetSource | None = None) -> int:
        """Return the number of events of a kind, of one source if given."""
        return sum(
            number for (each, of), number in self._kinds.items() if each == kind and source in (None, of)
        )

    @property
    def duplicates(self) -> int:
        """Number of events that were published more than once."""
        return sum(number > 1 for number in self._ids.values())
