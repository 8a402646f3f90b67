"""Pages and scans of the fleet's jobs: their content, their bounds and their cost."""

import json
from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.errors import UnexpectedAnswerException, WatchUnavailableException
from customization_jobs.fleet.jobs import FleetJobs
from customization_jobs.fleet.page import FleetPage
from customization_jobs.fleet.query import FleetQueryContract
from customization_jobs.watch.job import Phase
from customization_jobs.watch.observation import from_summary
from customization_jobs.watch.position import SHARDS, shard_of
from tests.fakes import NOW, job, text
from tests.unit.fleet.in_memory import (
    LARGE,
    SOURCES,
    UNTIL_THE_END,
    FleetTable,
    filled,
    fleet_job,
    passing,
)


def many_jobs(number: int) -> FleetTable:
    return filled(
        fleet_job(each, SOURCES[each % 4], created=NOW + timedelta(seconds=each)) for each in range(number)
    )


def page_of(table: FleetTable, contract: FleetQueryContract, /, **query: Any) -> FleetPage:
    jobs = FleetJobs(table, table, table)
    return jobs.list_page(contract.from_json(query), UNTIL_THE_END, max_bytes=LARGE)


def test_a_job_has_the_form_of_bedrocks_list_with_its_account_and_region(
    fleet_contract: FleetQueryContract,
) -> None:
    summary = job(
        1,
        lastModifiedTime=text(NOW),
        endTime=text(NOW),
        customModelArn="arn:model",
        customModelName="model",
        customizationType="FINE_TUNING",
        statusDetails={
            "validationDetails": {"status": "Completed", "creationTime": text(NOW)},
            "trainingDetails": {"status": "InProgress", "lastModifiedTime": text(NOW)},
        },
    )
    page = page_of(filled([from_summary(summary).job]), fleet_contract)
    assert page == FleetPage(
        [{**summary, "account": "111122223333", "region": "us-east-1"}], frozenset(SOURCES[:1])
    )
    without = page_of(filled([from_summary(job(1)).job]), fleet_contract)
    assert without.jobs == [{**job(1), "account": "111122223333", "region": "us-east-1"}]


def test_jobs_are_newest_first_over_all_sources_unless_requested_otherwise(
    fleet_contract: FleetQueryContract,
) -> None:
    table = many_jobs(40)
    newest = [each["jobName"] for each in page_of(table, fleet_contract).jobs]
    assert newest == [fleet_job(number).name for number in reversed(range(40))]
    assert [each["jobName"] for each in page_of(table, fleet_contract, sortOrder="Ascending").jobs] == newest[
        ::-1
    ]


def test_a_job_of_a_source_that_is_not_chosen_is_left_out(fleet_contract: FleetQueryContract) -> None:
    table = many_jobs(8)
    table.sources = SOURCES[:1]
    assert page_of(table, fleet_contract).sources == {SOURCES[0]}
    table.examined.clear()
    assert page_of(table, fleet_contract, account="444455556666") == FleetPage([])
    assert table.examined == []


def test_before_the_first_sweep_there_is_no_list(fleet_contract: FleetQueryContract) -> None:
    table = many_jobs(1)
    table.sources = None
    with pytest.raises(WatchUnavailableException, match="not known before its first sweep"):
        page_of(table, fleet_contract)


def test_the_newest_100_of_many_jobs_are_found_by_examining_few(fleet_contract: FleetQueryContract) -> None:
    table = many_jobs(4000)
    page = page_of(table, fleet_contract, maxResults=100)
    assert len(page.jobs) == 100
    assert sum(table.examined) <= 250
    assert sum(table.read_keys) == 100


def test_all_jobs_are_examined_once_in_growing_steps_if_few_match(fleet_contract: FleetQueryContract) -> None:
    table = many_jobs(4000)
    page = page_of(table, fleet_contract, nameContains="even-3998", maxResults=10)
    assert [each["jobName"] for each in page.jobs] == ["even-3998"]
    assert sum(table.examined) == 4000
    assert len(table.examined) <= 8 * 7
    assert sum(table.read_keys) == 1


