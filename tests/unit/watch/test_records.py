"""Records in the watch's table, through a real client whose requests moto answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from customization_jobs.aws.table import Document, VersionConflict, VersionedTable
from customization_jobs.aws.table_schema import EXPIRY, KEY
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.watch.job import Job, Phase
from customization_jobs.watch.part import Part
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


def transition(number: int = 1, kind: str = Kind.DISCOVERED, **fields: Any) -> Transition:
    return Transition(transition_id(str(number), kind), kind, text(NOW), FoundBy.SWEEP, number, **fields)


def job_records(dynamodb: Any, now: datetime = NOW) -> JobRecords:
    return JobRecords(VersionedTable(dynamodb, "jobs"), retention=RETENTION, now=lambda: now)


def test_a_record_survives_a_round_trip_through_the_table(dynamodb: Any) -> None:
    records = job_records(dynamodb)
    assert records.get(COMPLETED.key) is None
    claim = Claim("me", datetime(2026, 3, 1, 12, 1, tzinfo=UTC))
    record = JobRecord(
        COMPLETED, 0, (transition(1, published=True),), (transition(2, Kind.COMPLETED),), claim
    )
    written = records.put(record)
    assert written == record._replace(version=1, position=written.position)
    assert records.get(COMPLETED.key) == written
    assert records.get_many([COMPLETED.key, "arn:unknown"]) == {COMPLETED.key: written}


def test_each_write_increases_the_version(dynamodb: Any) -> None:
    records = job_records(dynamodb)
    first = records.put(JobRecord(COMPLETED))
    second = records.put(first._replace(pending=(transition(),)))
    assert (first.version, second.version) == (1, 2)
    assert records.get(COMPLETED.key) == second


def test_a_write_over_a_newer_version_is_rejected(dynamodb: Any) -> None:
    records = job_records(dynamodb)
    records.put(JobRecord(COMPLETED))
    with pytest.raises(VersionConflict):
        records.put(JobRecord(COMPLETED))


@pytest.mark.parametrize(
    ("record", "expires"),
    [
        (JobRecord(COMPLETED), NOW + RETENTION),
        (JobRecord(COMPLETED._replace(end_time=None)), NOW + timedelta(days=9) + RETENTION),
        (JobRecord(COMPLETED, pending=(transition(),)), None),
        (JobRecord(COMPLETED._replace(status="Stopping")), None),
        (JobRecord(COMPLETED._replace(status="Archived")), None),
        (JobRecord(COMPLETED._replace(end_time=None, creation_time=text(NOW))), NOW + RETENTION),
    ],
)
def test_a_record_expires_after_the_jobs_end_unless_transitions_are_pending(
    dynamodb: Any, record: JobRecord, expires: datetime | None
) -> None:
    job_records(dynamodb, NOW + timedelta(days=9)).put(record)
    item = moto_client("dynamodb").get_item(TableName="jobs", Key={KEY: {"S": COMPLETED.key}})["Item"]
    assert item.get(EXPIRY) == (expires and {"N": str(int(expires.timestamp()))})
    assert (item["jobName"], item["jobStatus"]) == ({"S": "n"}, {"S": record.job.status})


def test_records_with_pending_transitions_are_found_until_these_are_published(dynamodb: Any) -> None:
    records = job_records(dynamodb)
    written = records.put(JobRecord(COMPLETED, pending=(transition(),)))
    after = NOW + timedelta(milliseconds=1)
    assert list(records.pending_keys(after)) == [COMPLETED.key]
    assert list(records.pending_keys(NOW)) == []
    records.put(written.with_published({written.pending[0].id}))
    assert list(records.pending_keys(after)) == []


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        ("", True),
        ("111122223333/us-east-1", True),
        ("111122223333/us-west-2", False),
        ("4" * 12 + "/us-east-1", False),
    ],
)
def test_pending_transitions_of_another_source_are_left_to_its_own_sweep_and_the_hubs(
    dynamodb: Any,
    source: str,
    is_found: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    job_records(dynamodb).put(JobRecord(COMPLETED, pending=(transition(),)))
    records = JobRecords(VersionedTable(dynamodb, "jobs"), retention=RETENTION, source=source)
    assert (list(records.pending_keys(NOW + timedelta(minutes=1))) == [COMPLETED.key]) == is_found


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


def test_a_record_of_a_newer_version_is_kept_as_it_is(dynamodb: Any) -> None:
    newer = {
        **JobRecord(
            COMPLETED, pending=(transition(1, kind="Annotated", details={"by": "someone"}),)
        ).to_json(),
        "notes": {"by": "someone"},
    }
    newer["pending"][0]["foundBy"] = "notes"
    VersionedTable(dynamodb, "jobs").put(COMPLETED.key, Document(newer))
    records = job_records(dynamodb)
    record = records.get(COMPLETED.key)
    assert record is not None
    assert record.to_json() == newer
    records.put(record.with_published({record.pending[0].id}))
    stored = VersionedTable(dynamodb, "jobs").get(COMPLETED.key)
    assert stored is not None
    assert stored.body == {**newer, "pending": [], "timeline": [{**newer["pending"][0], "published": True}]}


@pytest.mark.parametrize(
    "body", ["not JSON", "[" * 200_000, "null", "[]", "{}", '{"job": {}}', '{"job": 7, "claim": null}']
)
def test_an_unreadable_record_is_an_error_of_its_job_alone(dynamodb: Any, body: str) -> None:
    records = job_records(dynamodb)
    written = records.put(JobRecord(COMPLETED))
    unreadable = COMPLETED.key[:-1] + "2"
    item = {KEY: {"S": unreadable}, "version": {"N": "1"}, "record": {"S": body}}
    moto_client("dynamodb").put_item(TableName="jobs", Item=item)
    found = records.get_many([unreadable, COMPLETED.key])
    assert found[COMPLETED.key] == written
    error = found[unreadable]
    assert isinstance(error, WatchUnavailableException)
    assert str(error).startswith(f"The record of the job {unreadable} is not readable by this version (")
    assert str(error).endswith("). Deploy the version that wrote it, or delete the item from the table.")
    with pytest.raises(WatchUnavailableException, match="is not readable by this version"):
        records.get(unreadable)


def test_an_item_without_a_record_is_unreadable(dynamodb: Any) -> None:
    moto_client("dynamodb").put_item(TableName="jobs", Item={KEY: {"S": COMPLETED.key}})
    found = job_records(dynamodb).get_many([COMPLETED.key])
    assert isinstance(found[COMPLETED.key], WatchUnavailableException)


def test_a_job_of_the_last_year_has_an_expiry(dynamodb: Any) -> None:
    job = COMPLETED._replace(end_time="9999-12-31T23:59:59Z")
    written = job_records(dynamodb).put(JobRecord(job))
    assert job_records(dynamodb).get(job.key) == written


def test_the_part_of_the_next_sweep_is_stored(dynamodb: Any) -> None:
    records = job_records(dynamodb)
    assert records.part() == Part()
    for part in (Part(0.5, 0.5), Part(0.25, 0.25)):
        records.put_part(part)
        assert job_records(dynamodb).part() == part


def test_the_owners_of_jobs_are_stored(dynamodb: Any) -> None:
    records = job_records(dynamodb)
    assert records.owners() is None
    for owners in ({"tag": "team"}, {"tag": "project"}):
        records.put_owners(owners)
        assert job_records(dynamodb).owners() == owners
    moto_client("dynamodb").put_item(TableName="jobs", Item={KEY: {"S": "#owners"}})
    assert records.owners() is None


def test_the_part_of_a_concurrent_sweep_is_kept(dynamodb: Any) -> None:
    with Stubber(dynamodb) as stub:
        stub.add_response("get_item", {})
        stub.add_client_error("put_item", "ConditionalCheckFailedException")
        job_records(dynamodb).put_part(Part(0.5, 0.5))
        stub.assert_no_pending_responses()


def test_a_part_that_is_not_readable_means_all_jobs(dynamodb: Any) -> None:
    moto_client("dynamodb").put_item(TableName="jobs", Item={KEY: {"S": "#part"}})
    assert job_records(dynamodb).part() == Part()


def test_each_source_has_its_own_baseline_part_and_owners(dynamodb: Any) -> None:
    own = job_records(dynamodb)
    table = VersionedTable(dynamodb, "jobs")
    later = NOW + timedelta(days=1)
    member = JobRecords(table, retention=RETENTION, source="222233334444/us-east-1", now=lambda: later)
    assert (own.baseline(), member.baseline()) == (NOW, later)
    member.put_part(Part().shorter())
    member.put_owners({"jobs": 3})
    assert (own.part(), own.owners()) == (Part(), None)
    assert (member.part(), member.owners()) == (Part().shorter(), {"jobs": 3})
    assert table.get("#baseline/222233334444/us-east-1")
    # A job's record has the same key for all: its ARN has the source.
    assert member.put(JobRecord(COMPLETED)) == own.get(COMPLETED.key)


def test_what_is_stored_for_another_region_is_ignored(dynamodb: Any) -> None:
    def records(region: str, now: datetime) -> JobRecords:
        table = VersionedTable(dynamodb, "jobs")
        return JobRecords(table, retention=timedelta(days=1), region=region, now=lambda: now)

    old, moved = records("us-east-1", NOW), records("us-west-2", NOW + timedelta(days=9))
    part = Part(known_until=NOW, all_at=NOW)
    assert old.baseline() == NOW
    old.put_part(part)
    assert old.part() == part
    assert moved.part() == Part(), "its jobs have never been observed"
    assert moved.baseline() == moved.baseline() == NOW + timedelta(days=9), "the watch starts anew"


def test_what_a_version_without_regions_has_stored_is_used(dynamodb: Any) -> None:
    table = VersionedTable(dynamodb, "jobs")
    table.put("#baseline", Document({"start": NOW.isoformat()}))
    table.put("#part", Document(Part(0.5, 0.5).to_json()))
    records = JobRecords(table, retention=timedelta(days=1), region="us-east-1")
    assert (records.baseline(), records.part()) == (NOW, Part(0.5, 0.5))
