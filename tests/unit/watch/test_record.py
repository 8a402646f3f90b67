import json

import pytest

from customization_jobs.watch.job import Job
from customization_jobs.watch.record import Claim, JobRecord
from customization_jobs.watch.transition import FoundBy, Kind, Transition
from tests.fakes import NOW, text
from tests.unit.watch.harness import SECOND

JOB = Job("arn:x/1", "n", "InProgress")
CLAIM = Claim("owner", NOW)


def transition(sequence: int, kind: Kind = Kind.PHASE_CHANGED, scope: str = "job") -> Transition:
    return Transition(f"id-{sequence}", kind, text(NOW), FoundBy.SWEEP, sequence, scope)


ONE, TWO, THREE = (transition(sequence) for sequence in (1, 2, 3))


def test_transitions_are_in_order_whether_pending_or_not() -> None:
    record = JobRecord(JOB, timeline=(TWO,), pending=(ONE, THREE))
    assert record.transitions == (ONE, TWO, THREE)
    assert [record.has(each) for each in ("id-1", "id-2", "id-3", "id-4")] == [True, True, True, False]


def test_scopes_are_stuck_until_they_are_unstuck() -> None:
    record = JobRecord(
        JOB,
        timeline=(transition(1), transition(2, Kind.STUCK, "training"), transition(3, Kind.STUCK)),
        pending=(transition(4, Kind.UNSTUCK, "training"), transition(5, Kind.STUCK, "validation")),
    )
    assert record.stuck == {"job", "validation"}


@pytest.mark.parametrize(
    ("record", "is_claimed"),
    [
        (JobRecord(JOB, pending=(ONE,), claim=Claim("owner", NOW + SECOND)), True),
        (JobRecord(JOB, pending=(ONE,), claim=Claim("owner", NOW)), False),
        (JobRecord(JOB, pending=(ONE,)), False),
    ],
)
def test_a_record_is_claimed_until_the_lease_expires(
    record: JobRecord,
    is_claimed: bool,  # noqa: FBT001 - a case
) -> None:
    assert record.is_claimed(NOW) is is_claimed


def test_a_claim_has_one_owner() -> None:
    record = JobRecord(JOB, claim=CLAIM)
    assert record.is_claimed_by("owner")
    assert not record.is_claimed_by("other")
    assert not JobRecord(JOB).is_claimed_by("owner")


def test_a_transition_is_added_as_recorded_or_as_pending() -> None:
    record = JobRecord(JOB, 1, (ONE,), (TWO,), CLAIM)
    assert record.with_recorded(THREE) == record._replace(timeline=(ONE, THREE))
    assert record.with_pending(THREE) == record._replace(pending=(TWO, THREE))


def test_a_published_transition_moves_to_its_place_in_the_timeline() -> None:
    record = JobRecord(JOB, 1, (TWO,), (ONE, THREE), CLAIM)
    published = ONE._replace(published=True)
    assert record.with_published({"id-1"}) == JobRecord(JOB, 1, (published, TWO), (THREE,), CLAIM)


def test_a_claim_ends_with_the_last_pending_transition() -> None:
    record = JobRecord(JOB, 1, (), (ONE,), CLAIM)
    assert record.with_published(set()) == record
    assert record.with_published({"id-1"}).claim is None


@pytest.mark.parametrize("claim", [CLAIM, None])
def test_a_record_survives_a_round_trip_through_json(claim: Claim | None) -> None:
    record = JobRecord(JOB, 7, (ONE._replace(published=True), TWO), (THREE,), claim)
    assert JobRecord.from_json(json.loads(json.dumps(record.to_json())), 7) == record


def test_tags_are_stored_once_they_are_read() -> None:
    record = JobRecord(JOB).updated(JOB, {"team": "search"})
    assert record.to_json()["tags"] == {"team": "search"}
    assert JobRecord.from_json(record.to_json(), 0) == record
    assert record.updated(JOB, {"team": "other"}) == record, "they are read once"
    assert JobRecord(JOB).updated(JOB, {}).to_json()["tags"] == {}


@pytest.mark.parametrize(
    ("written", "tags"),
    [(None, None), (7, None), ([], None), ({"team": 7, "stage": "test"}, {"stage": "test"})],
)
def test_a_record_is_readable_whatever_its_tags_are(written: object, tags: object) -> None:
    assert JobRecord.from_json({**JobRecord(JOB).to_json(), "tags": written}, 0).tags == tags


def test_the_stored_form_of_a_record() -> None:
    assert JobRecord(JOB, 7, (), (), CLAIM).to_json() == {
        "job": {"jobArn": "arn:x/1", "jobName": "n", "status": "InProgress"},
        "timeline": [],
        "pending": [],
        "claim": {"owner": "owner", "until": "2026-03-01T12:00:00+00:00"},
    }
