"""A dark source is published once, and its return once, whatever fails in between."""

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.errors import BedrockUnavailableException, CustomizationJobsError
from customization_jobs.sources import Source
from tests.unit.fleet.harness import EAST, MEMBER, OTHER, FleetHarness, denied, throttled
from tests.unit.watch.faults import FaultInjector, Killed

SOURCE = Source(MEMBER, EAST)
QUARTER = timedelta(minutes=15)
ERRORS = {
    "listed": None,
    "denied": denied(),
    "throttled": throttled(),
    "failed": BedrockUnavailableException("No connection."),
}
OUTCOMES = st.sampled_from([*ERRORS, "crashed"])


@dataclass(frozen=True)
class Reported:
    """The faults of the report step of a sweep, and how often it is tried with them."""

    kill_at: int = 0
    fail_at: int = 0
    takes_effect: bool = False
    tries: int = 0


REPORTS = st.builds(
    Reported,
    kill_at=st.integers(0, 9),
    fail_at=st.integers(0, 9),
    takes_effect=st.booleans(),
    tries=st.integers(0, 3),
)


def run_sweep(
    harness: FleetHarness, name: str, outcome: str, reported: Reported, *, ends: bool = True
) -> None:
    """Run a sweep with one member, whose report step succeeds in the end if `ends`."""
    harness.choice = harness.choice._replace(accounts=(MEMBER,))
    harness.source(SOURCE).listing_error = ERRORS.get(outcome)
    harness.step("discover", name)
    harness.now += timedelta(seconds=5)
    harness.step("source", name, source=str(harness.choice.own))
    if outcome == "crashed":
        with pytest.raises(Killed):
            harness.step("source", name, FaultInjector(kill_at=2), source=str(SOURCE))
    else:
        harness.step("source", name, source=str(SOURCE))
    harness.now += timedelta(seconds=5)
    for _ in range(reported.tries):
        faults = FaultInjector(
            kill_at=reported.kill_at, fail_at={reported.fail_at}, takes_effect=reported.takes_effect
        )
        try:
            harness.step("report", name, faults)
        except (CustomizationJobsError, Killed):
            continue
    if ends:
        harness.step("report", name)
    harness.now += QUARTER


def expected_events(outcomes: list[str]) -> list[str]:
    """Return the kinds of the events in order, from the rules alone."""
    kinds, failures, is_dark = [], 0, False
    for outcome in outcomes:
        failures = 0 if outcome == "listed" else failures + 1
        if not is_dark and (outcome == "denied" or failures >= 2):
            kinds.append("SourceDark")
            is_dark = True
        elif is_dark and outcome == "listed":
            kinds.append("SourceBack")
            is_dark = False
    return kinds


@settings(max_examples=300, deadline=None)
@given(st.lists(OUTCOMES, min_size=1, max_size=10))
def test_each_darkness_is_published_once_and_so_is_its_end(outcomes: list[str]) -> None:
    harness = FleetHarness()
    for number, outcome in enumerate(outcomes):
        run_sweep(harness, f"sweep-{number}", outcome, Reported())
    events = harness.events()
    assert [kind for kind, _, _ in events] == expected_events(outcomes)
    assert {source for _, source, _ in events} <= {str(SOURCE)}
    assert len({event_id for _, _, event_id in events}) == len(events)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(OUTCOMES, REPORTS), min_size=1, max_size=8))
def test_a_report_that_fails_and_is_repeated_publishes_again_with_the_same_id(
    steps: list[tuple[str, Reported]],
) -> None:
    harness = FleetHarness()
    for number, (outcome, reported) in enumerate(steps):
        run_sweep(harness, f"sweep-{number}", outcome, reported)
    distinct = list(dict.fromkeys(harness.events()))
    assert [kind for kind, _, _ in distinct] == expected_events([outcome for outcome, _ in steps])
    assert len({event_id for _, _, event_id in distinct}) == len(distinct)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(OUTCOMES, REPORTS), min_size=1, max_size=8))
