"""The watch against a model of jobs: random histories, with lost events, dead invocations and concurrency."""

import contextlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.eta.expected_end import ExpectedEnd, Reason
from customization_jobs.jobs import PHASES
from customization_jobs.timeouts import LEASE
from customization_jobs.timestamps import parse_timestamp
from customization_jobs.watch.job import Job, ended_at
from customization_jobs.watch.job_arn import job_key
from customization_jobs.watch.part import Part
from customization_jobs.watch.transition import Transition, transition_id
from tests.fakes import text
from tests.unit.watch.faults import FaultInjector, Killed
from tests.unit.watch.harness import LIMITS
from tests.unit.watch.observed import ObservedHarness

# Which statuses may follow each other, for jobs and for phases.
NEXT_STATUSES = {
    "NotStarted": ("InProgress", "Stopped"),
    "InProgress": ("Completed", "Failed", "Stopping"),
    "Stopping": ("Stopped", "Completed"),
    "Completed": (),
    "Failed": (),
    "Stopped": (),
}
_RANKS = {"NotStarted": 0, "InProgress": 1, "Stopping": 2, "Completed": 3, "Failed": 3, "Stopped": 3}
# Statuses of a job that are kinds of transition.
_STATUS_KINDS = ("Stopping", "Completed", "Failed", "Stopped")
_CALL_NUMBERS = st.integers(1, 30)
# The kind, scope and value of a transition.
Change = tuple[str, str, str]
_DISCOVERED: Change = ("Discovered", "job", "")
_STUCK: Change = ("Stuck", "job", "")
# When the model expects every job in progress to end, after its creation.
_EXPECTED_WITHIN = timedelta(hours=20)


def _expected_end(job: Job, now: datetime) -> ExpectedEnd | None:
    if job.status != "InProgress" or job.creation_time is None:
        return None
    latest = parse_timestamp(job.creation_time) + _EXPECTED_WITHIN
    return ExpectedEnd(42, latest, latest, reason=Reason.LATE if now > latest else None)


@dataclass
class _History:
    """The changes of a job with their times."""

    created: datetime
    changes: dict[Change, datetime] = field(default_factory=dict)


