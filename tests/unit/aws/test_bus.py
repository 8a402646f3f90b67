"""The bus adapter with a real client. moto or a stub answers it without a socket."""

from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from customization_jobs.aws.bus import MAX_BYTES, MAX_ENTRIES, BusEvent, EventBus
from customization_jobs.aws.clients import create_client
from customization_jobs.jobs import EVENT_SOURCE
from tests.unit.aws.moto_clients import SETTINGS, received


def event_bus(sleep: Any = lambda _: None) -> tuple[Any, EventBus]:
    client: Any = create_client(SETTINGS, "events")
    return client, EventBus(lambda: client, "watch", sleep=sleep)


def bus_events(count: int, **detail: Any) -> list[BusEvent]:
    return [
        BusEvent(f"id-{number}", EVENT_SOURCE, "Thing Happened", {"number": number, **detail}, "arn:thing")
        for number in range(count)
    ]


def answer(*codes: str | None) -> dict[str, Any]:
    entries = [{"ErrorCode": code} if code else {"EventId": "e"} for code in codes]
    return {"FailedEntryCount": sum(code is not None for code in codes), "Entries": entries}


def test_events_reach_the_bus(queue: str) -> None:
    _, bus = event_bus()
    assert bus.publish(bus_events(25)) == {}
    events = received(queue)
    assert sorted(each["detail"]["number"] for each in events) == list(range(25))
    assert {(each["source"], each["detail-type"], *each["resources"]) for each in events} == {
        (EVENT_SOURCE, "Thing Happened", "arn:thing")
    }


def test_without_events_there_is_no_call() -> None:
    client, bus = event_bus()
    with Stubber(client):
        assert bus.publish([]) == {}


def test_only_refused_entries_are_retried_after_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda _, longest: longest)
    pauses: list[float] = []
    client, bus = event_bus(pauses.append)
    answers = [
        answer(None, "ThrottlingException", "InternalFailure"),
        answer(None, "InternalFailure"),
        answer(None),
    ]
    sent: list[list[str]] = []

    def put_events(*, Entries: Any) -> dict[str, Any]:  # noqa: N803 - the API's name
        sent.append([each["Detail"] for each in Entries])
        return answers.pop(0)

    monkeypatch.setattr(client, "put_events", put_events)
    assert bus.publish(bus_events(3)) == {}
    first, second, third = ('{"number":0}', '{"number":1}', '{"number":2}')
    assert sent == [[first, second, third], [second, third], [third]]
    assert pauses == [0.2, 0.4]


def test_entries_refused_by_every_attempt_are_returned_with_the_last_reason() -> None:
    client, bus = event_bus()
    with Stubber(client) as stub:
        stub.add_response("put_events", answer(*[None] * 9, "ThrottlingException"))
        stub.add_client_error("put_events", "InternalException")
        stub.add_client_error("put_events", "InternalException")
        stub.add_client_error("put_events", "AccessDeniedException")
        stub.add_response("put_events", answer(None, None, "MalformedDetail"))
        assert bus.publish(bus_events(12)) == {"id-11": "MalformedDetail"}


def test_an_entry_without_an_event_id_and_an_error_without_a_code_have_reasons() -> None:
    client, bus = event_bus()
    with Stubber(client) as stub:
        for _ in range(4):
            stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{}]})
        assert bus.publish(bus_events(1)) == {"id-0": "no event id"}
        for _ in range(4):
            stub.add_client_error("put_events", "")
        assert bus.publish(bus_events(1)) == {"id-0": "an error without a code"}


def test_a_failed_connection_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    client, bus = event_bus()

    def time_out(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://events")

    monkeypatch.setattr(client, "put_events", time_out)
    assert bus.publish(bus_events(2)) == {"id-0": "ConnectTimeoutError", "id-1": "ConnectTimeoutError"}


def test_nothing_is_sent_when_no_time_is_left() -> None:
    client, bus = event_bus()
    with Stubber(client) as stub:
        stub.add_response("put_events", answer(*[None] * MAX_ENTRIES))
        out_of_time = iter([False, *[True] * 99])
        failed = bus.publish(bus_events(30), lambda: next(out_of_time))
    assert list(failed) == [f"id-{number}" for number in range(MAX_ENTRIES, 30)]
    assert set(failed.values()) == {"no time was left"}


def test_an_entry_that_failed_before_keeps_its_reason_when_no_time_is_left() -> None:
    client, bus = event_bus()
    with Stubber(client) as stub:
        stub.add_response("put_events", answer("ThrottlingException"))
        out_of_time = iter([False, *[True] * 99])
        assert bus.publish(bus_events(1), lambda: next(out_of_time)) == {"id-0": "ThrottlingException"}


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> tuple[EventBus, list[list[int]]]:
    """Record the sizes of the entries of each call, as EventBridge counts them."""
    client, bus = event_bus()
    sizes: list[list[int]] = []

    def put_events(*, Entries: Any) -> dict[str, Any]:  # noqa: N803 - the API's name
        sizes.append(
            [
                sum(len(part.encode()) for part in (each["Source"], each["DetailType"], each["Detail"]))
                + sum(len(arn.encode()) for arn in each["Resources"])
                for each in Entries
            ]
        )
        return answer(*[None] * len(Entries))

    monkeypatch.setattr(client, "put_events", put_events)
    return bus, sizes


def test_a_call_has_at_most_ten_entries(batches: tuple[EventBus, list[list[int]]]) -> None:
    bus, sizes = batches
    bus.publish(bus_events(21))
    assert [len(call) for call in sizes] == [10, 10, 1]


def test_a_call_is_no_larger_than_eventbridge_allows(batches: tuple[EventBus, list[list[int]]]) -> None:
    bus, sizes = batches
    assert bus.publish(bus_events(10, text="é" * 10_000)) == {}
    assert sum(len(call) for call in sizes) == 10
    assert all(sum(call) <= MAX_BYTES for call in sizes)
    # No batch ends early: none has room for the next entry.
    assert all(sum(call) + call[0] > MAX_BYTES for call in sizes[:-1])


def test_a_call_may_be_exactly_as_large_as_eventbridge_allows(
    batches: tuple[EventBus, list[list[int]]],
) -> None:
    bus, sizes = batches
    bus.publish(bus_events(1))
    overhead = sizes.pop()[0] + len(',"text":""')
    half = MAX_BYTES // 2 - overhead
    bus.publish(bus_events(2, text="x" * half))
    assert [sum(call) for call in sizes] == [MAX_BYTES]
    sizes.clear()
    bus.publish(bus_events(2, text="x" * (half + 1)))
    assert [len(call) for call in sizes] == [1, 1]
