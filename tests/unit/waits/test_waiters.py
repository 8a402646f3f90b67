"""Waiters in the table, through a real client whose requests moto answers."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.aws.table import VersionConflict, VersionedTable
from customization_jobs.waits.matching import matches
from customization_jobs.waits.waiter import MAX_JOBS, NEW_JOBS, EndedJob, Waiter
from customization_jobs.waits.waiters import Waiters
from customization_jobs.watch.job import Job
from tests.fakes import NOW, text
from tests.unit.aws.moto_clients import moto_client

PREFIX = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/"


def waiter(*pending: int, token: str = "t", **fields: Any) -> Waiter:  # noqa: S107 - not a secret
    options: dict[str, Any] = {"query": {}, "fail_on": (), "at_least": 0, "follow": False, **fields}
    keys = tuple(f"{PREFIX}{number:012}" for number in pending)
    return Waiter(token=token, expires_at=NOW, pending=keys, **options)


@pytest.fixture
def waiters(dynamodb: Any) -> Waiters:
    return Waiters(VersionedTable(dynamodb, "jobs"), now=lambda: NOW)


def test_a_waiter_survives_a_round_trip_and_is_found_by_what_it_awaits(waiters: Waiters) -> None:
    stored = waiters.put(waiter(1, 2, query={"nameContains": "tone"}, fail_on=("Failed",)))
    assert stored.version == 1
    assert waiters.get(stored.id) == stored
    assert waiters.get_many([stored.id, "unknown"]) == [stored]
    assert list(waiters.awaiting(stored.pending[0])) == [stored.id]
    assert list(waiters.awaiting(stored.pending[1])) == []
    assert list(waiters.awaiting(NEW_JOBS)) == []
    open_waiter = waiters.put(waiter(3, token="open", follow=True))
    assert list(waiters.awaiting(NEW_JOBS)) == [open_waiter.id]
    assert sorted(waiters.all_ids()) == sorted([stored.id, open_waiter.id])
    with pytest.raises(VersionConflict):
        waiters.put(waiter(1))


def test_a_waiter_that_is_done_is_no_longer_found_and_expires_with_its_token(waiters: Waiters) -> None:
    stored = waiters.put(waiter(1))
    waiters.finish(stored)
    assert waiters.get(stored.id) is None
    assert waiters.get_many([stored.id]) == []
    assert list(waiters.all_ids()) == list(waiters.awaiting(stored.pending[0])) == []
    item = moto_client("dynamodb").get_item(TableName="jobs", Key={"jobArn": {"S": f"#wait/{stored.id}"}})
    assert item["Item"]["expiresAt"] == {"N": str(int((NOW + timedelta(days=1)).timestamp()))}
    assert item["Item"]["record"] == {"S": '{"done":true}'}


@pytest.mark.parametrize("are_ended", [False, True])
def test_the_largest_waiter_fits_into_an_item(
    waiters: Waiters,
    are_ended: bool,  # noqa: FBT001 - a case
) -> None:
    largest = waiter(*range(MAX_JOBS), token="x" * 2048, follow=True)
    if are_ended:
        largest = largest.with_ended(EndedJob(key, key, "n", "Completed") for key in largest.pending)
        assert (len(largest.known), largest.pending) == (MAX_JOBS, ())
    stored = waiters.put(largest)
    assert waiters.get(stored.id) == stored


KEYS = st.integers(0, 30).map(lambda number: f"{PREFIX}{number:012}")


@given(
    pending=st.lists(KEYS, unique=True),
    other=st.lists(KEYS, unique=True),
    at_least=st.integers(0, 40),
    follow=st.booleans(),
    status=st.sampled_from(["Completed", "Failed", "Stopped"]),
)
def test_counts_never_lose_or_repeat_a_job(
    pending: list[str],
    other: list[str],
    at_least: int,
    follow: bool,  # noqa: FBT001 - drawn
    status: str,
) -> None:
    before = waiter(at_least=at_least, follow=follow)._replace(pending=tuple(pending))
    grown = before.with_jobs(Job(key, "n", "InProgress") for key in other)
    assert grown.total == len(set(grown.pending))
    assert set(pending) <= set(grown.pending) <= {*pending, *other}
    if before.follow:
        assert set(grown.pending) == {*pending, *other}
    ended = grown.with_ended(EndedJob(key, key, "n", status) for key in grown.pending[:3])
    assert ended.total == grown.total
    assert ended.with_jobs(Job(key, "n", "InProgress") for key in grown.pending).total == ended.total
    assert Waiter.from_json(ended.to_json(), ended.version) == ended


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, True),
        ({"statusEquals": "InProgress"}, True),
        ({"statusEquals": "Failed"}, False),
        ({"nameContains": "tone"}, True),
        ({"nameContains": "speech"}, False),
        ({"creationTimeAfter": text(NOW)}, True),
        ({"creationTimeAfter": text(NOW + timedelta(seconds=1))}, False),
        ({"creationTimeBefore": text(NOW)}, True),
        ({"creationTimeBefore": text(NOW - timedelta(seconds=1))}, False),
        ({"maxResults": 5, "sortOrder": "Ascending"}, True),
        ({"account": "111122223333", "region": "us-east-1"}, True),
        ({"account": "222233334444"}, False),
        ({"region": "us-west-2"}, False),
        ({"account": "111122223333", "region": "us-west-2"}, False),
    ],
)
def test_a_job_that_appears_is_matched_as_bedrock_would_list_it(
    query: dict[str, Any],
    expected: bool,  # noqa: FBT001 - a case
) -> None:
    job = Job(f"{PREFIX}1", "support-tone-1", "InProgress", creation_time=text(NOW))
    assert matches(job, query) is expected
