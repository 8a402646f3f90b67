from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.fleet.coverage import SourceCoverage, SourceFailure, State
from customization_jobs.fleet.coverage_summary import MAX_GAPS, CurrentCoverage, Selection, summary
from customization_jobs.listing.query import QueryContract
from customization_jobs.sources import Source
from tests.fakes import NOW
from tests.unit.fleet.report_fleet import CHOICE, HOUR, Fleet


@pytest.fixture
def fleet(contract: QueryContract) -> Fleet:
    return Fleet(contract)


def test_the_summary_counts_the_sources_by_state_and_names_those_that_are_not_listed(fleet: Fleet) -> None:
    found = summary(fleet.coverage.select())
    gaps = found.pop("gaps")
    assert found == {
        "complete": False,
        "sources": 6,
        "byState": {"listed": 3, "denied": 1, "throttled": 0, "failed": 0, "late": 2},
        "oldestAsOf": "2026-03-01T08:56:00Z",
        "moreGaps": 0,
    }
    assert gaps == [
        {
            "account": "444455556666",
            "region": "us-west-2",
            "state": "denied",
            "deniedBy": "serviceControlPolicy",
            "reason": "An SCP denies <b>it</b>.",
            "since": "2026-03-01T12:00:00Z",
            "asOf": "2026-03-01T11:57:00Z",
            "jobs": 3,
        },
        {
            "account": "777788889999",
            "region": "us-east-1",
            "state": "late",
            "reason": "The last listing is too old: sweeps of the fleet do not run, or do not finish.",
            "since": "2026-03-01T09:56:00Z",
            "asOf": "2026-03-01T08:56:00Z",
            "jobs": 3,
        },
        {
            "account": "777788889999",
            "region": "us-west-2",
            "state": "late",
            "reason": "No sweep has listed this source yet.",
            "since": "2026-03-01T03:00:00Z",
        },
    ]


def test_a_listing_becomes_late_without_any_sweep(fleet: Fleet) -> None:
    fleet.now += timedelta(minutes=59)
    assert summary(fleet.coverage.select())["byState"]["listed"] == 2
    fleet.now += HOUR
    assert summary(fleet.coverage.select())["byState"]["listed"] == 0


@pytest.mark.parametrize(
    ("query", "sources"),
    [
        ({"account": "444455556666"}, ["444455556666/us-east-1", "444455556666/us-west-2"]),
        ({"region": "us-west-2", "account": "111122223333"}, ["111122223333/us-west-2"]),
        ({"account": "000000000000"}, []),
        ({"region": "us-east-1"}, [f"{n}/us-east-1" for n in CHOICE.accounts]),
    ],
)
def test_account_and_region_select_sources(fleet: Fleet, query: dict[str, str], sources: list[str]) -> None:
    assert [str(each.source) for each in fleet.coverage.select(**query).sources] == sources


def test_no_source_is_not_complete(fleet: Fleet) -> None:
    found = summary(fleet.coverage.select(account="000000000000"))
    assert (found["complete"], found["sources"], found["oldestAsOf"]) == (False, 0, None)


def test_listed_sources_are_complete(fleet: Fleet) -> None:
    found = summary(fleet.coverage.select(account="111122223333"))
    assert (found["complete"], found["gaps"], found["oldestAsOf"]) == (True, [], "2026-03-01T11:59:00Z")


def test_accounts_that_were_last_read_long_ago_are_not_complete(fleet: Fleet) -> None:
    fleet.store.choose(fleet.sources, fleet.now, fleet.now - 3 * HOUR)
    found = summary(fleet.coverage.select(account="111122223333"))
    assert (found["complete"], found["accountsAsOf"]) == (True, "2026-03-01T09:00:00Z")
    fleet.now += timedelta(seconds=1)
    found = summary(fleet.coverage.select(account="111122223333"))
    assert (found["complete"], found["gaps"]) == (False, [])


def test_rare_sweeps_read_the_accounts_as_often_as_they_run(fleet: Fleet) -> None:
    fleet.store.choose(fleet.sources, fleet.now, fleet.now - 24 * HOUR)
    rare = CurrentCoverage(lambda: fleet.store, CHOICE, late_after=timedelta(hours=49), now=lambda: fleet.now)
    assert summary(rare.select(account="111122223333"))["complete"]


def test_before_the_first_discovery_the_sources_of_the_settings_are_late(contract: QueryContract) -> None:
    fleet = Fleet(contract)
    fleet.documents.documents.clear()
    found = summary(fleet.coverage.select())
    assert (found["complete"], found["sources"], found["byState"]["late"]) == (False, 6, 6)


STATES = st.sampled_from(State)


@given(st.lists(STATES, max_size=60))
def test_every_source_is_counted_and_every_gap_is_named_or_counted(states: list[State]) -> None:
    sources = []
    for number, state in enumerate(states):
        coverage = SourceCoverage.unlisted(Source(f"{number:012}", "us-east-1"), NOW)
        if state is State.LISTED:
            coverage = coverage.with_listed(NOW, 1, {})
        elif state is not State.LATE:
            coverage = coverage.with_failure(NOW, SourceFailure(state, "because"))
        sources.append(coverage)
    found = summary(Selection(sources))
    assert sum(found["byState"].values()) == found["sources"] == len(states)
    assert len(found["gaps"]) + found["moreGaps"] + found["byState"]["listed"] == len(states)
    assert len(found["gaps"]) <= MAX_GAPS
    assert found["complete"] == (set(states) == {State.LISTED})
