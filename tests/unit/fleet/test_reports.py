import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customization_jobs.errors import ValidationException
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW
from tests.unit.fleet.report_fleet import CHOICE, HOUR, Fleet

ENOUGH = Deadline(lambda: 9.0)


@pytest.fixture
def fleet(contract: QueryContract) -> Fleet:
    return Fleet(contract)


def coverage_pages(fleet: Fleet, **query: Any) -> list[dict[str, Any]]:
    report, pages = fleet.reports().coverage, []
    while True:
        pages.append(report.make(report.contract.from_json(query)))
        if "nextToken" not in pages[-1]:
            return pages
        query["nextToken"] = pages[-1]["nextToken"]


def names(pages: list[dict[str, Any]]) -> list[str]:
    return [f"{row['account']}/{row['region']}" for page in pages for row in page["sources"]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(size=st.integers(1, 8), state=st.none() | st.sampled_from(["listed", "denied", "late", "failed"]))
def test_the_pages_of_the_coverage_have_each_source_once(
    contract: QueryContract, size: int, state: str | None
) -> None:
    fleet = Fleet(contract)
    query: dict[str, Any] = {"state": state} if state else {}
    pages = coverage_pages(fleet, maxResults=size, **query)
    (whole,) = coverage_pages(fleet, **query)
    assert names(pages) == names([whole])
    assert all(len(page["sources"]) <= size for page in pages)
    assert all(page["coverage"] == whole["coverage"] for page in pages)
    assert whole["coverage"]["sources"] == 6
    assert {row["state"] for row in whole["sources"]} <= {state or row["state"] for row in whole["sources"]}
    assert whole["asOf"] == "2026-03-01T12:00:00Z"
    if state is None:
        assert names([whole]) == list(map(str, CHOICE.sources()))


@pytest.mark.parametrize("token", ["x", "!!!!", "ä", "YWJj", "MTIzNA==", "/w=="])
def test_a_token_that_no_answer_had_is_refused(fleet: Fleet, token: str) -> None:
    with pytest.raises(ValidationException, match="nextToken: got a token of"):
        coverage_pages(fleet, nextToken=token)


def test_a_token_of_another_query_is_refused(fleet: Fleet) -> None:
    token = coverage_pages(fleet, maxResults=1, state="listed")[0]["nextToken"]
    assert coverage_pages(fleet, maxResults=2, state="listed", nextToken=token)
    for other in ({}, {"state": "late"}, {"state": "listed", "region": "us-east-1"}):
        with pytest.raises(ValidationException):
            coverage_pages(fleet, nextToken=token, **other)


def test_a_page_of_the_coverage_is_small_enough_for_a_workflow(contract: QueryContract) -> None:
    fleet = Fleet(contract)
    for source in fleet.sources:
        stored = fleet.documents.documents[f"#source/{source}"] if source != fleet.sources[5] else None
        if stored:
            stored.body["reason"] = "r" * 40_000
    pages = coverage_pages(fleet, maxResults=1000)
    assert names(pages) == list(map(str, CHOICE.sources()))
    assert len(pages) > 1


def test_the_overview_adds_up_the_last_listing_of_every_source(fleet: Fleet) -> None:
    report = fleet.reports().overview
    overview = report.make(JobQuery({}))
    # The denied and the late source keep their last known figures; the one that was never listed has none.
    assert (overview["jobs"], overview["complete"]) == (15, False)
    assert overview["byStatus"]["Failed"] == 5
    assert overview["oldestInProgress"]["jobArn"] == fleet.jobs[fleet.sources[4]][0]["jobArn"]
    assert overview["coverage"]["byState"]["denied"] == 1
    assert "byOwner" not in overview


def test_a_source_whose_totals_are_not_readable_has_failed_in_the_overview(fleet: Fleet) -> None:
    unreadable = fleet.sources[1]
    fleet.documents.documents[f"#source/{unreadable}"].body["totals"] = {"jobs": "many"}
    overview = fleet.reports().overview.make(JobQuery({}))
    assert (overview["jobs"], overview["complete"]) == (12, False)
    assert overview["coverage"]["byState"] == {
        "listed": 2,
        "denied": 1,
        "throttled": 0,
        "failed": 1,
        "late": 2,
    }
    (gap,) = [each for each in overview["coverage"]["gaps"] if each["state"] == "failed"]
    assert (gap["account"], gap["region"]) == unreadable
    assert "not readable" in gap["reason"]


def test_the_overview_of_one_account_covers_its_sources_alone(fleet: Fleet) -> None:
    report = fleet.reports().overview
    overview = report.make(report.contract.from_text({"account": ["111122223333"]}))
    assert (overview["jobs"], overview["complete"], overview["coverage"]["sources"]) == (6, True, 2)


def test_the_ages_of_the_overview_are_those_of_the_answer(fleet: Fleet) -> None:
    fleet.now = NOW + 5 * HOUR
    overview = fleet.reports().overview.make(JobQuery({}))
    assert overview["asOf"] == "2026-03-01T17:00:00Z"
    assert overview["oldestInProgress"]["ageSeconds"] == 9 * 3600
    assert overview["coverage"]["byState"]["listed"] == 0


def test_jobs_are_listed_with_the_times_of_their_sources_and_the_coverage(fleet: Fleet) -> None:
    report = fleet.reports().jobs
    query, _ = report.queries.check_json({"region": "us-west-2", "statusEquals": "Failed"})
    answer = report.make(query, ENOUGH, max_bytes=200_000)
    assert answer.body["asOf"] == {
        "111122223333/us-west-2": "2026-03-01T11:59:00Z",
        "444455556666/us-west-2": "2026-03-01T11:57:00Z",
    }
    assert answer.body["coverage"]["sources"] == 3
    assert "nextToken" not in answer.body


def test_a_job_of_a_source_that_no_sweep_has_listed_has_no_time(fleet: Fleet) -> None:
    source = fleet.sources[5]
    fleet.listing.jobs = [{**fleet.listing.jobs[0], "account": source.account, "region": source.region}]
    report = fleet.reports().jobs
    query, _ = report.queries.check_json({})
    assert report.make(query, ENOUGH, max_bytes=200_000).body["asOf"] == {str(source): None}


def test_the_answer_leaves_room_for_the_coverage(fleet: Fleet) -> None:
    report = fleet.reports().jobs
    query, _ = report.queries.check_json({})
    answer = report.make(query, ENOUGH, max_bytes=200_000)
    ((room, _),) = fleet.listing.calls
    assert room + len(json.dumps(answer.body["coverage"])) == 200_000 - 4096