class WatchModel(RuleBasedStateMachine):
    """Changes jobs, loses, repeats and delays their events, and interrupts the watch in every way."""

    def __init__(self) -> None:
        super().__init__()
        self.harness = ObservedHarness(expected_end=_expected_end)
        self.histories: dict[str, _History] = {}
        self.events: list[dict[str, Any]] = []
        self.ended_before_the_watch: set[str] = set()
        # Only after an invocation has died or failed may a transition be published twice.
        self.is_faultless = True
        # The highest rank that each record showed for its job and for each phase.
        self.recorded_ranks: dict[tuple[str, str], int] = {}

    # Changes of the jobs.

    @initialize(
        statuses=st.lists(st.sampled_from(sorted(set(NEXT_STATUSES) - {"NotStarted"})), max_size=4),
        owner_tag=st.sampled_from([None, "team"]),
        hours=st.sampled_from([1, 30]),
        has_fleet=st.booleans(),
    )
    def create_jobs_before_the_watch_starts(
        self, statuses: list[str], owner_tag: str | None, *, hours: int, has_fleet: bool
    ) -> None:
        self.harness.owner_tag = owner_tag
        self.harness.lists_all_records = has_fleet
        for status in statuses:
            arn = self._create(status)
            self.events.append(self.harness.change(arn, status))
            if not NEXT_STATUSES[status]:
                self.ended_before_the_watch.add(arn)
        self.harness.now += timedelta(hours=hours)

    @rule()
    def create_job(self) -> None:
        self.events.append(self.harness.event(self._create("InProgress")))

    def _create(self, status: str) -> str:
        arn = self.harness.create(len(self.histories), status=status)
        self.harness.tags[arn] = {"team": f"team-{len(self.histories)}"}
        history = _History(self.harness.now, {_DISCOVERED: self.harness.now})
        if status in _STATUS_KINDS:
            history.changes[status, "job", ""] = self.harness.now
        self.histories[arn] = history
        return arn

    @precondition(lambda self: self._active_jobs())
    @rule(data=st.data())
    def change_status(self, data: st.DataObject) -> None:
        arn = data.draw(st.sampled_from(self._active_jobs()))
        status = data.draw(st.sampled_from(NEXT_STATUSES[self.harness.jobs[arn]["status"]]))
        if status == "Failed" and data.draw(st.booleans()):
            self.harness.failure_messages[arn] = "Internal error"
        self.histories[arn].changes[status, "job", ""] = self.harness.now
        self.events.append(self.harness.change(arn, status))

    @precondition(lambda self: self._active_jobs())
    @rule(data=st.data(), name=st.sampled_from(PHASES))
    def change_phase(self, data: st.DataObject, name: str) -> None:
        arn = data.draw(st.sampled_from(self._active_jobs()))
        next_statuses = NEXT_STATUSES[self._phase_status(arn, name)]
        if next_statuses:
            status = data.draw(st.sampled_from(next_statuses))
            self.histories[arn].changes["PhaseChanged", name, status] = self.harness.now
            # Bedrock publishes no event for it.
            self.harness.change(arn, **{name: status})

    @precondition(lambda self: self.harness.jobs)
    @rule(data=st.data())
    def end_listing_of_job(self, data: st.DataObject) -> None:
        """Take a job out of Bedrock's list, together with any transition that is pending for it."""
        del self.harness.jobs[data.draw(st.sampled_from(sorted(self.harness.jobs)))]

    @rule(minutes=st.sampled_from([1, 60, 13 * 60, 25 * 60]))
    def let_time_pass(self, minutes: int) -> None:
        self.harness.now += timedelta(minutes=minutes)

    # Observations by the watch.

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def lose_event(self, data: st.DataObject) -> None:
        self.events.pop(data.draw(self._event_index()))

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def deliver_event(self, data: st.DataObject) -> None:
        """Deliver any event, which may be outdated, delivered again, or have the short form of the ARN."""
        event = self.events[data.draw(self._event_index())]
        if data.draw(st.booleans()):
            short = job_key(event["detail"]["jobArn"])
            event = {**event, "resources": [short], "detail": {**event["detail"], "jobArn": short}}
        self.harness.deliver(event)

    @rule()
    def sweep(self) -> None:
        self.harness.sweep()

    # Faults and concurrency.

    @rule(number=_CALL_NUMBERS, takes_effect=st.booleans())
    def sweep_dies(self, number: int, takes_effect: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        self._run_until_killed(self.harness.sweep, FaultInjector(kill_at=number, takes_effect=takes_effect))

    @precondition(lambda self: self.events)
    @rule(data=st.data(), number=st.integers(1, 8), takes_effect=st.booleans())
    def event_dies(self, data: st.DataObject, number: int, takes_effect: bool) -> None:  # noqa: FBT001
        event = self.events[data.draw(self._event_index())]
        self._run_until_killed(
            lambda faults: self.harness.deliver(event, faults),
            FaultInjector(kill_at=number, takes_effect=takes_effect),
        )

    def _run_until_killed(self, invoke: Callable[[FaultInjector], object], faults: FaultInjector) -> None:
        try:
            invoke(faults)
        except Killed:
            self.is_faultless = False

    @rule(fail_at=st.sets(_CALL_NUMBERS, max_size=6), takes_effect=st.booleans())
    def sweep_is_throttled(self, fail_at: set[int], takes_effect: bool) -> None:  # noqa: FBT001
        self.is_faultless = False
        with contextlib.suppress(WatchUnavailableException):
            self.harness.sweep(FaultInjector(fail_at=fail_at, takes_effect=takes_effect))

    @rule(repeat_at=st.sets(_CALL_NUMBERS, max_size=6))
    def sweep_loses_answers(self, repeat_at: set[int]) -> None:
        """Lose answers, so that the AWS client repeats calls that took effect. This is not a failure."""
        self.is_faultless = False
        assert self.harness.sweep(FaultInjector(repeat_at=repeat_at)).errors == []

    @rule(refused=st.sets(st.integers(1, 12), max_size=6))
    def bus_refuses_some_events(self, refused: set[int]) -> None:
        """Make the bus refuse some of the next events. Even then, no event is published twice."""
        self.harness.bus.refused = {self.harness.bus.received + number for number in refused}
        self.harness.sweep()
        self.harness.bus.refused = set()

    @precondition(lambda self: self._recorded_jobs())
    @rule(data=st.data())
    def row_is_unreadable_for_a_while(self, data: st.DataObject) -> None:
        """Make one row unreadable during a sweep, which must publish what concerns the other jobs."""
        arn = data.draw(st.sampled_from(self._recorded_jobs()))
        items = self.harness.table.items
        key = job_key(arn)
        items[key], readable = (items[key][0], '{"job": 7}'), items[key]
        pending_since = self.harness.table.pending_since.get(key, self.harness.now)
        # The sweep reads the row once for the job in the list, and once for its pending transitions.
        reads = self._is_observed(arn) + (pending_since < self.harness.now)
        assert self.harness.sweep().failed == reads
        items[key] = readable

    def _is_observed(self, arn: str) -> bool:
        """Whether the next sweep observes a job: it is listed, of its part, and has not ended long ago."""
        job = self.harness.jobs.get(arn)
        part = self.harness.watch().observed_part(self.harness.table.part, self.harness.now)
        return job is not None and part.contains(job_key(arn)) and not part.is_known(ended_at(job))

    @precondition(lambda self: self._recorded_jobs())
    @rule(data=st.data())
    def newer_version_writes_a_row(self, data: st.DataObject) -> None:
        """Record a transition of an unknown kind and source, as before a rollback."""
        arn = data.draw(st.sampled_from(self._recorded_jobs()))
        change = ("Annotated", "job", "")
        if change in self.histories[arn].changes:
            return
        self.histories[arn].changes[change] = self.harness.now
        version, written = self.harness.table.items[job_key(arn)]
        row = json.loads(written)
        row["pending"].append(
            Transition(
                transition_id(arn, "Annotated"),
                "Annotated",
                text(self.harness.now),
                "notes",
                len(row["timeline"]) + len(row["pending"]) + 1,
            ).to_json()
        )
        row["notes"] = {"by": "someone"}
        self.harness.table.items[job_key(arn)] = (version + 1, json.dumps(row))
        self.harness.table.pending_since[job_key(arn)] = self.harness.now

    @rule()
    def older_version_wrote_all_rows(self) -> None:
        """Take all records out of the list, as if a version without a list had written everything last."""
        self.harness.table.positions.clear()
        self.harness.table.part = Part()

    @rule(data=st.data(), number=_CALL_NUMBERS, name=st.sampled_from(PHASES))
    def sweep_overlaps_with_newer_sweep(self, data: st.DataObject, number: int, name: str) -> None:
        """Run a second sweep during the first, which has already read an older state of the jobs."""

        def change_jobs_and_sweep() -> None:
            if self._active_jobs():
                self.change_phase(data, name)
                self.change_status(data)
            self.harness.sweep()

        self.harness.sweep(FaultInjector(interrupt_at=number, interruption=change_jobs_and_sweep))

    @precondition(lambda self: self.events)
    @rule(data=st.data(), number=_CALL_NUMBERS)
    def sweep_overlaps_with_event(self, data: st.DataObject, number: int) -> None:
        event = self.events[data.draw(self._event_index())]
        faults = FaultInjector(interrupt_at=number, interruption=lambda: self.harness.deliver(event))
        self.harness.sweep(faults)

    # Properties that always hold.

    @invariant()
    def only_real_changes_are_published(self) -> None:
        for arn, transitions in self._distinct_transitions().items():
            changes = [_change(each) for each in transitions]
            for transition, change in zip(transitions, changes, strict=True):
                kind, scope, _ = change
                if kind == "Stuck":
                    details = transition["transition"]
                    assert details["ageSeconds"] > details["limitSeconds"]
                elif kind == "Late":
                    left = transition["transition"]["expectedEnd"]["latest"]
                    assert parse_timestamp(left) == self.histories[arn].created + _EXPECTED_WITHIN
                    assert parse_timestamp(transition["at"]) > parse_timestamp(left)
                elif kind == "Unstuck":
                    assert ("Stuck", scope, "") in changes
                elif kind == "FailureExplained":
                    assert ("Failed", "job", "") in self.histories[arn].changes
                else:
                    assert change in self.histories[arn].changes

    @invariant()
    def jobs_that_ended_before_the_watch_are_not_published(self) -> None:
        for each in self.harness.published:
            assert self._arn(each) not in self.ended_before_the_watch or each["kind"] == "Annotated"

    @invariant()
    def published_statuses_only_move_forward(self) -> None:
        for transitions in self._distinct_transitions().values():
            sequences = [each["sequence"] for each in transitions]
            assert len(set(sequences)) == len(sequences)
            ranks: dict[str, int] = {}
            for each in sorted(transitions, key=lambda one: one["sequence"]):
                kind, scope, value = _change(each)
                if kind in _RANKS or kind == "PhaseChanged":
                    rank = _RANKS[value or kind]
                    assert rank > ranks.get(scope, 0)
                    ranks[scope] = rank

    @invariant()
    def recorded_statuses_only_move_forward(self) -> None:
        for arn in self.harness.jobs:
            record = self.harness.record(arn)
            if record:
                statuses = {"job": record.job.status}
                statuses |= {name: phase.status for name, phase in record.job.phases.items()}
                for scope, status in statuses.items():
                    assert _RANKS[status] >= self.recorded_ranks.get((arn, scope), 0)
                    self.recorded_ranks[arn, scope] = _RANKS[status]

    @invariant()
    def each_transition_has_one_id_and_one_sequence_number(self) -> None:
        transitions: dict[str, Any] = {}
        for each in self.harness.published:
            transition = (self._arn(each), _change(each), each["sequence"])
            assert transitions.setdefault(each["id"], transition) == transition
        assert len(set(map(str, transitions.values()))) == len(transitions)

    @invariant()
    def nothing_is_published_twice_without_a_fault(self) -> None:
        if self.is_faultless:
            assert set(Counter(self.harness.published_ids()).values()) <= {1}

    @invariant()
    def only_events_of_a_watch_that_reads_tags_have_them(self) -> None:
        for each in self.harness.published:
            tags = self.harness.tags[self._arn(each)] if self.harness.owner_tag else None
            assert each.get("tags") in (None, tags)
            assert each.get("owner") == (each["tags"]["team"] if "tags" in each else None)

    @invariant()
    def what_is_counted_is_what_was_published(self) -> None:
        """Allow only publications without an answer to be uncounted: they are repeated, and counted then."""
        published, counted = (
            Counter(self.harness.published_ids()),
            Counter(each.id for each in self.harness.counted),
        )
        assert counted <= published
        if self.is_faultless:
            assert counted == published

    @rule()
    def a_sweep_without_faults_leaves_nothing_unpublished(self) -> None:
        # The leases of dead invocations must expire.
        self.harness.now += LEASE
        self._sweep_without_faults()
        transitions = self._distinct_transitions()
        for arn in self._observed_jobs():
            self._check_is_up_to_date(arn, transitions.get(arn, []))
        for arn in self._recorded_jobs():
            record = self.harness.existing_record(arn)
            assert (record.pending, record.claim) == ((), None)
        assert {each.id for each in self.harness.counted} == set(self.harness.published_ids())
        assert self.harness.sweep().published == {}

    def _sweep_without_faults(self) -> None:
        summary = self.harness.sweep()
        assert (summary.errors, summary.busy, summary.skipped) == ([], 0, 0)

    def _observed_jobs(self) -> list[str]:
        """Return the jobs that a sweep without faults must have brought up to date."""
        return list(self.harness.jobs)

    def teardown(self) -> None:
        """Check at the end of each history that nothing is left unpublished."""
        self.a_sweep_without_faults_leaves_nothing_unpublished()

    def _check_is_up_to_date(self, arn: str, transitions: list[dict[str, Any]]) -> None:
        job, history, baseline = self.harness.jobs[arn], self.histories[arn], self.harness.table.baseline
        assert baseline is not None
        published = {_change(each) for each in transitions}
        for change in self._current_changes(arn):
            assert change in published or history.changes[change] < baseline
        age = self.harness.now - history.created
        assert {change for change in history.changes if change[0] == "Annotated"} <= published
        record = self.harness.existing_record(arn)
        assert record.position is not None or not self.harness.lists_all_records
        is_stuck = job["status"] == "InProgress" and age > timedelta(seconds=LIMITS.default)
        if job["status"] == "Stopping":
            assert record.stopping_since is not None
            stopping = self.harness.now - parse_timestamp(record.stopping_since)
            is_stuck = stopping > timedelta(seconds=LIMITS.default)
        if is_stuck:
            assert _STUCK in published
        if job["status"] == "InProgress":
            assert (("Late", "job", "") in published) == (age > _EXPECTED_WITHIN)
        self._check_is_explained(arn, transitions)
        assert record.tags == (self.harness.tags[arn] if self.harness.owner_tag else None)
        assert (record.unknown_fields == {}) == (("Annotated", "job", "") not in published)
        assert record.job.status == job["status"]
        assert ("job" in record.stuck) == is_stuck
        assert {each.id for each in record.timeline if each.published} == {each["id"] for each in transitions}
        assert [each.sequence for each in record.timeline] == list(range(1, len(record.timeline) + 1))

    def _check_is_explained(self, arn: str, transitions: list[dict[str, Any]]) -> None:
        """Check that the reason of a published failure is published, if Bedrock gives one within a day."""
        failed_at = self.histories[arn].changes.get(("Failed", "job", ""))
        messages = [each["failure"]["message"] for each in transitions if "failure" in each]
        if messages and failed_at and self.harness.now - failed_at < timedelta(days=1):
            assert self.harness.failure_messages.get(arn) == messages[-1]
        assert messages.count(None) <= 1
        assert len(messages) <= 1 + messages.count(None)

    def _current_changes(self, arn: str) -> set[Change]:
        """Return the changes that led to the current state: earlier ones may go unnoticed."""
        status = self.harness.jobs[arn]["status"]
        changes = {_DISCOVERED}
        if status in _STATUS_KINDS:
            changes.add((status, "job", ""))
        phases = {name: self._phase_status(arn, name) for name in PHASES}
        changes |= {("PhaseChanged", name, each) for name, each in phases.items() if each != "NotStarted"}
        return changes

    def _distinct_transitions(self) -> dict[str, list[dict[str, Any]]]:
        """Return the published transitions by job, without duplicates, as a consumer processes them."""
        distinct: dict[str, dict[str, Any]] = {}
        for each in self.harness.published:
            distinct.setdefault(each["id"], each)
        by_job: dict[str, list[dict[str, Any]]] = {}
        for each in distinct.values():
            by_job.setdefault(self._arn(each), []).append(each)
        return by_job

    def _active_jobs(self) -> list[str]:
        return [arn for arn, job in self.harness.jobs.items() if NEXT_STATUSES[job["status"]]]

    def _recorded_jobs(self) -> list[str]:
        return [arn for arn in self.histories if job_key(arn) in self.harness.table.items]

    def _arn(self, event: dict[str, Any]) -> str:
        """Return the ARN, as Bedrock lists it, of the job of a published event."""
        return next(arn for arn in self.histories if job_key(arn) == job_key(event["job"]["jobArn"]))

    def _phase_status(self, arn: str, name: str) -> str:
        details = self.harness.jobs[arn].get("statusDetails", {})
        return str(details.get(name + "Details", {}).get("status", "NotStarted"))

    def _event_index(self) -> st.SearchStrategy[int]:
        return st.integers(0, len(self.events) - 1)


def _change(event: dict[str, Any]) -> Change:
    value = event["transition"]["to"] if event["kind"] == "PhaseChanged" else ""
    return event["kind"], event["transition"]["scope"], value


TestWatchModel = WatchModel.TestCase
TestWatchModel.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
