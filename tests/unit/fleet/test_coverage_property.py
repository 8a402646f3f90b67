"""For any mix of faults, what is recorded plus what is reported as not covered is everything."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.errors import (
    BedrockUnavailableException,
    CustomizationJobsError,
    UnexpectedAnswerException,
)
from customization_jobs.fleet.coverage import State
from customization_jobs.sources import Source
from tests.fakes import Job, text
from tests.unit.fleet.harness import EAST, HUB, MEMBER, OTHER, WEST, FleetHarness, denied, throttled
from tests.unit.watch.faults import FaultInjector

QUARTER = timedelta(minutes=15)
SOURCES = [Source(account, region) for account in (HUB, MEMBER, OTHER) for region in (EAST, WEST)]
ROLE_ERRORS = [denied("no role trust policy allows the sts:AssumeRole action"), throttled(), None]
LISTING_ERRORS = [
    denied("with an explicit deny in a service control policy"),
    throttled(),
    UnexpectedAnswerException("Bedrock returned UnrecognizedClientException."),
    BedrockUnavailableException("No connection."),
]


@dataclass(frozen=True)
class Trouble:
    """What happens to one source in one sweep."""

    role_error: CustomizationJobsError | None = None
    listing_error: CustomizationJobsError | None = None
    cut_after: int | None = None
    seconds_left: float = 0.0
    faults: dict[str, Any] = field(default_factory=dict)


CALLS = st.integers(1, 40)
FAULTS = st.one_of(
    st.fixed_dictionaries({"kill_at": CALLS, "takes_effect": st.booleans()}),
    st.fixed_dictionaries({"fail_at": st.sets(CALLS, max_size=4), "takes_effect": st.booleans()}),
    st.fixed_dictionaries({"fail_at": st.just(set(range(1, 200)))}),
    st.fixed_dictionaries({"fail_at": CALLS.map(lambda first: set(range(first, 200)))}),
    st.fixed_dictionaries({"repeat_at": st.sets(CALLS, max_size=4)}),
)
TROUBLES = st.one_of(
    st.just(Trouble()),
    st.builds(Trouble, role_error=st.sampled_from(ROLE_ERRORS)),
    st.builds(Trouble, listing_error=st.sampled_from(LISTING_ERRORS)),
    st.builds(Trouble, cut_after=st.integers(0, 3), seconds_left=st.sampled_from([0.0, 14.0])),
    st.builds(Trouble, faults=FAULTS),
    st.builds(Trouble, cut_after=st.integers(1, 3), faults=FAULTS),
)
STATUSES = st.sampled_from(["InProgress", "Completed", "Failed"])


@dataclass(frozen=True)
class Round:
    """What changes before a sweep, and what happens in it."""

    accounts: frozenset[str]
    regions: tuple[str, ...]
    added: list[tuple[int, str]]
    changed: list[tuple[int, str]]
    malformed: int
    troubles: list[Trouble]


ROUNDS = st.builds(
    Round,
    accounts=st.sets(st.sampled_from([HUB, MEMBER, OTHER]), min_size=1).map(frozenset),
    regions=st.sampled_from([(EAST,), (EAST, WEST)]),
    added=st.lists(st.tuples(st.integers(0, 5), STATUSES), max_size=8),
    changed=st.lists(st.tuples(st.integers(0, 30), STATUSES), max_size=3),
    malformed=st.integers(0, 9),
    troubles=st.lists(TROUBLES, min_size=6, max_size=6),
)


def prepare(harness: FleetHarness, each: Round, number: int) -> dict[str, FaultInjector]:
    """Apply what changes before a sweep, and return the faults of its children."""
    harness.choice = harness.choice._replace(accounts=tuple(sorted(each.accounts)), regions=each.regions)
    for index, (place, status) in enumerate(each.added):
        harness.add_job(SOURCES[place], number * 100 + index, status=status, created=harness.now)
    jobs = [job for simulated in harness.sources.values() for job in simulated.bedrock.jobs]
    for index, status in each.changed:
        # A job that has ended does not run again.
        if jobs and (job := jobs[index % len(jobs)])["status"] == "InProgress":
            job |= {"status": status, "lastModifiedTime": text(harness.now)}
    faults = {}
    for source, trouble in zip(SOURCES, each.troubles, strict=True):
        simulated = harness.source(source)
        simulated.bedrock.largest_page = 2
        simulated.bedrock.sent = lambda job: None if is_malformed(job, each) else job
        simulated.role_error, simulated.listing_error = trouble.role_error, trouble.listing_error
        simulated.cut_after, simulated.seconds_left = trouble.cut_after, trouble.seconds_left
        faults[str(source)] = FaultInjector(**trouble.faults)
    return faults


def is_malformed(job: Job, each: Round) -> bool:
    return int(job["jobArn"][-12:], 16) % 10 == each.malformed


def is_recorded_as_listed(harness: FleetHarness, source: Source, job: Job) -> bool:
    record = harness.source(source).watch.record(job["jobArn"])
    return record is not None and record.job.status == job["status"]


@settings(max_examples=250, deadline=None)
@given(st.lists(ROUNDS, min_size=1, max_size=4))
def test_what_is_recorded_and_what_is_reported_as_not_listed_is_everything(rounds: list[Round]) -> None:
    harness = FleetHarness()
    for number, each in enumerate(rounds):
        faults = prepare(harness, each, number)
        started = harness.now
        report = harness.sweep(f"sweep-{number}", faults)

        chosen = harness.choice.sources()
        coverage = harness.store().get_all(harness.store().chosen())  # type: ignore[arg-type]
        assert [covered.source for covered in coverage] == list(chosen)
        assert report["sources"] == sum(report["byState"].values()) == len(chosen)
        for covered in coverage:
            row = covered.at(harness.now, QUARTER).row()
            assert covered.was_attempted_since(started), "this sweep decided on every source"
            assert "jobs" not in row or "asOf" in row
            assert "reason" in row or row["state"] == State.LISTED
            jobs = harness.source(covered.source).bedrock.jobs
            if not covered.is_listed:
                continue
            assert covered.as_of
            assert covered.as_of >= started
            assert covered.jobs == len(jobs)
            missing = [
                job
                for job in jobs
                if not is_malformed(job, each) and not is_recorded_as_listed(harness, covered.source, job)
            ]
            assert not missing, f"{covered.source} is listed, and the table lacks {missing}"
        harness.now = started + QUARTER


@settings(max_examples=100, deadline=None)
@given(st.lists(ROUNDS, min_size=1, max_size=3))
def test_one_sweep_without_faults_covers_everything(rounds: list[Round]) -> None:
    harness = FleetHarness()
    for number, each in enumerate(rounds):
        harness.sweep(f"sweep-{number}", prepare(harness, each, number))
        harness.now += QUARTER
    calm = Round(frozenset([HUB, MEMBER, OTHER]), (EAST, WEST), [], [], 10, [Trouble()] * 6)
    # A watch that was cut three times observes eight parts, then four, then two, and then all jobs.
    for number in range(8 + 4 + 2 + 1):
        report = harness.sweep(f"calm-{number}", prepare(harness, calm, 99))
        harness.now += QUARTER
    assert report["byState"] == {"listed": 6, "denied": 0, "throttled": 0, "failed": 0, "late": 0}
    everything = {job["jobArn"] for each in harness.sources.values() for job in each.bedrock.jobs}
    assert harness.recorded() == everything
