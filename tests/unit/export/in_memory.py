"""A bucket, a queue and a scan in memory, whose calls can fail or end the invocation."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from customization_jobs.aws.bucket import BucketError
from customization_jobs.aws.queue import QueueError
from customization_jobs.aws.table import Document
from customization_jobs.aws.table_scan import ScannedPage
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.export.columns import COLUMNS
from tests.unit.export.types import is_of_type
from tests.unit.watch.faults import Killed

Result = TypeVar("Result")


@dataclass
class Faults:
    """Injects faults into calls, which are numbered from 1.

    Attributes
    ----------
    calls : list of str
        Names of the calls so far.
    kill_at, fail_at : set of int
        Calls at which the invocation dies, and that fail.
    takes_effect : bool
        Whether these calls take effect first.
    """

    calls: list[str] = field(default_factory=list)
    kill_at: set[int] = field(default_factory=set)
    fail_at: set[int] = field(default_factory=set)
    takes_effect: bool = False

    def call(self, name: str, effect: Callable[[], Result], error: Exception) -> Result:
        self.calls.append(name)
        number = len(self.calls)
        if number in self.kill_at | self.fail_at:
            if self.takes_effect:
                effect()
            raise Killed if number in self.kill_at else error
        return effect()


@dataclass
class InMemoryBucket:
    """Keeps the rows of each object, which must have the columns and the types of its kind."""

    faults: Faults = field(default_factory=Faults)
    contents: dict[str, bytes] = field(default_factory=dict)
    before_put: Callable[[str], object] = lambda _: None

    def put(self, key: str, content: bytes, content_type: str) -> None:
        assert content_type == "application/gzip"
        self.before_put(key)
        self.faults.call("put", lambda: self.contents.update({key: content}), BucketError("SlowDown: later"))

    def rows(self, kind: str) -> list[dict[str, Any]]:
        found = [row for key in sorted(self.contents) for row in self.rows_of(key, kind)]
        for row in found:
            assert list(row) == list(COLUMNS[kind])
            for name, value in row.items():
                assert is_of_type(value, COLUMNS[kind][name]), (name, value)
        return found

    def rows_of(self, key: str, kind: str) -> list[dict[str, Any]]:
        if not key.startswith(f"kind={kind}/"):
            return []
        return [json.loads(line) for line in gzip.decompress(self.contents[key]).decode().splitlines()]


@dataclass
class InMemoryQueue:
    """Keeps messages as text."""

    faults: Faults = field(default_factory=Faults)
    messages: list[str] = field(default_factory=list)

    def send(self, body: Mapping[str, Any]) -> None:
        text = json.dumps(body)
        self.faults.call("send", lambda: self.messages.append(text), QueueError("Throttled: later"))


@dataclass
class InMemoryScan:
    """Documents in the order of their keys; a page has at most `page_size` of them, and can be empty."""

    documents: dict[str, Any]
    faults: Faults = field(default_factory=Faults)
    page_size: Callable[[], int] = lambda: 3

    def read(self, start: str | None, *, limit: int) -> ScannedPage:
        assert limit > 0

        def page() -> ScannedPage:
            following = sorted(key for key in self.documents if start is None or key > start)
            read = following[: min(limit, max(1, self.page_size()))]
            last = read[-1] if len(read) < len(following) else None
            jobs = {key: Document(self.documents[key], 1) for key in read if not key.startswith("#")}
            return ScannedPage(jobs, last)

        return self.faults.call("scan", page, WatchUnavailableException("throttled"))
