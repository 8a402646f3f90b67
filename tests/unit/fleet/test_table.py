"""The fleet's jobs in the watch's table, through a real client whose requests moto answers."""

import json
from datetime import timedelta
from typing import Any

from customization_jobs.aws.job_index import JobIndex
from customization_jobs.aws.table import Document, VersionedTable
from customization_jobs.fleet.coverage_store import CoverageStore
from customization_jobs.fleet.jobs import FleetJobs
from customization_jobs.fleet.query import FleetQueryContract
from customization_jobs.watch.job import Job
from customization_jobs.watch.position import position_of
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.records import JobRecords
from tests.fakes import NOW
from tests.unit.aws.moto_clients import moto_client
from tests.unit.fleet.in_memory import LARGE, SOURCES, UNTIL_THE_END, fleet_job


def numbered(number: int) -> Job:
    # Ten jobs share each creation time.
    created = NOW + timedelta(minutes=number // 10)
    status = ("Failed", "InProgress", "Completed")[number % 3]
    return fleet_job(number, SOURCES[number % 4], created=created, status=status)


def test_the_pages_of_a_query_are_read_from_the_table(
    fleet_dynamodb: Any, fleet_contract: FleetQueryContract
) -> None:
    table = VersionedTable(fleet_dynamodb, "jobs")
    records, coverage = JobRecords(table, retention=timedelta(days=400)), CoverageStore(table)
    coverage.choose(SOURCES, NOW)
    for number in range(60):
        records.put(JobRecord(numbered(number)))
    jobs = FleetJobs(JobIndex(table), records, coverage)
    payload: dict[str, Any] = {"statusEquals": "Failed", "region": "us-west-2", "maxResults": 3}
    found: list[str] = []
    token: str | None = None
    while token or not found:
        query = fleet_contract.from_json({**payload, **({"nextToken": token} if token else {})})
        page = jobs.list_page(query, UNTIL_THE_END, max_bytes=LARGE)
        assert len(page.jobs) <= 3
        found += [each["jobName"] for each in page.jobs]
        token = page.next_token
    expected = [job for job in map(numbered, range(60)) if job.status == "Failed" and "us-west-2" in job.arn]
    assert found == [job.name for job in sorted(expected, key=position_of, reverse=True)]


def test_a_record_from_before_the_index_is_listed_when_it_is_written_again(
    fleet_dynamodb: Any, fleet_contract: FleetQueryContract
) -> None:
    table = VersionedTable(fleet_dynamodb, "jobs")
    records, coverage = JobRecords(table, retention=timedelta(days=400)), CoverageStore(table)
    coverage.choose(SOURCES, NOW)
    job = fleet_job(1)
    table.put(job.key, Document(JobRecord(job).to_json()))
    jobs = FleetJobs(JobIndex(table), records, coverage)
    query = fleet_contract.from_json({})
    assert jobs.list_page(query, UNTIL_THE_END, max_bytes=LARGE).jobs == []
    stored = records.get(job.key)
    assert stored == JobRecord(job, 1)
    assert stored.position is None
    written = records.put(stored)
    assert written.position == position_of(job)
    assert [each["jobName"] for each in jobs.list_page(query, UNTIL_THE_END, max_bytes=LARGE).jobs] == [
        job.name
    ]


def test_the_position_of_a_job_without_a_creation_time_is_kept_by_each_write(fleet_dynamodb: Any) -> None:
    records = JobRecords(VersionedTable(fleet_dynamodb, "jobs"), retention=timedelta(days=400))
    job = fleet_job(1)._replace(creation_time=None)
    first = records.put(JobRecord(job))
    stored = records.get(job.key)
    assert stored
    ended = stored._replace(job=job._replace(end_time="2026-03-02T00:00:00Z"))
    assert records.put(ended).position == first.position
    item = moto_client("dynamodb").get_item(TableName="jobs", Key={"jobArn": {"S": job.key}})["Item"]
    assert item["position"] == {"S": first.position}
    assert item["listed"]["S"].startswith("jobs/")
    assert "position" not in json.loads(item["record"]["S"])
