import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.fleet.coverage import DeniedBy, SourceCoverage, SourceFailure, State
from customization_jobs.fleet.coverage_store import ChosenSources
from customization_jobs.fleet.events import due_event
from customization_jobs.sources import Source
from customization_jobs.timestamps import format_timestamp
from tests.fakes import NOW
from tests.unit.fleet.harness import EAST, LATE_AFTER, MEMBER, OTHER, OWN, FleetHarness
from tests.unit.watch.faults import FaultInjector

SOURCE = Source(MEMBER, EAST)
MINUTE = timedelta(minutes=1)
THROTTLED = SourceFailure(State.THROTTLED, "Too many requests.")
DENIED = SourceFailure(State.DENIED, "No role.", DeniedBy.ROLE_OR_TRUST)
NEW = SourceCoverage.unlisted(SOURCE, NOW)
LISTED = NEW.with_listed(NOW, 0, {}, sweep="first")


def test_a_source_that_was_never_listed_has_no_count() -> None:
    for coverage in (NEW, NEW.with_failure(NOW, DENIED)):
        assert not {"jobs", "asOf"} & coverage.row().keys()
        assert coverage.row()["reason"]


def test_a_count_of_an_earlier_listing_says_of_when_it_is() -> None:
    row = LISTED.with_failure(NOW + MINUTE, DENIED).row()
    assert row == {
        "account": MEMBER,
        "region": EAST,
        "state": "denied",
        "deniedBy": "roleMissingOrTrust",
        "reason": "No role.",
        "since": format_timestamp(NOW + MINUTE),
        "asOf": format_timestamp(NOW),
        "jobs": 0,
    }


def test_since_is_the_begin_of_the_present_state() -> None:
    failing = LISTED.with_failure(NOW + MINUTE, THROTTLED).with_failure(NOW + 2 * MINUTE, THROTTLED)
    assert failing.since == NOW + MINUTE
    assert failing.with_failure(NOW + 3 * MINUTE, DENIED).since == NOW + 3 * MINUTE
    back = failing.with_listed(NOW + 4 * MINUTE, 1, {})
    assert back.since == NOW + 4 * MINUTE
    assert back.with_listed(NOW + 5 * MINUTE, 1, {}).since == NOW + 4 * MINUTE
    cut = NEW.with_failure(NOW + MINUTE, SourceFailure(State.LATE, "Cut."))
    assert cut.since == NOW + MINUTE, "before, it was late only because no sweep had tried"


def test_a_failure_that_one_sweep_repeats_counts_once() -> None:
    first = LISTED.with_failure(NOW, THROTTLED, sweep="second")
    repeated = first.with_failure(NOW + MINUTE, THROTTLED, sweep="second")
    assert (first.failures, repeated.failures, repeated.is_dark) == (1, 1, False)
    assert repeated.with_failure(NOW + 2 * MINUTE, THROTTLED, sweep="third").is_dark
    after_a_listing = LISTED.with_failure(NOW + MINUTE, THROTTLED, sweep="first")
    assert after_a_listing.failures == 1


def test_a_listing_becomes_late_when_it_is_too_old() -> None:
    assert LISTED.at(NOW + LATE_AFTER, LATE_AFTER) is LISTED
    late = LISTED.at(NOW + LATE_AFTER + MINUTE, LATE_AFTER)
    assert (late.state, late.since, late.as_of) == (State.LATE, NOW + LATE_AFTER, NOW)
    failed = LISTED.with_failure(NOW, DENIED)
    assert failed.at(NOW + 9 * LATE_AFTER, LATE_AFTER) is failed


@pytest.mark.parametrize("coverage", [NEW, LISTED, LISTED.with_failure(NOW, DENIED).with_dark_id("1")])
def test_a_coverage_survives_a_round_trip(coverage: SourceCoverage) -> None:
    written = json.loads(json.dumps(coverage.to_json()))
    assert SourceCoverage.from_json(SOURCE, written, 0) == coverage


@pytest.mark.parametrize(
    "change", [{"state": "unknown"}, {"since": None}, {"totals": 3}, {"jobs": None}, {"deniedBy": "x"}]
)
def test_anything_else_is_not_read(change: dict[str, Any]) -> None:
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        SourceCoverage.from_json(SOURCE, {**LISTED.to_json(), **change}, 1)


def test_the_id_of_a_darkness_does_not_depend_on_its_cause() -> None:
    throttled = LISTED.with_failure(NOW + MINUTE, THROTTLED)
    denied = throttled.with_failure(NOW + 2 * MINUTE, DENIED)
    assert throttled.next_dark_id() == denied.next_dark_id()
    again = denied.with_listed(NOW + 3 * MINUTE, 0, {}).with_failure(NOW + 4 * MINUTE, DENIED)
    assert again.next_dark_id() != denied.next_dark_id()
    assert again.next_dark_id() != NEW.with_failure(NOW, DENIED).next_dark_id()


