"""An observer of sweeps in place of the watch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from customization_jobs.jobs import Summary

PUBLISHED: dict[str, Any] = {"published": {}}


@dataclass
class FakeObserver:
    complete: bool = True
    recorded_all: bool = True
    error: Exception | None = None
    observed: list[Any] = field(default_factory=list)

    def start(self) -> None:
        self.observed.append("start")

    def observe_page(self, jobs: Sequence[Summary]) -> None:
        self.observed += jobs

    def is_complete(self) -> bool:
        return self.complete

    def has_recorded_all(self) -> bool:
        return self.recorded_all

    def finish(self, *, listed_all_jobs: bool) -> dict[str, Any]:  # noqa: ARG002 - the interface
        if self.error:
            raise self.error
        return PUBLISHED
