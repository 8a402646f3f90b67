"""A table of waiters and the task tokens of waiting states, in memory."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from customization_jobs.aws.table import Document, Unfinished, VersionConflict
from tests.unit.watch.faults import FaultInjector


@dataclass
class Rows:
    """Stored documents: version, JSON text, and what is left to do, by key.

    Attributes
    ----------
    not_indexed : set of str
        Keys that the index does not have yet, because it lags behind.
    lags : bool
        Whether the index lags behind each write until `catch_up`.
    """

    items: dict[str, tuple[int, str, Unfinished | None]] = field(default_factory=dict)
    not_indexed: set[str] = field(default_factory=set)
    lags: bool = False

    def catch_up(self) -> None:
        self.not_indexed.clear()


@dataclass
class InMemoryTable:
    """A table with the guarantees of `VersionedTable`."""

    rows: Rows
    faults: FaultInjector

    def get(self, key: str) -> Document | None:
        return self.faults.call("get", lambda: self._document(key))

    def get_many(self, keys: Iterable[str]) -> dict[str, Document]:
        # Read before the call: it is eventually consistent.
        found = {key: document for key in keys if (document := self._document(key))}
        return self.faults.call("get_many", lambda: found)

    def put(
        self,
        key: str,
        document: Document,
        *,
        expires_at: int | None = None,
        unfinished: Unfinished | None = None,
    ) -> Document:
        assert (expires_at is None) != (unfinished is None), "only a waiter that is done expires"
        return self.faults.call("put", lambda: self._put(key, document, unfinished))

    def unfinished_keys(self, awaits: str) -> Iterator[str]:
        return self.faults.call("query", lambda: iter(self._indexed(awaits)))

    def all_unfinished_keys(self, prefix: str) -> Iterator[str]:
        keys = [key for key in self._indexed() if key.startswith(prefix)]
        return self.faults.call("scan", lambda: iter(keys))

    def _indexed(self, awaits: str | None = None) -> list[str]:
        return [
            key
            for key, (_, _, unfinished) in self.rows.items.items()
            if unfinished and awaits in (None, unfinished.awaits) and key not in self.rows.not_indexed
        ]

    def _document(self, key: str) -> Document | None:
        if key not in self.rows.items:
            return None
        version, written, _ = self.rows.items[key]
        return Document(json.loads(written), version)

    def _put(self, key: str, document: Document, unfinished: Unfinished | None) -> Document:
        version = self.rows.items[key][0] if key in self.rows.items else 0
        if version != document.version:
            raise VersionConflict
        self.rows.items[key] = (version + 1, json.dumps(document.body), unfinished)
        if self.rows.lags:
            self.rows.not_indexed.add(key)
        return Document(document.body, version + 1)


@dataclass
class States:
    """The waiting states, as Step Functions knows them.

    Attributes
    ----------
    waiting : set of str
        Tokens of the states that wait.
    outputs : dict of str to any
        The output of each state that succeeded.
    errors : dict of str to list
        Error and cause of each state that failed.
    heartbeats : list of str
        Tokens of the heartbeats in order.
    """

    waiting: set[str] = field(default_factory=set)
    outputs: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    heartbeats: list[str] = field(default_factory=list)

    def ended(self, token: str) -> bool:
        return token in self.outputs or token in self.errors


@dataclass
class InMemoryTokens:
    """Answers states with the guarantees of `TaskTokens`."""

    states: States
    faults: FaultInjector

    def succeed(self, token: str, output: Mapping[str, Any]) -> bool:
        return self.faults.call("answer", lambda: self._end(token, self.states.outputs, dict(output)))

    def fail(self, token: str, error: str, cause: str) -> bool:
        return self.faults.call("answer", lambda: self._end(token, self.states.errors, [error, cause]))

    def keep_alive(self, token: str) -> bool:
        return self.faults.call("heartbeat", lambda: self._keep_alive(token))

    def _end(self, token: str, ended: dict[str, Any], answer: Any) -> bool:
        if token not in self.states.waiting:
            return False
        self.states.waiting.remove(token)
        ended[token] = json.loads(json.dumps(answer))
        return True

    def _keep_alive(self, token: str) -> bool:
        self.states.heartbeats.append(token)
        return token in self.states.waiting