def test_a_report_that_never_succeeds_is_made_up_for_by_the_next_sweep(
    steps: list[tuple[str, Reported]],
) -> None:
    harness = FleetHarness()
    for number, (outcome, reported) in enumerate(steps):
        run_sweep(harness, f"sweep-{number}", outcome, reported, ends=False)
        # The lease of a sweep that never ended expires.
        harness.now += timedelta(hours=1)
    run_sweep(harness, "denied", "denied", Reported())
    run_sweep(harness, "listed", "listed", Reported())
    distinct = list(dict.fromkeys(harness.events()))
    assert [kind for kind, _, _ in distinct][-2:] == ["SourceDark", "SourceBack"]
    ids = [event_id for _, _, event_id in distinct]
    assert len(set(ids)) == len(ids)
    backs = [index for index, (kind, _, _) in enumerate(distinct) if kind == "SourceBack"]
    assert all(distinct[index - 1][0] == "SourceDark" for index in backs), "each end follows its darkness"


def test_a_source_that_goes_dark_again_is_published_although_its_end_was_not_recorded(
    harness: FleetHarness,
) -> None:
    run_sweep(harness, "first", "denied", Reported())
    # The report dies between the publication of the end and its record, and is not repeated.
    run_sweep(harness, "second", "listed", Reported(kill_at=5, tries=1), ends=False)
    harness.now += timedelta(hours=1)
    run_sweep(harness, "third", "denied", Reported())
    run_sweep(harness, "fourth", "listed", Reported())
    assert [kind for kind, _, _ in harness.events()] == ["SourceDark", "SourceBack"] * 2
    assert len(set(harness.events())) == 4


def test_a_source_that_was_never_listed_is_published_once_and_raises_no_alarm(harness: FleetHarness) -> None:
    for number in range(3):
        run_sweep(harness, f"sweep-{number}", "denied", Reported())
    assert [kind for kind, _, _ in harness.events()] == ["SourceDark"]
    assert harness.observed.values("FleetSourcesDark") == [0, 0, 0]
    run_sweep(harness, "listed", "listed", Reported())
    run_sweep(harness, "denied", "denied", Reported())
    assert [kind for kind, _, _ in harness.events()] == ["SourceDark", "SourceBack", "SourceDark"]
    assert harness.observed.values("FleetSourcesDark")[-2:] == [0, 1]


def test_one_throttled_sweep_is_not_dark_even_if_its_source_step_is_repeated(harness: FleetHarness) -> None:
    harness.source(SOURCE).listing_error = throttled()
    harness.step("discover", "first")
    for _ in range(3):
        harness.now += timedelta(seconds=5)
        harness.step("source", "first", source=str(SOURCE))
    assert harness.coverage()[SOURCE].failures == 1
    harness.step("report", "first")
    assert harness.events() == []


def test_the_metrics_of_a_sweep_have_every_state_also_those_of_no_source(harness: FleetHarness) -> None:
    run_sweep(harness, "first", "denied", Reported())
    states = {
        dimensions["State"]: values["FleetSources"]
        for dimensions, values in harness.observed.metrics
        if "FleetSources" in values
    }
    assert states == {"listed": 1, "denied": 1, "throttled": 0, "failed": 0, "late": 0}
    assert harness.observed.values("FleetSweepsCompleted") == [1]


def removed_in(harness: FleetHarness) -> list[tuple[str, str, str]]:
    return [each for each in harness.events() if each[0] == "SourceRemoved"]


def test_a_source_that_leaves_the_fleet_is_published_once_dark_or_not(harness: FleetHarness) -> None:
    harness.source(SOURCE).listing_error = denied()
    harness.sweep("first")
    harness.choice = harness.choice._replace(accounts=())
    harness.sweep("second")
    harness.sweep("third")
    removed = removed_in(harness)
    assert {source for _, source, _ in removed} == {str(SOURCE), f"{OTHER}/{EAST}"}
    assert len(removed) == len({event_id for _, _, event_id in removed}) == 2
    chosen = harness.store().chosen()
    assert chosen
    assert chosen.removed == ()


