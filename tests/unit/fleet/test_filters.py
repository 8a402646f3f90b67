"""Lists of the fleet's jobs with the filters that Bedrock lacks, against a simple model."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.errors import ValidationException
from customization_jobs.fleet.jobs import FleetJobs
from customization_jobs.fleet.query import FleetQueryContract
from customization_jobs.listing.query import QueryContract, Searching
from customization_jobs.watch.observation import from_summary
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.transition import FoundBy, Kind, Transition
from tests.contract.snapshot import operation
from tests.fakes import NOW, Job, job
from tests.unit.fleet.in_memory import LARGE, SOURCES, UNTIL_THE_END, FleetTable, filled, passing
from tests.unit.listing.search_truth import JOBS, LIMITS, PAYLOADS, expected, facts, is_valid


def contract(after: timedelta = timedelta()) -> FleetQueryContract:
    searching = Searching(LIMITS, lambda _: {}, reads_tags=True, now=lambda: NOW + after)
    return FleetQueryContract(QueryContract(operation(), searching))


def table_of(summaries: list[Job]) -> FleetTable:
    table = filled(from_summary(each).job for each in summaries)
    for key, record in table.records.items():
        table.records[key] = with_facts(record)
    return table


def with_facts(record: JobRecord) -> JobRecord:
    known = facts(record.job.arn)
    if known.failure_category and record.job.status == "Failed":
        details = {"failure": {"category": known.failure_category, "message": "It failed."}}
        failed = Transition("0" * 32, Kind.FAILED, "2026-03-01T12:00:00Z", FoundBy.SWEEP, 1, details=details)
        record = record.with_recorded(failed)
    return record._replace(tags=known.tags)


def found(table: FleetTable, payload: Mapping[str, Any], passed: list[bool]) -> list[str]:
    arns: list[str] = []
    token: dict[str, Any] = {}
    later = timedelta()
    while True:
        # Time passes during a walk; relative times still refer to its start.
        query = contract(later).from_json({**payload, **token})
        later += timedelta(minutes=7)
        deadline = passing(passed) if passed else UNTIL_THE_END
        page = FleetJobs(table, table, table).list_page(query, deadline, max_bytes=LARGE)
        arns += [each["jobArn"] for each in page.jobs]
        if page.next_token is None:
            return arns
        token = {"nextToken": page.next_token}


@settings(deadline=None, max_examples=100)
@given(JOBS, PAYLOADS.filter(is_valid), st.lists(st.booleans(), max_size=3))
def test_walking_the_tokens_gives_each_match_exactly_once(
    all_jobs: list[Job], payload: dict[str, Any], passed: list[bool]
) -> None:
    matching = [each["jobArn"] for each in all_jobs if all(expected(each, *item) for item in payload.items())]
    assert sorted(found(table_of(all_jobs), payload, passed)) == sorted(matching)


def test_filters_and_the_source_both_select() -> None:
    prefix = f"arn:aws:bedrock:us-west-2:{SOURCES[1].account}:model-customization-job/m.x-v1:0"
    west = [f"{prefix}/{number:012x}" for number in (1, 2)]
    table = table_of(
        [job(0, status="Failed"), job(1, status="Failed", jobArn=west[0]), job(2, jobArn=west[1])]
    )
    assert found(table, {"where.status": ["Failed"], "region": "us-west-2"}, []) == west[:1]


def test_a_token_belongs_to_its_filters() -> None:
    table = table_of([job(n, status="Failed") for n in range(3)])
    query = contract().from_json({"where.status": "Failed", "maxResults": 1})
    page = FleetJobs(table, table, table).list_page(query, UNTIL_THE_END, max_bytes=LARGE)
    for wrong in ({}, {"where.status": "Stopped"}, {"where.status": "Failed", "where.stuck": False}):
        with pytest.raises(ValidationException, match="nextToken: got"):
            contract().from_json({**wrong, "nextToken": page.next_token})


def test_a_relative_time_refers_to_the_first_page_on_every_page() -> None:
    table = table_of(
        [job(n, created=NOW - timedelta(minutes=each)) for n, each in enumerate((0, 30, 55, 65))]
    )
    assert len(found(table, {"creationTimeAfter": "-1h", "maxResults": 1}, [])) == 3
