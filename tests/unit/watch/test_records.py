"""Records in the watch's table, through a real client whose requests moto answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from customization_jobs.aws.table import EXPIRY, KEY, VersionConflict, VersionedTable
from customization_jobs.watch.job import Job, Phase
from customization_jobs.watch.record import Claim, JobRecord
from customization_jobs.watch.records import JobRecords
from customization_jobs.watch.transition import FoundBy, Kind, Transition, transition_id
from tests.fakes import NOW, text
from tests.unit.aws.moto_clients import moto_client

COMPLETED = Job(
    "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/m/000000000001",
    "n",
    "Completed",
    {"training": Phase("Completed", text(NOW))},
    end_time=text(NOW),
)
RETENTION = timedelta(days=30)


def transition(number: int = 1, kind: Kind = Kind.DISCOVERED, **fields: Any) -> Transition:
    return Transition(transition_id(str(number), kind), kind, text(NOW), FoundBy.SWEEP, number, **fields)


def job_records(dynamodb: Any, now: datetime = NOW) -> JobRecords:
    return JobRecords(VersionedTable(dynamodb, "jobs"), retention=RETENTION, now=lambda: now)


def test_a_record_survives_a_round_trip_through_the_table(dynamodb: Any) -> None:
    records = job_records(dynamodb)
    assert records.get(COMPLETED.arn) is None
    claim = Claim("me", datetime(2026, 3, 1, 12, 1, tzinfo=UTC))
    record = JobRecord(
        COMPLETED, 0, (transition(1, published=True),), (transition(2, Kind.COMPLETED),), claim
    )
    written = records.put(record)
    assert written == replace(record, version=1)
    assert records.get(COMPLETED.arn) == written
    assert records.get_many([COMPLETED.arn, "arn:unknown"]) == {COMPLETED.arn: written}


def test_each_write_increases_the_version(dynamodb: Any) -> None:
    records = job_records(dynamodb)
    first = records.put(JobRecord(COMPLETED))
    second = records.put(replace(first, pending=(transition(),)))
    assert (first.version, second.version) == (1, 2)
    assert records.get(COMPLETED.arn) == second


def test_a_write_over_a_newer_version_is_rejected(dynamodb: Any) -> None:
    records = job_records(dynamodb)
    records.put(JobRecord(COMPLETED))
    with pytest.raises(VersionConflict):
        records.put(JobRecord(COMPLETED))


@pytest.mark.parametrize(
    ("record", "expires"),
    [
        (JobRecord(COMPLETED), NOW + RETENTION),
        (JobRecord(replace(COMPLETED, end_time=None)), NOW + timedelta(days=9) + RETENTION),
        (JobRecord(COMPLETED, pending=(transition(),)), None),
        (JobRecord(replace(COMPLETED, status="Stopping")), None),
        (JobRecord(replace(COMPLETED, status="Archived")), None),
        (JobRecord(replace(COMPLETED, end_time=None, creation_time=text(NOW))), NOW + RETENTION),
    ],
)
def test_a_record_expires_after_the_jobs_end_unless_transitions_are_pending(
    dynamodb: Any, record: JobRecord, expires: datetime | None
) -> None:
    job_records(dynamodb, NOW + timedelta(days=9)).put(record)
    item = moto_client("dynamodb").get_item(TableName="jobs", Key={KEY: {"S": COMPLETED.arn}})["Item"]
    assert item.get(EXPIRY) == (expires and {"N": str(int(expires.timestamp()))})
    assert (item["jobName"], item["jobStatus"]) == ({"S": "n"}, {"S": record.job.status})


def test_the_baseline_is_the_time_of_the_first_call(dynamodb: Any) -> None:
    assert job_records(dynamodb).baseline() == NOW
    assert job_records(dynamodb, NOW + RETENTION).baseline() == NOW


def test_the_first_of_two_concurrent_calls_sets_the_baseline(dynamodb: Any) -> None:
    job_records(dynamodb).baseline()
    stored = moto_client("dynamodb").get_item(TableName="jobs", Key={KEY: {"S": "#baseline"}})
    with Stubber(dynamodb) as stub:
        stub.add_response("get_item", {})
        stub.add_client_error("put_item", "ConditionalCheckFailedException")
        stub.add_response("get_item", {"Item": stored["Item"]})
        assert job_records(dynamodb, NOW + RETENTION).baseline() == NOW