def test_a_shard_is_not_read_further_while_its_jobs_wait_for_those_of_another(
    fleet_contract: FleetQueryContract,
) -> None:
    jobs = [fleet_job(number) for number in range(3000)]
    recent = [each for each in jobs if shard_of(each.key) == SHARDS[0]]
    older = [
        each._replace(creation_time=text(NOW - timedelta(days=1)))
        for each in jobs
        if shard_of(each.key) != SHARDS[0]
    ]
    table = filled([*recent, *older])
    assert len(page_of(table, fleet_contract, maxResults=250).jobs) == 250
    first, more = table.examined[:8], table.examined[8:]
    assert min(first) == max(first)
    assert more == [2 * first[0], 4 * first[0]]


def test_following_the_tokens_of_pages_that_are_full_of_bytes_gives_all_jobs(
    fleet_contract: FleetQueryContract,
) -> None:
    table, found, query = many_jobs(60), [], fleet_contract.from_json({})
    jobs = FleetJobs(table, table, table)
    while (page := jobs.list_page(query, UNTIL_THE_END, max_bytes=900)).next_token:
        assert page.stopped_by == "bytes"
        found += page.jobs
        query = fleet_contract.from_json({"nextToken": page.next_token})
    names = [each["jobName"] for each in [*found, *page.jobs]]
    assert names == [fleet_job(number).name for number in reversed(range(60))]


def test_bounds_on_the_creation_time_are_exclusive_and_limit_what_is_examined(
    fleet_contract: FleetQueryContract,
) -> None:
    table = many_jobs(1000)
    page = page_of(
        table,
        fleet_contract,
        creationTimeAfter=text(NOW + timedelta(seconds=500)),
        creationTimeBefore=text(NOW + timedelta(seconds=503)),
    )
    assert [each["jobName"] for each in page.jobs] == ["even-502", "odd-501"]
    assert sum(table.examined) == 2
    equal = text(NOW + timedelta(seconds=500))
    assert page_of(table, fleet_contract, creationTimeAfter=equal, creationTimeBefore=equal) == FleetPage([])


def test_a_page_fits_its_bytes_with_a_line_for_each_source(fleet_contract: FleetQueryContract) -> None:
    table = many_jobs(100)
    jobs = FleetJobs(table, table, table)
    for max_bytes in (1000, 5000):
        page = jobs.list_page(fleet_contract.from_json({}), UNTIL_THE_END, max_bytes=max_bytes)
        assert page.stopped_by == "bytes"
        as_of = {str(each): "2026-11-24T12:00:00Z" for each in page.sources}
        used = len(json.dumps(page.jobs)) + len(json.dumps(as_of))
        one_more = len(json.dumps(page.jobs[0])) + 70
        assert max_bytes - one_more < used <= max_bytes


def test_only_what_an_answer_contains_of_a_job_counts(fleet_contract: FleetQueryContract) -> None:
    table = many_jobs(100)
    query = fleet_contract.from_json({})
    jobs = FleetJobs(table, table, table)
    whole = jobs.list_page(query, UNTIL_THE_END, max_bytes=5000)
    names = jobs.list_page(query, UNTIL_THE_END, max_bytes=5000, form=lambda each: each["jobName"])
    assert len(names.jobs) > 5 * len(whole.jobs)
    assert names.jobs[0] == whole.jobs[0], "they are listed in full"


def test_a_job_that_is_larger_than_an_answer_is_an_error(fleet_contract: FleetQueryContract) -> None:
    table = many_jobs(1)
    with pytest.raises(UnexpectedAnswerException, match="A single job is larger"):
        FleetJobs(table, table, table).list_page(fleet_contract.from_json({}), UNTIL_THE_END, max_bytes=100)


def test_a_page_ends_at_the_deadline_and_makes_progress_nevertheless(
    fleet_contract: FleetQueryContract,
) -> None:
    table = many_jobs(3000)
    jobs = FleetJobs(table, table, table)
    query = fleet_contract.from_json({"nameContains": "even-0"})
    page = jobs.list_page(query, passing([]), max_bytes=LARGE)
    assert (page.jobs, page.stopped_by) == ([], "deadline")
    rest = fleet_contract.from_json({"nameContains": "even-0", "nextToken": page.next_token})
    assert [each["jobName"] for each in jobs.list_page(rest, UNTIL_THE_END, max_bytes=LARGE).jobs] == [
        "even-0"
    ]


