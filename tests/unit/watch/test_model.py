"""What was told against what happened, over any course of events."""

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.timeouts import LEASE
from tests.unit.watch.harness import LIMITS, PHASE_NAMES, FaultInjector, Killed, WatchHarness

# What can follow what, for jobs and for their phases.
_NEXT = {
    "NotStarted": ("InProgress", "Stopped"),
    "InProgress": ("Completed", "Failed", "Stopping"),
    "Stopping": ("Stopped", "Completed"),
    "Completed": (),
    "Failed": (),
    "Stopped": (),
}
_RANKS = {"NotStarted": 0, "InProgress": 1, "Stopping": 2, "Completed": 3, "Failed": 3, "Stopped": 3}
_STATUSES = ("Stopping", "Completed", "Failed", "Stopped")
_CALLS = st.integers(1, 30)
Happening = tuple[str, str, str]


@dataclass
class _History:
    """What happened to a job, and when: kind, scope and value."""

    created: datetime
    happened: dict[Happening, datetime] = field(default_factory=dict)


class Watching(RuleBasedStateMachine):
    """Jobs go their way; events are lost, doubled and late; sweeps and events die, fail and cross."""

    def __init__(self) -> None:
        super().__init__()
        self.harness = WatchHarness()
        self.histories: dict[str, _History] = {}
        self.events: list[dict[str, Any]] = []
        # Whether anything has died or failed so far: only then may a thing be told twice.
        self.faultless = True
        # How far each job, and each phase of it, was by its record.
        self.ranks: dict[tuple[str, str], int] = {}

    # What happens to jobs.

    @initialize(statuses=st.lists(st.sampled_from(sorted(set(_NEXT) - {"NotStarted"})), max_size=4))
    def old_jobs(self, statuses: list[str]) -> None:
        """Begin with jobs from before the watch."""
        for status in statuses:
            arn = self._create(status)
            self.harness.change(arn, status)
        self.harness.now += timedelta(hours=1)

    @rule()
    def create(self) -> None:
        self.events.append(self.harness.event(self._create("InProgress")))

    def _create(self, status: str) -> str:
        arn = self.harness.create(len(self.histories), status=status)
        history = _History(self.harness.now, {("Discovered", "job", ""): self.harness.now})
        if status in _STATUSES:
            history.happened[status, "job", ""] = self.harness.now
        self.histories[arn] = history
        return arn

    @precondition(lambda self: self._going())
    @rule(data=st.data())
    def change_status(self, data: st.DataObject) -> None:
        arn = data.draw(st.sampled_from(self._going()))
        status = data.draw(st.sampled_from(_NEXT[self.harness.jobs[arn]["status"]]))
        self.histories[arn].happened[status, "job", ""] = self.harness.now
        self.events.append(self.harness.change(arn, status))

    @precondition(lambda self: self._going())
    @rule(data=st.data(), name=st.sampled_from(PHASE_NAMES))
    def change_phase(self, data: st.DataObject, name: str) -> None:
        arn = data.draw(st.sampled_from(self._going()))
        following = _NEXT[self._phase(arn, name)]
        if following:
            status = data.draw(st.sampled_from(following))
            self.histories[arn].happened["PhaseChanged", name, status] = self.harness.now
            # Bedrock sends no event for it.
            self.harness.change(arn, **{name: status})

    @rule(minutes=st.sampled_from([1, 60, 13 * 60, 25 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.harness.now += timedelta(minutes=minutes)

    # What the watch hears of it.

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def lose_an_event(self, data: st.DataObject) -> None:
        self.events.pop(data.draw(self._an_event()))

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """Deliver an event, in any order, and perhaps not for the last time."""
        self.harness.deliver(self.events[data.draw(self._an_event())])

    @rule()
    def sweep(self) -> None:
        self.harness.sweep()

    # What goes wrong.

    @rule(number=_CALLS, answered=st.booleans())
    def sweep_dies(self, number: int, answered: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        self._die(self.harness.sweep, FaultInjector(kill_at=number, answered=answered))

    @precondition(lambda self: self.events)
    @rule(data=st.data(), number=st.integers(1, 8), answered=st.booleans())
    def event_dies(self, data: st.DataObject, number: int, answered: bool) -> None:  # noqa: FBT001
        event = self.events[data.draw(self._an_event())]
        self._die(
            lambda faults: self.harness.deliver(event, faults),
            FaultInjector(kill_at=number, answered=answered),
        )

    def _die(self, act: Callable[[FaultInjector], object], faults: FaultInjector) -> None:
        try:
            act(faults)
        except Killed:
            self.faultless = False

    @rule(refused=st.sets(_CALLS, max_size=6), answered=st.booleans())
    def sweep_is_throttled(self, refused: set[int], answered: bool) -> None:  # noqa: FBT001
        self.faultless = False
        with contextlib.suppress(WatchUnavailableException):
            self.harness.sweep(FaultInjector(refused=refused, answered=answered))

    @rule(refused=st.sets(st.integers(1, 12), max_size=6))
    def bus_takes_a_part(self, refused: set[int]) -> None:
        """Refuse some of the next events; those are told later, and none twice for that."""
        self.harness.flaky = {self.harness.offered + number for number in refused}
        self.harness.sweep()
        self.harness.flaky = set()

    @rule(data=st.data(), number=_CALLS, name=st.sampled_from(PHASE_NAMES))
    def two_sweeps_cross(self, data: st.DataObject, number: int, name: str) -> None:
        """Let a second sweep go by the first, which has read its page already, and see more than it."""

        def meanwhile() -> None:
            if self._going():
                self.change_phase(data, name)
                self.change_status(data)
            self.harness.sweep()

        self.harness.sweep(FaultInjector(kill_at=number, meanwhile=meanwhile))

    @precondition(lambda self: self.events)
    @rule(data=st.data(), number=_CALLS)
    def sweep_and_event_cross(self, data: st.DataObject, number: int) -> None:
        event = self.events[data.draw(self._an_event())]

        def meanwhile() -> None:
            self.harness.deliver(event)

        self.harness.sweep(FaultInjector(kill_at=number, meanwhile=meanwhile))

    # What has to hold.

    @invariant()
    def only_what_happened_is_told(self) -> None:
        for arn, told in self._told().items():
            happened = self.histories[arn].happened
            for each in told:
                what = _what(each)
                if what[0] == "Stuck":
                    transition = each["transition"]
                    assert transition["ageSeconds"] > transition["limitSeconds"]
                elif what[0] == "Unstuck":
                    assert any(_what(other) == ("Stuck", what[1], "") for other in told)
                else:
                    assert what in happened

    @invariant()
    def nothing_goes_backwards(self) -> None:
        for told in self._told().values():
            sequences = [each["sequence"] for each in told]
            assert len(set(sequences)) == len(sequences)
            ranks: dict[str, int] = {}
            for each in sorted(told, key=lambda one: one["sequence"]):
                kind, scope, value = _what(each)
                if kind in _RANKS or kind == "PhaseChanged":
                    rank = _RANKS[value or kind]
                    assert rank > ranks.get(scope, 0)
                    ranks[scope] = rank

    @invariant()
    def no_record_goes_backwards(self) -> None:
        for arn in self.harness.jobs:
            record = self.harness.record(arn)
            if record:
                reached = {"job": record.job.status}
                reached |= {name: phase.status for name, phase in record.job.phases.items()}
                for scope, status in reached.items():
                    assert _RANKS[status] >= self.ranks.get((arn, scope), 0)
                    self.ranks[arn, scope] = _RANKS[status]

    @invariant()
    def one_thing_has_one_name_and_one_place(self) -> None:
        names: dict[str, Any] = {}
        for each in self.harness.published:
            named = (each["job"]["jobArn"], _what(each), each["sequence"])
            assert names.setdefault(each["id"], named) == named
        assert len(set(map(str, names.values()))) == len(names)

    @invariant()
    def nothing_is_told_twice_without_a_fault(self) -> None:
        if self.faultless:
            assert all(
                times == 1 for times in Counter(each["id"] for each in self.harness.published).values()
            )

    @rule()
    def nothing_is_lost(self) -> None:
        """Look whether all is told, once a sweep without faults has run."""
        # A claim of the dead has to run out.
        self.harness.now += LEASE
        summary = self.harness.sweep()
        assert (summary.errors, summary.busy, summary.skipped) == ([], 0, 0)
        since = self.harness.table.since
        assert since is not None
        told = self._told()
        for arn, job in self.harness.jobs.items():
            history = self.histories[arn]
            current = {("Discovered", "job", "")}
            if job["status"] in _STATUSES:
                current.add((job["status"], "job", ""))
            current |= {
                ("PhaseChanged", name, status)
                for name in PHASE_NAMES
                if (status := self._phase(arn, name)) != "NotStarted"
            }
            heard = {_what(each) for each in told.get(arn, [])}
            assert {what for what in current if history.happened[what] >= since} <= heard
            in_progress = job["status"] == "InProgress"
            late = self.harness.now - history.created > timedelta(seconds=LIMITS.default)
            if in_progress and late:
                assert ("Stuck", "job", "") in heard
            record = self.harness.record(arn)
            assert record is not None
            assert (record.pending, record.claim) == ((), None)
            assert record.job.status == job["status"]
            assert ("job" in record.stuck) == (in_progress and late)
            recorded = {each.id for each in record.timeline if each.published}
            assert recorded == {each["id"] for each in told.get(arn, [])}
            assert [each.sequence for each in record.timeline] == list(range(1, len(record.timeline) + 1))
        count = len(self.harness.published)
        self.harness.sweep()
        assert len(self.harness.published) == count

    def teardown(self) -> None:
        """End each course with the look at the whole."""
        self.nothing_is_lost()

    def _told(self) -> dict[str, list[dict[str, Any]]]:
        """Read the bus as a consumer does who drops by id."""
        told: dict[str, dict[str, Any]] = {}
        for each in self.harness.published:
            told.setdefault(each["id"], each)
        by_job: dict[str, list[dict[str, Any]]] = {}
        for each in told.values():
            by_job.setdefault(each["job"]["jobArn"], []).append(each)
        return by_job

    def _going(self) -> list[str]:
        return [arn for arn, job in self.harness.jobs.items() if _NEXT[job["status"]]]

    def _phase(self, arn: str, name: str) -> str:
        details = self.harness.jobs[arn].get("statusDetails", {})
        return str(details.get(name + "Details", {}).get("status", "NotStarted"))

    def _an_event(self) -> st.SearchStrategy[int]:
        return st.integers(0, len(self.events) - 1)


def _what(told: dict[str, Any]) -> Happening:
    value = told["transition"]["to"] if told["kind"] == "PhaseChanged" else ""
    return told["kind"], told["transition"]["scope"], value


TestWatching = Watching.TestCase
TestWatching.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