def test_a_source_that_is_chosen_again_and_still_dark_is_published_again(harness: FleetHarness) -> None:
    harness.source(SOURCE).listing_error = denied()
    everywhere = harness.choice
    for number, choice in enumerate([everywhere, everywhere._replace(accounts=()), everywhere]):
        harness.choice = choice
        harness.sweep(f"sweep-{number}")
    kinds = [kind for kind, source, _ in harness.events() if source == str(SOURCE)]
    assert kinds == ["SourceDark", "SourceRemoved", "SourceDark"]


def test_a_source_that_came_back_before_its_removal_was_published_has_not_left(harness: FleetHarness) -> None:
    everywhere = harness.choice
    harness.sweep("first")
    harness.choice = everywhere._replace(accounts=())
    harness.step("discover", "second")
    harness.lease().release("second")
    harness.choice = everywhere
    harness.sweep("third")
    assert removed_in(harness) == []


@settings(max_examples=60, deadline=None)
@given(REPORTS)
def test_a_removal_is_published_whatever_fails_always_with_the_same_id(reported: Reported) -> None:
    harness = FleetHarness()
    harness.source(SOURCE).listing_error = denied()
    harness.sweep("first")
    harness.choice = harness.choice._replace(accounts=(OTHER,))
    harness.step("discover", "second")
    for _ in range(reported.tries):
        faults = FaultInjector(
            kill_at=reported.kill_at, fail_at={reported.fail_at}, takes_effect=reported.takes_effect
        )
        try:
            harness.step("report", "second", faults)
        except (CustomizationJobsError, Killed):
            continue
    harness.now += timedelta(hours=1)
    harness.sweep("third")
    harness.sweep("fourth")
    assert [(kind, source) for kind, source, _ in dict.fromkeys(removed_in(harness))] == [
        ("SourceRemoved", str(SOURCE))
    ]


def test_the_largest_lists_of_sources_fit_into_one_item(harness: FleetHarness) -> None:
    def sources(first: int) -> tuple[Source, ...]:
        return tuple(Source(f"{number:012}", "ap-northeast-1") for number in range(first, first + 8000))

    for number in range(3):
        harness.store().choose(sources(number * 8000), harness.now)
    chosen = harness.store().chosen()
    assert chosen
    assert len(chosen.removed) == 8000
    assert len(json.dumps(chosen.to_json(), separators=(",", ":"))) < 400_000


def test_the_age_of_discovered_accounts_is_a_metric(harness: FleetHarness) -> None:
    run_sweep(harness, "listed by the settings", "listed", Reported())
    assert harness.observed.values("FleetAccountsAge") == []
    harness.choice = harness.choice._replace(organization=True)
    harness.accounts = [MEMBER]
    harness.sweep("first")
    harness.now += timedelta(days=40)
    harness.accounts = throttled()
    harness.sweep("second")
    first, second = harness.observed.values("FleetAccountsAge")
    assert (first, second) == (15, 40 * 24 * 3600 + first + 15)


def test_a_bus_that_accepts_nothing_fails_the_report_after_all_else_is_done(harness: FleetHarness) -> None:
    harness.bus.refuses = lambda _: True
    with pytest.raises(CustomizationJobsError, match="The bus did not accept 1 events of sources"):
        run_sweep(harness, "first", "denied", Reported())
    assert harness.observed.values("FleetSweepsCompleted") == [1]
    assert harness.lease().acquire("second"), "the lease is released"
    harness.lease().release("second")
    harness.bus.refuses = lambda _: False
    run_sweep(harness, "third", "denied", Reported())
    assert [kind for kind, _, _ in harness.events()] == ["SourceDark"]
