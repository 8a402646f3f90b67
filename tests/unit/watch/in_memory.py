"""A table and a bus in memory, for the watch."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customization_jobs.aws.bus import BusEvent
from customization_jobs.aws.table import Document, VersionConflict
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.watch.job_arn import job_key
from customization_jobs.watch.part import Part
from customization_jobs.watch.position import position_of
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.records import read_record
from tests.unit.watch.faults import FaultInjector


@dataclass
class Table:
    """The stored records with their versions, by key, as JSON text, so that only what was written is read."""

    items: dict[str, tuple[int, str]] = field(default_factory=dict)
    baseline: datetime | None = None
    part: Part = field(default_factory=Part)
    owners: dict[str, Any] | None = None
    # The keys of the records that were read together, in order.
    read: list[str] = field(default_factory=list)
    # When each record with pending transitions was written, by key.
    pending_since: dict[str, datetime] = field(default_factory=dict)
    # Where each record is listed, by key. A record of an older version is not.
    positions: dict[str, str] = field(default_factory=dict)

    def record(self, arn: str) -> JobRecord | None:
        key = job_key(arn)
        if key not in self.items:
            return None
        version, written = self.items[key]
        return read_record(arn, Document(json.loads(written), version, self.positions.get(key)))

    def record_or_error(self, arn: str) -> JobRecord | WatchUnavailableException | None:
        try:
            return self.record(arn)
        except WatchUnavailableException as error:
            return error


@dataclass
class InMemoryStore:
    """A store with the guarantees of `JobRecords`."""

    table: Table
    faults: FaultInjector
    now: Callable[[], datetime]

    def get(self, job_arn: str) -> JobRecord | None:
        return self.faults.call("get", lambda: self.table.record(job_arn))

    def get_many(
        self, job_arns: Iterable[str], *, consistent: bool = False
    ) -> dict[str, JobRecord | WatchUnavailableException]:
        arns = list(job_arns)
        self.table.read += arns

        def read() -> dict[str, JobRecord | WatchUnavailableException]:
            found = {arn: self.table.record_or_error(arn) for arn in arns}
            return {arn: each for arn, each in found.items() if each}

        # By default it reads before the call: it is eventually consistent.
        before = read()
        return self.faults.call("get_many", read if consistent else lambda: before)

    def put(self, record: JobRecord) -> JobRecord:
        return self.faults.call("put", lambda: self._put(record))

    def pending_keys(self, before: datetime) -> list[str]:
        return self.faults.call("pending_keys", lambda: self._pending_keys(before))

    def baseline(self) -> datetime:
        return self.faults.call("baseline", self._baseline)

    def part(self) -> Part:
        return self.faults.call("part", lambda: self.table.part)

    def put_part(self, part: Part) -> None:
        self.faults.call("put_part", lambda: setattr(self.table, "part", part))

    def put_owners(self, owners: Mapping[str, Any]) -> None:
        self.faults.call("put_owners", lambda: setattr(self.table, "owners", json.loads(json.dumps(owners))))

    def _put(self, record: JobRecord) -> JobRecord:
        version, _ = self.table.items.get(record.job.key, (0, ""))
        if version != record.version:
            raise VersionConflict
        written = json.dumps(record.to_json())
        self.table.items[record.job.key] = (version + 1, written)
        self.table.pending_since.pop(record.job.key, None)
        if record.pending:
            self.table.pending_since[record.job.key] = self.now()
        position = self.table.positions[record.job.key] = position_of(record.job, record.position)
        return JobRecord.from_json(json.loads(written), version + 1)._replace(position=position)

    def _pending_keys(self, before: datetime) -> list[str]:
        pending = self.table.pending_since
        return sorted((key for key, since in pending.items() if since < before), key=pending.__getitem__)

    def _baseline(self) -> datetime:
        self.table.baseline = self.table.baseline or self.now()
        return self.table.baseline


@dataclass
class BusLog:
    """What a bus has received, and what it does not accept.

    Attributes
    ----------
    published : list of dict
        The details of all accepted events in order.
    refuses : callable
        Whether the bus does not accept an event.
    refused : set of int
        The events, numbered from 1, that the bus does not accept.
    received : int
        Number of events that the bus has received, accepted or not.
    """

    published: list[dict[str, Any]] = field(default_factory=list)
    refuses: Callable[[BusEvent], bool] = lambda _: False
    refused: set[int] = field(default_factory=set)
    received: int = 0


@dataclass
class InMemoryBus:
    """A bus that accepts events one by one."""

    log: BusLog
    faults: FaultInjector

    def publish(self, events: list[BusEvent], out_of_time: Callable[[], bool]) -> dict[str, str]:
        failed: dict[str, str] = {}
        for event in events:
            error = "no time was left" if out_of_time() else self._publish(event)
            if error:
                failed[event.id] = error
        return failed

    def _publish(self, event: BusEvent) -> str | None:
        try:
            return self.faults.call("publish", lambda: self._accept(event))
        except WatchUnavailableException as error:
            return str(error)

    def _accept(self, event: BusEvent) -> str | None:
        self.log.received += 1
        if self.log.received in self.log.refused or self.log.refuses(event):
            return "ThrottlingException"
        self.log.published.append(json.loads(json.dumps(event.detail)))
        return None
