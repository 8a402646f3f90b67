"""What a sweep skips, in the watch's model: lost, stale and wrong times, cut sweeps, and a list that is late.

`make mutants GROUP=skips` plants bugs that this model must find.
"""

import copy
import dataclasses
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from customization_jobs.jobs import TERMINAL
from customization_jobs.watch.job import ended_at
from customization_jobs.watch.part import Part
from tests.fakes import text
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.harness import DAY, HOUR
from tests.unit.watch.in_memory import Table
from tests.unit.watch.observed import NEVER
from tests.unit.watch.test_model import NEXT_STATUSES, WatchModel

# After a sweep, jobs that ended longer before it are skipped.
_SKIPPED_AFTER = 25 * HOUR
# With every job in a part of its own, the parts of all jobs take this many sweeps.
_MAX_SWEEPS = 130


class SkipModel(WatchModel):
    """Whatever happens to the stored time: a sweep without faults leaves no job behind, a day at most."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = [Part()]
        self.backup: Table | None = None
        self.is_restored = False
        # A time that a wrong clock has stored.
        self.wrong_until: datetime | None = None
        # Jobs whose end Bedrock listed too late for any sweep but the daily one.
        self.listed_too_late: set[str] = set()

    @rule(
        status=st.sampled_from(TERMINAL),
        hours=st.sampled_from([1, 48]),
        fault=st.sampled_from(["none", "cut", "table fails", "left out", "listing fails", "table is older"]),
    )
    def job_ends_before_a_faulty_sweep(self, status: str, hours: int, fault: str) -> None:
        arn = self._create("InProgress")
        self.harness.sweep()
        self._end(arn, status, self.harness.now)
        self.harness.now += timedelta(hours=hours)
        is_failing = fault == "table fails"
        self.is_faultless = self.is_faultless and not is_failing
        self.harness.sweep(
            FaultInjector(failing="get_many" if is_failing else ""),
            checks_in_time=0 if fault == "cut" else NEVER,
            left_out={arn} if fault in ("left out", "listing fails") else (),
            is_listing_broken=fault == "listing fails",
        )
        if fault == "table is older":
            self.older_version_wrote_all_rows()
        self.a_sweep_without_faults_leaves_nothing_unpublished()

    def _end(self, arn: str, status: str, ended: datetime) -> None:
        self.events.append(self.harness.change(arn, status))
        self.harness.jobs[arn]["endTime"] = text(ended)
        self.histories[arn].changes[status, "job", ""] = ended

    # Faults of the stored time.

    @invariant()
    def remember_the_part(self) -> None:
        if self.harness.table.part not in self.parts:
            self.parts.append(self.harness.table.part)

    @rule()
    def stored_time_is_lost(self) -> None:
        self.harness.table.part = Part()

    @rule(data=st.data())
    def stored_time_is_stale(self, data: st.DataObject) -> None:
        self.harness.table.part = data.draw(st.sampled_from(self.parts))

    @rule()
    def older_version_wrote_all_rows(self) -> None:
        """Forget the parts of newer versions, of which an older one keeps the times only."""
        part = self.harness.table.part._replace(listed=False)
        super().older_version_wrote_all_rows()
        self.harness.table.part = part
        self.parts, self.backup = [part], None

    @rule(hours=st.sampled_from([-48, 1, 12, 48, 9000]), is_daily=st.booleans())
    def wrong_clock_stores_a_time(self, hours: int, is_daily: bool) -> None:  # noqa: FBT001
        """Store what a sweep without changes stores if its clock is wrong."""
        began = self.harness.now + timedelta(hours=hours)
        part = self.harness.table.part._replace(known_until=began - _SKIPPED_AFTER)
        self.harness.table.part = part._replace(all_at=began) if is_daily else part
        self.wrong_until = part.known_until

    @precondition(lambda self: self.harness.table.baseline is not None)
    @rule()
    def table_is_backed_up(self) -> None:
        self.backup = copy.deepcopy(self.harness.table)

    @precondition(lambda self: self.backup is not None)
    @rule()
    def table_is_restored(self) -> None:
        assert self.backup is not None
        for field in dataclasses.fields(Table):
            setattr(self.harness.table, field.name, copy.deepcopy(getattr(self.backup, field.name)))
        self.is_restored, self.is_faultless = True, False

    @precondition(lambda self: self.harness.owner_tag is None)
    @rule()
    def tags_are_read_from_now_on(self) -> None:
        self.harness.owner_tag = "team"
        self.a_sweep_without_faults_leaves_nothing_unpublished()

    # Sweeps that do not see or process everything.

    @rule(checks=st.integers(0, 8))
    def sweep_is_cut(self, checks: int) -> None:
        self.harness.sweep(checks_in_time=checks)

    @precondition(lambda self: self.harness.jobs)
    @rule(data=st.data())
    def sweep_leaves_out_jobs(self, data: st.DataObject) -> None:
        """Sweep only some jobs: the query selects them, or the deadline has cut the listing short."""
        arns = st.sets(st.sampled_from(sorted(self.harness.jobs)), min_size=1)
        self.harness.sweep(left_out=data.draw(arns))

    @precondition(lambda self: self.harness.jobs)
    @rule(data=st.data())
    def listing_fails(self, data: st.DataObject) -> None:
        arns = st.sets(st.sampled_from(sorted(self.harness.jobs)), min_size=1)
        self.harness.sweep(left_out=data.draw(arns), is_listing_broken=True)

    # Changes that Bedrock's list shows late.

    @precondition(lambda self: self._active_jobs())
    @rule(data=st.data(), hours=st.sampled_from([1, 20, 24, 30]), status=st.sampled_from(TERMINAL))
    def end_is_listed_late(self, data: st.DataObject, hours: int, status: str) -> None:
        arn = data.draw(st.sampled_from(self._active_jobs()))
        if status in NEXT_STATUSES[self.harness.jobs[arn]["status"]]:
            ended = self.harness.now - timedelta(hours=hours)
            self._end(arn, status, max(ended, self.histories[arn].created))
            self._check_if_in_time(arn)

    @rule(hours=st.sampled_from([1, 20, 24, 30]))
    def job_is_listed_late(self, hours: int) -> None:
        now = self.harness.now
        self.harness.now = now - timedelta(hours=hours)
        arn = self._create("InProgress")
        self._end(arn, "Completed", self.harness.now)
        self.harness.now = now
        self._check_if_in_time(arn)

    def _check_if_in_time(self, arn: str) -> None:
        until = self.harness.table.part.known_until
        ended = ended_at(self.harness.jobs[arn])
        assert ended is not None
        if until is not None and until == self.wrong_until and ended < until:
            return
        if ended < self.harness.now - _SKIPPED_AFTER:
            self.listed_too_late.add(arn)
        self.a_sweep_without_faults_leaves_nothing_unpublished()

    # What must hold. A restored table does not have what was published, and numbered, in between.

    @invariant()
    def published_statuses_only_move_forward(self) -> None:
        if not self.is_restored:
            super().published_statuses_only_move_forward()

    @invariant()
    def recorded_statuses_only_move_forward(self) -> None:
        if not self.is_restored:
            super().recorded_statuses_only_move_forward()

    @invariant()
    def each_transition_has_one_id_and_one_sequence_number(self) -> None:
        if not self.is_restored:
            super().each_transition_has_one_id_and_one_sequence_number()

    @rule()
    def a_day_later_every_job_is_up_to_date(self) -> None:
        self.harness.now += DAY
        self.wrong_until = None
        self.listed_too_late.clear()
        self.a_sweep_without_faults_leaves_nothing_unpublished()

    def teardown(self) -> None:
        super().teardown()
        self.a_day_later_every_job_is_up_to_date()

    def _sweep_without_faults(self) -> None:
        """Repeat sweeps until one covers all jobs: after cut sweeps, each covers only a part of them."""
        for _ in range(_MAX_SWEEPS):
            super()._sweep_without_faults()
            if self.harness.was_complete:
                return
        raise AssertionError("The parts of all jobs take too many sweeps.")

    def _observed_jobs(self) -> list[str]:
        until = self.harness.table.part.known_until
        # Unless another sweep has replaced it, a time ahead is trusted once it is as old as it should be.
        is_misled = self.wrong_until is not None and self.wrong_until == until
        return [
            arn
            for arn, job in self.harness.jobs.items()
            if arn not in self.listed_too_late and not (is_misled and _is_before(ended_at(job), until))
        ]

    def _check_is_up_to_date(self, arn: str, transitions: list[dict[str, Any]]) -> None:
        if not self.is_restored:
            super()._check_is_up_to_date(arn, transitions)
        assert self.harness.existing_record(arn).job.status == self.harness.jobs[arn]["status"]


def _is_before(ended: datetime | None, until: datetime | None) -> bool:
    return ended is not None and until is not None and ended < until


TestSkipModel = SkipModel.TestCase
TestSkipModel.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