def test_the_record_decides_and_not_the_index(fleet_contract: FleetQueryContract) -> None:
    table = filled([fleet_job(1, status="InProgress"), fleet_job(2, status="InProgress")])
    table.put(fleet_job(1, status="Failed"))
    table.catch_up_reads()
    assert [each["jobName"] for each in page_of(table, fleet_contract, statusEquals="InProgress").jobs] == [
        "even-2"
    ]
    assert [each["status"] for each in page_of(table, fleet_contract).jobs] == ["InProgress", "Failed"]


def test_a_record_that_is_staler_than_the_index_is_read_again(fleet_contract: FleetQueryContract) -> None:
    table = filled([fleet_job(1, status="InProgress")])
    table.put(fleet_job(1, status="Failed"))
    table.put(fleet_job(2, status="Failed"))
    table.catch_up_index()
    assert len(page_of(table, fleet_contract, statusEquals="Failed").jobs) == 2
    del table.records[fleet_job(2).key]
    assert len(page_of(table, fleet_contract, statusEquals="Failed").jobs) == 1


def test_a_job_whose_creation_time_becomes_known_is_listed_by_it(fleet_contract: FleetQueryContract) -> None:
    others = [fleet_job(number, created=NOW + timedelta(minutes=number)) for number in range(4)]
    unknown = fleet_job(9)._replace(creation_time=None, last_modified_time=text(NOW + timedelta(hours=1)))
    known = unknown._replace(creation_time=text(NOW + timedelta(seconds=90)))
    for order in ("Descending", "Ascending"):
        table = filled([*others, unknown])
        table.put(known)
        table.catch_up_reads()
        behind = page_of(table, fleet_contract, sortOrder=order)
        # The index has the old place, and the record the new one: the job is left out if that is ahead.
        assert ("odd-9" in [each["jobName"] for each in behind.jobs]) == (order == "Ascending")
        table.catch_up_index()
        names = [each["jobName"] for each in page_of(table, fleet_contract, sortOrder="Ascending").jobs]
        assert names == ["even-0", "odd-1", "odd-9", "even-2", "odd-3"]


def test_a_job_whose_record_is_not_readable_is_listed_with_what_the_index_has(
    fleet_contract: FleetQueryContract,
) -> None:
    table = filled([fleet_job(1), fleet_job(2)])
    table.unreadable.add(fleet_job(2).key)
    reported: list[WatchUnavailableException] = []
    jobs = FleetJobs(table, table, table, on_unreadable=reported.append)
    page = jobs.list_page(fleet_contract.from_json({}), UNTIL_THE_END, max_bytes=LARGE)
    assert page.jobs[0] == {
        "jobArn": fleet_job(2).key,
        "jobName": "even-2",
        "status": "Completed",
        "creationTime": "2026-03-01T12:00:00.000000Z",
        "account": "111122223333",
        "region": "us-east-1",
    }
    assert len(page.jobs) == 2
    assert len(reported) == 1
    with pytest.raises(WatchUnavailableException, match="is not readable"):
        list(jobs.scan(fleet_contract.from_json({}), UNTIL_THE_END))


def test_a_scan_yields_all_matching_records_and_says_whether_it_is_complete(
    fleet_contract: FleetQueryContract,
) -> None:
    table = many_jobs(3000)
    jobs = FleetJobs(table, table, table)
    query = fleet_contract.from_json({"account": "444455556666", "sortOrder": "Ascending"})
    scan = jobs.scan(query, UNTIL_THE_END)
    assert not scan.complete
    records = list(scan)
    assert scan.complete
    assert [each.job.name for each in records] == [
        fleet_job(number).name for number in range(3000) if number % 4 in (2, 3)
    ]
    cut = jobs.scan(query, passing([False]))
    assert 0 < len(list(cut)) < 1500
    assert not cut.complete


def test_phases_without_a_time_have_only_their_status(fleet_contract: FleetQueryContract) -> None:
    table = filled([fleet_job(1)._replace(phases={"dataProcessing": Phase("NotStarted")})])
    (listed,) = page_of(table, fleet_contract).jobs
    assert listed["statusDetails"] == {"dataProcessingDetails": {"status": "NotStarted"}}
    assert "phases" not in listed
