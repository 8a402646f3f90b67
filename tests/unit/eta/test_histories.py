import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from customization_jobs.aws.table import Document, VersionConflict, VersionedTable
from customization_jobs.eta.histories import Histories
from customization_jobs.eta.history import History
from tests.unit.eta.histories import past


@dataclass
class Documents:
    """Documents in memory, as JSON text, with their versions."""

    stored: dict[str, tuple[str, int]] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    conflicts: set[str] = field(default_factory=set)

    def get(self, key: str) -> Document | None:
        return self.get_many([key]).get(key)

    def get_many(self, keys: Iterable[str]) -> dict[str, Document]:
        found = {key: self.stored[key] for key in keys if key in self.stored}
        return {key: Document(json.loads(body), version) for key, (body, version) in found.items()}

    def put(self, key: str, document: Document) -> Document:
        _, version = self.stored.get(key, ("", 0))
        if document.version != version or key in self.conflicts:
            raise VersionConflict
        self.stored[key] = (json.dumps(document.body), version + 1)
        self.written.append(key)
        return document


def test_jobs_are_added_to_what_is_stored_and_written_only_if_new() -> None:
    documents = Documents()
    histories = Histories(documents)
    assert histories.get("a") == History()
    assert histories.add({"a": [past(1)], "b": [past(1)]}) == 2
    assert histories.add({"a": [past(2), past(1)], "b": [past(1)]}) == 1
    assert histories.add({"a": [past(1)], "b": []}) == 0
    assert documents.written == ["a", "b", "a"]
    assert histories.get("a").jobs == (past(2), past(1))


def test_a_history_that_another_sweep_writes_is_left_to_the_next_sweep() -> None:
    documents = Documents(conflicts={"a"})
    histories = Histories(documents)
    assert histories.add({"a": [past(1)], "b": [past(1)]}) == 1
    documents.conflicts.clear()
    assert histories.add({"a": [past(1)], "b": [past(1)]}) == 1
    assert documents.written == ["b", "a"]


@pytest.mark.parametrize("body", [None, 5, [], {"jobs": "none"}])
def test_an_unreadable_document_is_replaced(body: Any) -> None:
    documents = Documents({"a": (json.dumps(body), 7)})
    histories = Histories(documents)
    assert histories.get("a") == History()
    assert histories.add({"a": [past(1)]}) == 1
    assert histories.get("a").jobs == (past(1),)


def test_slow_writes_end_after_some_seconds_and_go_on_in_the_next_sweep() -> None:
    documents = Documents()
    # The clock is read once at the start and once before each write.
    times = iter([0.0, 1.0, 2.0, 4.0])
    histories = Histories(documents, clock=lambda: next(times, 0.0))
    jobs = {key: [past(1)] for key in "abcd"}
    assert histories.add(jobs) == 2
    assert histories.add(jobs) == 2
    assert documents.written == ["a", "b", "c", "d"]


def test_the_table_stores_histories(dynamodb: Any) -> None:
    histories = Histories(VersionedTable(dynamodb, "jobs"))
    assert histories.add({"#durations/A/b": [past(1)]}) == 1
    assert histories.add({"#durations/A/b": [past(1), past(2)]}) == 1
    assert histories.get("#durations/A/b").jobs == (past(2), past(1))
    assert histories.get("#durations/A") == History()
