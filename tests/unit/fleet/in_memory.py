"""The table of a fleet in memory. The index, and reads without strong consistency, can be behind."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from customization_jobs.aws.job_index import IndexedJob, IndexFilter, IndexPage, IndexRange
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.fleet.coverage_store import ChosenSources
from customization_jobs.fleet.matches import Record
from customization_jobs.sources import Source
from customization_jobs.timeouts import Deadline
from customization_jobs.watch.job import Job
from customization_jobs.watch.position import position_of, shard_of
from customization_jobs.watch.record import JobRecord
from tests.fakes import NOW, text

SOURCES = tuple(
    Source(account, region)
    for account in ("111122223333", "444455556666")
    for region in ("us-east-1", "us-west-2")
)
UNTIL_THE_END = Deadline(lambda: 1.0)
LARGE = 10**9


def fleet_job(
    number: int, source: Source = SOURCES[0], *, created: datetime = NOW, status: str = "Completed"
) -> Job:
    arn = f"arn:aws:bedrock:{source.region}:{source.account}:model-customization-job/m.x-v1:0/{number:012x}"
    name = f"{'even' if number % 2 == 0 else 'odd'}-{number}"
    return Job(arn, name, status, creation_time=text(created))


@dataclass
class FleetTable:
    """Index, records and sources.

    Attributes
    ----------
    records : dict of str to JobRecord
        As they are, by key.
    stale : dict of str to JobRecord or None
        What reads without strong consistency return instead; None for a record that they do not find.
    index : dict of str to IndexedJob
        What the index has, by key.
    unreadable : set of str
        Keys of records that are not readable.
    before_read : callable
        Called before each read: it can change the table.
    read_keys : list of int
        Number of records that each call has read.
    examined : list of int
        Number of jobs that each call has examined in the index.
    """

    records: dict[str, JobRecord] = field(default_factory=dict)
    stale: dict[str, JobRecord | None] = field(default_factory=dict)
    index: dict[str, IndexedJob] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    sources: tuple[Source, ...] | None = SOURCES
    before_read: Callable[[], None] = lambda: None
    read_keys: list[int] = field(default_factory=list)
    examined: list[int] = field(default_factory=list)

    def put(self, job: Job) -> None:
        """Write a record. The index and other reads do not show it yet."""
        before = self.records.get(job.key)
        self.stale.setdefault(job.key, before)
        position = position_of(job, before.position if before else None)
        self.records[job.key] = JobRecord(job, position=position)

    def catch_up_index(self) -> None:
        self.index = {
            key: IndexedJob(record.position, key, record.job.name, record.job.status)
            for key, record in self.records.items()
            if record.position
        }

    def catch_up_reads(self) -> None:
        self.stale.clear()

    def chosen(self) -> ChosenSources | None:
        return None if self.sources is None else ChosenSources(self.sources, NOW - timedelta(days=1))

    def read(self, shard: str, positions: IndexRange, only: IndexFilter, *, limit: int) -> IndexPage:
        self.before_read()
        assert positions.lowest <= positions.highest, "DynamoDB refuses this"
        in_range = sorted(
            job
            for key, job in self.index.items()
            if shard_of(key) == shard and positions.lowest <= job.position <= positions.highest
        )
        examined = (in_range if positions.ascending else in_range[::-1])[:limit]
        self.examined.append(len(examined))
        found = tuple(
            job
            for job in examined
            if (only.name_contains or "") in job.name and only.status in (None, job.status)
        )
        # As DynamoDB: a page that ends with the limit has a next one, even if that is empty.
        return IndexPage(found, examined[-1].position if len(examined) == limit else None)

    def get_many(self, job_keys: Iterable[str], *, consistent: bool = False) -> dict[str, Record]:
        self.before_read()
        keys = list(job_keys)
        assert len(set(keys)) == len(keys)
        self.read_keys.append(len(keys))
        known = self.records if consistent else {**self.records, **self.stale}
        found: dict[str, Record] = {}
        for key in keys:
            record = known.get(key)
            if key in self.unreadable:
                found[key] = WatchUnavailableException(f"{key} is not readable")
            elif record:
                found[key] = record._replace()
        return found


def filled(jobs: Iterable[Job]) -> FleetTable:
    """Return a table with the records of jobs, of which nothing is behind."""
    table = FleetTable()
    for job in jobs:
        table.put(job)
    table.catch_up_index()
    table.catch_up_reads()
    return table


def passing(flags: Iterable[bool]) -> Deadline:
    """Return a deadline that has passed, or not, each time that it is asked; in the end it has."""
    left = deque(flags)
    return Deadline(lambda: -1.0 if not left or left.popleft() else 1.0)
