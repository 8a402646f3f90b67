"""Walking the tokens of the fleet's list, while jobs appear and change and the index is behind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.fleet import walk
from customization_jobs.fleet.jobs import FleetJobs
from customization_jobs.fleet.query import FleetQuery, FleetQueryContract
from customization_jobs.fleet.summary import source_of
from customization_jobs.timeouts import Deadline
from customization_jobs.watch.job import Job
from customization_jobs.watch.job_arn import job_key
from customization_jobs.watch.record import JobRecord
from tests.fakes import NOW, text
from tests.unit.fleet.in_memory import SOURCES, FleetTable, filled, fleet_job, passing


def _is_valid(query: dict[str, Any]) -> bool:
    return bool(query.get("creationTimeAfter", "") <= query.get("creationTimeBefore", "~"))


_STATUSES = ("InProgress", "Completed", "Failed")
_MINUTES = st.integers(0, 3)
_JOBS = st.tuples(st.sampled_from(SOURCES), _MINUTES, st.sampled_from(_STATUSES))
_QUERIES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"maxResults": st.integers(1, 12)},
    optional={
        "statusEquals": st.sampled_from(_STATUSES),
        "nameContains": st.sampled_from(["even", "odd", "1"]),
        "creationTimeAfter": _MINUTES.map(lambda minute: text(NOW + timedelta(minutes=minute))),
        "creationTimeBefore": _MINUTES.map(lambda minute: text(NOW + timedelta(minutes=minute))),
        "account": st.sampled_from([each.account for each in SOURCES]),
        "region": st.sampled_from([each.region for each in SOURCES]),
        "sortOrder": st.sampled_from(["Ascending", "Descending"]),
    },
).filter(_is_valid)
_ACTIONS: st.SearchStrategy[Any] = st.one_of(
    st.tuples(st.just("arrive"), _JOBS),
    st.tuples(st.just("change"), st.integers(0, 60), st.sampled_from(_STATUSES)),
    st.tuples(st.just("index"), st.none()),
    st.tuples(st.just("reads"), st.none()),
    st.tuples(st.just("nothing"), st.none()),
)


class World:
    """A table that changes while it is read, and which jobs match a query all the time."""

    def __init__(self, jobs: list[Any], query: FleetQuery, before: list[Any], during: list[Any]) -> None:
        self.number = 0
        self.query = query
        self.table = filled(self._new(*each) for each in jobs)
        self.throughout: set[str] = set()
        self.ever: set[str] = set()
        self.actions = before
        while self.actions:
            self._act()
        self.throughout, self.ever = self._matching_and_indexed(), self._matching_for_some_reader()
        self.actions = during
        self.table.before_read = self._act

    def _new(self, source: Any, minute: int, status: str) -> Job:
        self.number += 1
        return fleet_job(self.number, source, created=NOW + timedelta(minutes=minute), status=status)

    def _act(self) -> None:
        action: Any = self.actions.pop(0) if self.actions else ("nothing", None)
        if action[0] == "arrive":
            self.table.put(self._new(*action[1]))
        elif action[0] == "change" and self.table.records:
            keys = sorted(self.table.records)
            job = self.table.records[keys[action[1] % len(keys)]].job
            self.table.put(fleet_job_with_status(job, action[2]))
        elif action[0] == "index":
            self.table.catch_up_index()
        elif action[0] == "reads":
            self.table.catch_up_reads()
        self.throughout &= self._matching_and_indexed()
        self.ever |= self._matching_for_some_reader()

    def _matching_and_indexed(self) -> set[str]:
        return {
            key
            for key, record in self.table.records.items()
            if self._matches(key, record) and self._is_indexed(key)
        }

    def _matching_for_some_reader(self) -> set[str]:
        seen = [*self.table.records.items(), *self.table.stale.items()]
        return {key for key, record in seen if record and self._matches(key, record)}

    def _matches(self, key: str, record: JobRecord) -> bool:
        source = source_of(key)
        assert source
        return self.query.selects(source) and self.query.matches(record)

    def _is_indexed(self, key: str) -> bool:
        indexed = self.table.index.get(key)
        return indexed is not None and self.query.status in (None, indexed.status)


def fleet_job_with_status(job: Job, status: str) -> Job:
    return Job.from_json({**job.to_json(), "status": status})


def walked(
    table: FleetTable,
    payload: dict[str, Any],
    contract: FleetQueryContract,
    deadline: Callable[[], Deadline],
    max_bytes: int,
) -> list[dict[str, Any]]:
    """Return the summaries of all pages."""
    jobs, found, token = FleetJobs(table, table, table), [], None
    while True:
        query = contract.from_json({**payload, **({"nextToken": token} if token else {})})
        page = jobs.list_page(query, deadline(), max_bytes=max_bytes)
        found += page.jobs
        assert len(page.jobs) <= payload["maxResults"]
        assert (page.next_token is None) == (page.stopped_by is None)
        assert {(each["account"], each["region"]) for each in page.jobs} == page.sources
        if page.next_token is None:
            return found
        assert page.next_token != token, "each page makes progress"
        token = page.next_token


@given(
    st.lists(_JOBS, max_size=40),
    _QUERIES,
    st.lists(_ACTIONS, max_size=10),
    st.lists(_ACTIONS, max_size=40),
    st.lists(st.booleans(), max_size=20),
    st.sampled_from([700, 1500, 10**6]),
    st.sampled_from([1, 2, 8]),
)
def test_each_job_that_matches_throughout_comes_exactly_once_and_in_order(
    fleet_contract: FleetQueryContract,
    jobs: list[Any],
    payload: dict[str, Any],
    before: list[Any],
    during: list[Any],
    deadlines: list[bool],
    max_bytes: int,
    smallest_read: int,
) -> None:
    world = World(jobs, fleet_contract.from_json(payload), before, during)
    with mock.patch.object(walk, "_MIN_LIMIT", smallest_read):
        found = walked(
            world.table,
            payload,
            fleet_contract,
            deadline=lambda: passing(deadlines),
            max_bytes=max_bytes,
        )
    keys = [job_key(each["jobArn"]) for each in found]
    assert len(set(keys)) == len(keys)
    assert world.throughout <= set(keys) <= world.ever
    order = [(each["creationTime"], key) for each, key in zip(found, keys, strict=True)]
    assert order == sorted(order, reverse=payload.get("sortOrder") != "Ascending")
