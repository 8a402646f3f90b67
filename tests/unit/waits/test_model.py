"""Waits against a model: random histories of jobs and waiters, crashes, lost events and a lagging index."""

import contextlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.jobs import TERMINAL
from customization_jobs.timeouts import LEASE
from tests.unit.waits.harness import EXPIRES_AFTER, WaitsHarness
from tests.unit.watch.faults import FaultInjector, Killed

_NAMES = ("tone", "speech")
_CALLS = st.integers(1, 30)


@dataclass
class _Wait:
    """A wait, and the jobs that it must cover: those that matched when it was registered."""

    name: str
    at_least: int
    follow: bool
    fail_on: list[str]
    jobs: set[str]
    # Jobs that appeared later, which it may cover.
    later: set[str] = field(default_factory=set)


class WaitsModel(RuleBasedStateMachine):
    """Creates and ends jobs and waits, and interrupts the service at any call."""

    def __init__(self) -> None:
        super().__init__()
        self.harness = WaitsHarness()
        self.harness.sweep()
        self.waits: dict[str, _Wait] = {}
        self.events: list[dict[str, Any]] = []
        self.started = self.harness.watch.now
        self.registered = 0

    # Jobs.

    @rule(name=st.sampled_from(_NAMES))
    def create_job(self, name: str) -> None:
        number = len(self.harness.watch.jobs)
        arn = self.harness.watch.create(number, jobName=f"{name}-{number}")
        self.events.append(self.harness.watch.event(arn))
        for wait in self.waits.values():
            if wait.name == name:
                wait.later.add(arn)

    @precondition(lambda self: self._active())
    @rule(data=st.data(), status=st.sampled_from(TERMINAL))
    def end_job(self, data: st.DataObject, status: str) -> None:
        arn = data.draw(st.sampled_from(self._active()))
        self.events.append(self.harness.watch.change(arn, status))

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def deliver_event(self, data: st.DataObject) -> None:
        self._deliver(self._event(data))

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def lose_event(self, data: st.DataObject) -> None:
        self.events.remove(self._event(data))

    @rule()
    def sweep(self) -> None:
        self.harness.sweep()

    @rule(days=st.sampled_from([0, 0, 0, 10, 25]))
    def let_time_pass(self, days: int) -> None:
        self.harness.watch.now += timedelta(days=days) + LEASE

    # Waits.

    @rule(
        name=st.sampled_from(_NAMES),
        at_least=st.integers(0, 3),
        follow=st.booleans(),
        fail_on=st.lists(st.sampled_from(["Failed", "Stopped"]), unique=True),
    )
    def register(self, name: str, at_least: int, follow: bool, fail_on: list[str]) -> None:  # noqa: FBT001 - hypothesis passes by name
        self._register(name, at_least, fail_on, None, follow=follow)

    @rule(name=st.sampled_from(_NAMES), at_least=st.integers(0, 2), number=_CALLS, takes_effect=st.booleans())
    def registration_dies(self, name: str, at_least: int, number: int, takes_effect: bool) -> None:  # noqa: FBT001 - as above
        """Let a registration die. Step Functions repeats it, here with the same token."""
        faults = FaultInjector(kill_at=number, takes_effect=takes_effect)
        self._register(name, at_least, [], faults, follow=False)

    def _register(
        self, name: str, at_least: int, fail_on: list[str], faults: FaultInjector | None, *, follow: bool
    ) -> None:
        self.registered += 1
        token = f"token-{self.registered}"
        jobs = {arn for arn, job in self.harness.watch.jobs.items() if job["jobName"].startswith(name)}
        self.waits[token] = _Wait(name, at_least, follow, fail_on, jobs)
        options: dict[str, Any] = {
            "query": {"nameContains": name},
            "atLeast": at_least,
            "follow": follow,
            "failOn": fail_on,
        }
        try:
            self.harness.register(token, faults, **options)
        except Killed:
            self.harness.register_again(token, **options)

    @precondition(lambda self: self.harness.states.waiting)
    @rule(data=st.data())
    def execution_ends(self, data: st.DataObject) -> None:
        """End a waiting execution from outside: its token is dead."""
        token = data.draw(st.sampled_from(sorted(self.harness.states.waiting)))
        self.harness.states.waiting.remove(token)
        del self.waits[token]

    # Faults.

    @rule(number=_CALLS, takes_effect=st.booleans())
    def sweep_dies(self, number: int, takes_effect: bool) -> None:  # noqa: FBT001 - as above
        with contextlib.suppress(Killed):
            self.harness.sweep(FaultInjector(kill_at=number, takes_effect=takes_effect))

    @rule(fail_at=st.sets(_CALLS, max_size=6), takes_effect=st.booleans())
    def sweep_is_throttled(self, fail_at: set[int], takes_effect: bool) -> None:  # noqa: FBT001 - as above
        with contextlib.suppress(CustomizationJobsError):
            self.harness.sweep(FaultInjector(fail_at=fail_at, takes_effect=takes_effect))

    @precondition(lambda self: self.events)
    @rule(data=st.data(), number=st.integers(1, 16), takes_effect=st.booleans())
    def event_dies(self, data: st.DataObject, number: int, takes_effect: bool) -> None:  # noqa: FBT001 - as above
        event = self._event(data)
        self._deliver(event, FaultInjector(kill_at=number, takes_effect=takes_effect))

    @precondition(lambda self: self.events)
    @rule(data=st.data(), number=_CALLS)
    def sweep_overlaps_with_event(self, data: st.DataObject, number: int) -> None:
        event = self._event(data)
        faults = FaultInjector(interrupt_at=number, interruption=lambda: self._deliver(event))
        with contextlib.suppress(CustomizationJobsError):
            self.harness.sweep(faults)

    @precondition(lambda self: self._active())
    @rule(data=st.data(), number=st.integers(1, 8), name=st.sampled_from(_NAMES))
    def registration_overlaps_with_the_end_of_a_job(
        self, data: st.DataObject, number: int, name: str
    ) -> None:
        arn = data.draw(st.sampled_from(self._active()))

        def end_job() -> None:
            self._deliver(self.harness.watch.change(arn, "Completed"))

        self._register(name, 0, [], FaultInjector(interrupt_at=number, interruption=end_job), follow=False)

    @rule(lags=st.booleans())
    def index_lags_behind(self, lags: bool) -> None:  # noqa: FBT001 - as above
        self.harness.rows.lags = lags
        self.harness.rows.catch_up()

    # Properties.

    @invariant()
    def nobody_is_answered_before_its_jobs_have_ended(self) -> None:
        jobs = self.harness.watch.jobs
        for token, wait in self.waits.items():
            output = self.harness.states.outputs.get(token)
            error, _ = self.harness.states.errors.get(token, ["", ""])
            if output is not None or error in ("JobsFailed", "JobsStopped"):
                assert all(jobs[arn]["status"] in TERMINAL for arn in wait.jobs)
            if output is not None:
                total = sum(output["counts"].values())
                assert max(wait.at_least, len(wait.jobs)) <= total
                assert total <= len(wait.jobs) + len(wait.later)
                assert all(output["counts"].get(status, 0) == 0 for status in wait.fail_on)
            if error in ("NoSuchJobs", "WaitExpired"):
                assert self.harness.watch.now - self.started >= EXPIRES_AFTER

    @invariant()
    def a_state_that_waits_has_a_waiter(self) -> None:
        for token in self.waits:
            assert self.harness.states.ended(token) or self.harness.waiter(token)

    @rule()
    def a_sweep_without_faults_answers_everyone_whose_jobs_have_ended(self) -> None:
        self.harness.watch.now += LEASE
        self.harness.rows.lags = False
        self.harness.rows.catch_up()
        # The second sweep settles those whose jobs the first has recorded.
        for _ in range(2):
            figures = self.harness.sweep()
        jobs = self.harness.watch.jobs
        for token, wait in self.waits.items():
            covered = wait.jobs | wait.later
            if len(wait.jobs) >= wait.at_least and not wait.follow:
                covered = wait.jobs
            has_ended = all(jobs[arn]["status"] in TERMINAL for arn in covered)
            if has_ended and len(covered) >= wait.at_least:
                assert self.harness.states.ended(token), token
        assert figures["waiters"]["waiting"] == len(self.harness.states.waiting)

    def teardown(self) -> None:
        """End all jobs, and check that everyone is answered, or waits for jobs that do not exist."""
        for arn in self._active():
            self.harness.watch.change(arn, "Completed")
        self.a_sweep_without_faults_answers_everyone_whose_jobs_have_ended()
        self.harness.watch.now += EXPIRES_AFTER
        self.harness.sweep()
        assert not self.harness.states.waiting

    def _deliver(self, event: dict[str, Any], faults: FaultInjector | None = None) -> None:
        with contextlib.suppress(Killed, CustomizationJobsError):
            self.harness.deliver(event, faults)

    def _event(self, data: st.DataObject) -> dict[str, Any]:
        return data.draw(st.sampled_from(self.events))

    def _active(self) -> list[str]:
        return [arn for arn, job in self.harness.watch.jobs.items() if job["status"] not in TERMINAL]


TestWaitsModel = WaitsModel.TestCase
TestWaitsModel.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