def test_the_event_of_a_source_has_its_coverage() -> None:
    dark = LISTED.with_failure(NOW, DENIED)
    event = due_event(dark, NOW + MINUTE)
    assert event
    assert event.detail_type == "Model Customization Job Source Dark"
    assert event.resource == str(SOURCE)
    assert event.detail == {
        "version": "1",
        "id": dark.next_dark_id(),
        "kind": "SourceDark",
        "at": format_timestamp(NOW + MINUTE),
        "source": dark.row(),
    }
    back = due_event(dark.with_dark_id(event.id).with_listed(NOW + MINUTE, 0, {}), NOW)
    assert back
    assert (back.detail_type, back.detail["kind"]) == ("Model Customization Job Source Back", "SourceBack")
    assert back.id != event.id


def test_nothing_is_due_for_a_source_that_is_listed_or_failed_once_or_was_published() -> None:
    dark = LISTED.with_failure(NOW, DENIED)
    published = dark.with_dark_id(dark.next_dark_id())
    for coverage in (NEW, LISTED, LISTED.with_failure(NOW, THROTTLED), published):
        assert due_event(coverage, NOW) is None


def test_all_sources_have_a_coverage_also_those_that_no_sweep_has_tried(harness: FleetHarness) -> None:
    harness.store().update(SOURCE, NOW, lambda known: known.with_listed(NOW, 3, {}))
    chosen = ChosenSources((OWN, SOURCE, Source(OTHER, EAST)), NOW)
    found = harness.store().get_all(chosen)
    assert [each.source for each in found] == list(chosen.sources)
    assert [str(each.state) for each in found] == ["late", "listed", "late"]


@pytest.mark.parametrize("body", ["null", "[]", "{}", '{"state": "new in another version"}'])
def test_a_coverage_that_is_not_readable_fails_its_source_alone_until_it_is_written_anew(
    harness: FleetHarness, body: str
) -> None:
    harness.documents[f"#source/{SOURCE}"] = (7, body)
    unreadable, other = harness.store().get_all(ChosenSources((SOURCE, Source(OTHER, EAST)), NOW))
    assert unreadable.state is State.FAILED
    assert "not readable by this version" in unreadable.row()["reason"]
    assert other.state is State.LATE
    harness.choice = harness.choice._replace(accounts=(MEMBER,))
    assert harness.sweep("first")["byState"]["listed"] == 2


def test_an_update_is_applied_to_what_another_writer_has_written(harness: FleetHarness) -> None:
    def other() -> None:
        harness.store().update(SOURCE, NOW, lambda known: known.with_listed(NOW, 3, {}))

    faults = FaultInjector(interrupt_at=2, interruption=other)
    updated = harness.store(faults).update(SOURCE, NOW, lambda known: known.with_dark_id("1"))
    assert (updated.jobs, updated.dark_id, updated.version) == (3, "1", 2)
    assert harness.store().get_all(ChosenSources((SOURCE,), NOW)) == [updated]


def test_an_update_gives_up_if_others_write_all_the_time(harness: FleetHarness) -> None:
    def change(known: SourceCoverage) -> SourceCoverage:
        harness.store().update(SOURCE, NOW, lambda other: other.with_dark_id("other"))
        return known.with_dark_id("mine")

    with pytest.raises(WatchUnavailableException, match="Too many concurrent writes"):
        harness.store().update(SOURCE, NOW, change)


def test_a_source_whose_jobs_can_be_read_but_not_recorded_does_not_go_dark() -> None:
    unrecorded = SourceFailure(State.FAILED, "Not all jobs could be recorded.", is_accessible=True)
    coverage = NEW.with_listed(NOW, 3, {})
    for hours in range(1, 5):
        coverage = coverage.with_failure(NOW + hours * 60 * MINUTE, unrecorded, sweep=str(hours))
        assert not coverage.is_dark
    assert (coverage.state, coverage.since) == (State.FAILED, NOW + 60 * MINUTE)
    throttled = SourceFailure(State.THROTTLED, "ThrottlingException")
    once = coverage.with_failure(NOW + 5 * 60 * MINUTE, throttled, sweep="5")
    assert not once.is_dark
    assert once.with_failure(NOW + 6 * 60 * MINUTE, throttled, sweep="6").is_dark


def test_an_attempt_of_the_sweep_itself_counts_whatever_the_clocks_are() -> None:
    early = replace(NEW.with_listed(NOW, 0, {}, sweep="s"), version=1)
    assert early.was_attempted_by("s", NOW + 60 * MINUTE)
    assert not early.was_attempted_by("t", NOW + 60 * MINUTE)
    assert early.was_attempted_by("t", NOW)
