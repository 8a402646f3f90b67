"""The adapters of the table and the bus, over real clients: moto answers in their place, without a socket."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from customization_jobs.bedrock import make_client
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.watch import announce
from customization_jobs.watch.announce import Announcement, Announcer
from customization_jobs.watch.observation import Job, Phase
from customization_jobs.watch.record import Claim, JobRecord
from customization_jobs.watch.store import BASELINE, Conflict, JobStore
from customization_jobs.watch.transition import Kind, Source, Transition, transition_id
from tests.fakes import NOW, text
from tests.unit.watch.aws import SETTINGS, client, heard

DONE = Job(
    "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/m/000000000001",
    "n",
    "Completed",
    {"training": Phase("Completed", text(NOW))},
    end_time=text(NOW),
)
DAYS = timedelta(days=30)


def transition(number: int = 1, kind: Kind = Kind.SEEN, **fields: Any) -> Transition:
    return Transition(transition_id(str(number), kind), kind, text(NOW), Source.SWEEP, number, **fields)


def a_store(dynamodb: Any, now: datetime = NOW) -> JobStore:
    return JobStore(dynamodb, "jobs", retention=DAYS, now=lambda: now, sleep=lambda _: None)


def test_what_is_put_is_got(dynamodb: Any) -> None:
    store = a_store(dynamodb)
    assert store.get(DONE.arn) is None
    claim = Claim("me", datetime(2026, 3, 1, 12, 1, tzinfo=UTC))
    record = JobRecord(DONE, 0, (transition(1, told=True),), (transition(2, Kind.COMPLETED),), claim)
    written = store.put(record)
    assert written == replace(record, version=1)
    assert store.get(DONE.arn) == written
    assert store.put(written).version == 2


def test_nobody_writes_over_what_they_did_not_read(dynamodb: Any) -> None:
    store = a_store(dynamodb)
    first = store.put(JobRecord(DONE))
    with pytest.raises(Conflict):
        store.put(JobRecord(DONE))
    store.put(first)
    with pytest.raises(Conflict):
        store.put(first)
    # What the table forgot is not written as if it were there.
    dynamodb_item = {"jobArn": {"S": DONE.arn}}
    client("dynamodb").delete_item(TableName="jobs", Key=dynamodb_item)
    with pytest.raises(Conflict):
        store.put(replace(first, version=2))


def test_many_are_read_a_hundred_at_a_time(dynamodb: Any) -> None:
    store = a_store(dynamodb)
    jobs = [replace(DONE, arn=f"arn:{number}") for number in range(150)]
    for each in jobs:
        store.put(JobRecord(each))
    found = store.get_many([each.arn for each in jobs] + ["arn:0", "arn:unknown"])
    assert set(found) == {each.arn for each in jobs}
    assert found["arn:7"].job == jobs[7]
    assert store.get_many([]) == {}


@pytest.mark.parametrize(
    ("record", "expires"),
    [
        (JobRecord(DONE), NOW + DAYS),
        (JobRecord(replace(DONE, end_time=None)), NOW + timedelta(days=9) + DAYS),
        (JobRecord(DONE, pending=(transition(),)), None),
        (JobRecord(replace(DONE, status="Stopping")), None),
        (JobRecord(replace(DONE, status="Archived")), None),
    ],
)
def test_a_job_expires_after_its_end_and_never_with_news_pending(
    dynamodb: Any, record: JobRecord, expires: datetime | None
) -> None:
    a_store(dynamodb, NOW + timedelta(days=9)).put(record)
    item = client("dynamodb").get_item(TableName="jobs", Key={"jobArn": {"S": DONE.arn}})["Item"]
    assert item.get("expiresAt") == (expires and {"N": str(int(expires.timestamp()))})
    assert item["jobStatus"] == {"S": record.job.status}


def test_the_watch_begins_once(dynamodb: Any) -> None:
    assert a_store(dynamodb).begin() == NOW
    assert a_store(dynamodb, NOW + DAYS).begin() == NOW
    assert a_store(dynamodb).get_many(["arn:1"]) == {}


def test_of_two_that_begin_at_once_the_first_counts(dynamodb: Any) -> None:
    earlier = {"jobArn": {"S": BASELINE}, "start": {"S": NOW.isoformat()}}
    with Stubber(dynamodb) as stub:
        stub.add_response("get_item", {})
        stub.add_client_error("put_item", "ConditionalCheckFailedException")
        stub.add_response("get_item", {"Item": earlier})
        assert a_store(dynamodb, NOW + DAYS).begin() == NOW


def keys(*arns: str) -> dict[str, Any]:
    return {"jobs": {"Keys": [{"jobArn": {"S": arn}} for arn in arns]}}


def test_what_was_left_unread_is_read_again(dynamodb: Any) -> None:
    store = a_store(dynamodb)
    store.put(JobRecord(DONE))
    item = client("dynamodb").get_item(TableName="jobs", Key={"jobArn": {"S": DONE.arn}})["Item"]
    with Stubber(dynamodb) as stub:
        stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": keys(DONE.arn)})
        stub.add_response("batch_get_item", {"Responses": {"jobs": [item]}, "UnprocessedKeys": {}})
        assert set(store.get_many([DONE.arn])) == {DONE.arn}
        for _ in range(5):
            stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": keys(DONE.arn)})
        with pytest.raises(WatchUnavailableException, match="too busy"):
            store.get_many([DONE.arn])


def test_a_table_that_refuses_is_a_named_error(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store(dynamodb)
    with Stubber(dynamodb) as stub:
        stub.add_client_error("put_item", "ProvisionedThroughputExceededException")
        with pytest.raises(WatchUnavailableException, match="ProvisionedThroughputExceeded"):
            store.put(JobRecord(DONE))

    def time_out(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(dynamodb, "get_item", time_out)
    with pytest.raises(WatchUnavailableException, match="did not answer"):
        store.get(DONE.arn)


def announcer(bus: str = "watch") -> tuple[Any, Announcer]:
    events: Any = make_client(SETTINGS, "events")
    return events, Announcer(events, bus, sleep=lambda _: None)


def announcements(count: int, **details: Any) -> list[Announcement]:
    return [Announcement(DONE, transition(number, details=details)) for number in range(1, count + 1)]


def test_events_reach_the_bus(queue: str) -> None:
    _, bus = announcer()
    failed = Announcement(DONE, transition(1, Kind.FAILED, details={"failure": {"category": "size"}}))
    assert bus.publish([failed, *announcements(25)]) == {}
    events = heard(queue)
    assert len(events) == 26
    (told,) = [each for each in events if each["detail-type"] == "Model Customization Job Failed"]
    assert (told["source"], told["resources"]) == ("bedrock-customization-jobs", [DONE.arn])
    assert told["detail"] == announce.detail(failed)
    assert told["detail"]["failure"] == {"category": "size"}
    assert "failure" not in told["detail"]["transition"]
    assert sorted(each["detail"]["sequence"] for each in events) == [1, *range(1, 26)]


def test_nothing_is_published_for_nothing() -> None:
    events, bus = announcer()
    with Stubber(events):
        assert bus.publish([]) == {}


def answer(*codes: str | None) -> dict[str, Any]:
    entries = [{"ErrorCode": code} if code else {"EventId": "e"} for code in codes]
    return {"FailedEntryCount": sum(code is not None for code in codes), "Entries": entries}


def sequences(entries: Any) -> list[int]:
    return [json.loads(each["Detail"])["sequence"] for each in entries]


def test_what_was_refused_in_part_is_sent_again_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    events, bus = announcer()
    answers = [
        answer(None, "ThrottlingException", "InternalFailure"),
        answer(None, "InternalFailure"),
        answer(None),
    ]
    sent = []

    def put_events(*, Entries: Any) -> dict[str, Any]:  # noqa: N803 - the API's name
        sent.append(sequences(Entries))
        return answers.pop(0)

    monkeypatch.setattr(events, "put_events", put_events)
    assert bus.publish(announcements(3)) == {}
    assert sent == [[1, 2, 3], [2, 3], [3]]


def test_what_is_refused_for_good_is_told() -> None:
    events, bus = announcer()
    given = announcements(12)
    with Stubber(events) as stub:
        stub.add_response("put_events", answer(*[None] * 9, "ThrottlingException"))
        stub.add_client_error("put_events", "InternalException")
        stub.add_client_error("put_events", "InternalException")
        stub.add_client_error("put_events", "AccessDeniedException")
        stub.add_response("put_events", answer(None, None, "MalformedDetail"))
        assert bus.publish(given) == {given[-1].transition.id: "MalformedDetail"}


def test_a_bus_that_does_not_answer_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    events, bus = announcer()

    def time_out(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://events")

    monkeypatch.setattr(events, "put_events", time_out)
    given = announcements(2)
    assert bus.publish(given) == dict.fromkeys((each.transition.id for each in given), "ConnectTimeoutError")


def test_nothing_is_sent_once_the_time_is_up() -> None:
    events, bus = announcer()
    given = announcements(30)
    with Stubber(events) as stub:
        stub.add_response("put_events", answer(*[None] * 10))
        answers = iter([False, *[True] * 99])
        failed = bus.publish(given, lambda: next(answers))
    assert list(failed) == [each.transition.id for each in given[10:]]
    assert set(failed.values()) == {"no time was left"}


def test_a_call_holds_no_more_than_eventbridge_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    events, bus = announcer()
    sizes = []

    def put_events(*, Entries: Any) -> dict[str, Any]:  # noqa: N803 - the API's name
        sizes.append((len(Entries), sum(len(each["Detail"].encode()) for each in Entries)))
        return answer(*[None] * len(Entries))

    monkeypatch.setattr(events, "put_events", put_events)
    assert bus.publish(announcements(10, to="é" * 40_000)) == {}
    assert sum(count for count, _ in sizes) == 10
    assert len(sizes) > 1
    assert all(size <= announce.MOST_BYTES for _, size in sizes)
