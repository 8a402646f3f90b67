"""Batches of events become notifications: digests, partial failures, redelivery and malformed events."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs.aws.topic import TopicError
from customization_jobs.entrypoints import notifications
from customization_jobs.entrypoints.notifications import NotificationError, NotificationsEntryPoint
from customization_jobs.errors import ValidationException
from customization_jobs.notify.notification import compose
from customization_jobs.observability import Observability
from tests.fakes import FakeContext
from tests.unit.conftest import Lines
from tests.unit.notify.samples import bus_event, detail


@dataclass
class FakeTopic:
    """Records messages, except those that contain one of the `refused` texts: it raises an error."""

    refused: set[str] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)
    subjects: list[str | None] = field(default_factory=list)

    def publish(
        self, message: str, attributes: Mapping[str, Sequence[str]], *, subject: str | None = None
    ) -> None:
        assert attributes["kind"]
        if any(text in message for text in self.refused):
            raise TopicError("AuthorizationError: no")
        self.messages.append(message)
        self.subjects.append(subject)


@dataclass
class Service:
    """The entry point with its topics."""

    observability: Observability
    mail: FakeTopic = field(default_factory=FakeTopic)
    chat: FakeTopic | None = field(default_factory=FakeTopic)
    remaining: timedelta = timedelta(seconds=60)

    def send(self, *bodies: Any) -> list[str]:
        """Deliver records whose ids are their numbers; return the ids of those that SQS must repeat."""
        records = [
            {
                "messageId": str(number),
                "body": body if isinstance(body, str) else json.dumps(body),
                "eventSource": "aws:sqs",
            }
            for number, body in enumerate(bodies)
        ]
        answer = self.answer({"Records": records})
        assert set(answer) == {"batchItemFailures"}
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def answer(self, event: Any) -> dict[str, Any]:
        entry_point = NotificationsEntryPoint(
            self.mail, self.chat, self.observability, digest_above=10, call_seconds=5
        )
        return entry_point.answer(event, cast("Any", FakeContext(self.remaining)))


@pytest.fixture
def service(observability: Observability) -> Service:
    return Service(observability)


def events(count: int, kind: str = "Failed") -> list[dict[str, Any]]:
    return [bus_event(detail(kind, number)) for number in range(count)]


def test_each_event_becomes_a_mail_and_a_chat_message(
    service: Service, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    assert service.send(*events(2)) == []
    assert service.mail.subjects == [
        f"FAILED support-tone-{number}: token limit (nova-lite, us-east-1)" for number in range(2)
    ]
    assert service.chat
    assert [json.loads(each)["source"] for each in service.chat.messages] == ["custom"] * 2
    assert service.chat.subjects == [None, None]
    _, logged = lines()
    assert [(each["message"], each["kind"], each["transition_ids"]) for each in logged] == [
        ("Notification published", "Failed", [f"{number:032x}"]) for number in range(2)
    ]


def test_without_a_chat_topic_there_are_only_mails(service: Service) -> None:
    service.chat = None
    assert service.send(*events(2)) == []
    assert len(service.mail.messages) == 2


@pytest.mark.parametrize(("count", "messages"), [(10, 10), (11, 1), (1000, 1)])
def test_more_than_the_setting_of_one_kind_are_one_digest(
    service: Service, count: int, messages: int
) -> None:
    assert service.send(*events(count)) == []
    assert len(service.mail.messages) == messages
    assert service.chat
    assert len(service.chat.messages) == messages


def test_a_digest_of_one_kind_leaves_the_other_kinds_alone(service: Service) -> None:
    assert (
        service.send(*events(11), *[bus_event(detail("Stuck", 50)), bus_event(detail("Stopped", 51))]) == []
    )
    assert service.mail.subjects == [
        "FAILED 11 jobs: 11 token limit (us-east-1)",
        "STUCK support-tone-50: training 2 d 4 h (nova-lite, us-east-1)",
        "STOPPED support-tone-51 (nova-lite, us-east-1)",
    ]


def test_a_failed_publication_repeats_only_its_own_record(
    service: Service, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    service.mail.refused = {"support-tone-1"}
    assert service.send(*events(3)) == ["1"]
    assert len(service.mail.messages) == 2
    _, logged = lines()
    (failed,) = [each for each in logged if each["level"] == "WARNING"]
    assert (failed["message"], failed["reason"]) == ("Notification failed", "AuthorizationError: no")
    service.mail.refused = set()
    assert service.send(events(3)[1]) == []
    assert len(service.mail.messages) == 3


def test_a_failed_digest_repeats_all_of_its_records(service: Service) -> None:
    service.mail.refused = {"11 model customization jobs"}
    assert service.send(*events(11), bus_event(detail("Stuck", 50))) == [str(number) for number in range(11)]


@pytest.mark.parametrize("topic", ["mail", "chat"])
def test_while_one_topic_refuses_the_other_gets_the_notification(service: Service, topic: str) -> None:
    refusing, other = service.mail, service.chat
    if topic == "chat":
        refusing, other = other or FakeTopic(), refusing
    refusing.refused = {"support-tone-1"}
    assert other
    assert service.send(*events(2)) == ["1"]
    assert (len(refusing.messages), len(other.messages)) == (1, 2)


def test_if_nothing_can_be_published_it_raises_so_that_lambda_counts_an_error(service: Service) -> None:
    service.mail.refused = {"support-tone"}
    with pytest.raises(NotificationError, match="No notification could be published: AuthorizationError: no"):
        service.send(*events(3), "malformed")


def test_an_event_that_is_delivered_again_is_published_again_but_once_in_a_batch(service: Service) -> None:
    first, second = events(2)
    assert service.send(first, second, first) == []
    assert len(service.mail.messages) == 2
    assert service.send(first) == []
    assert len(service.mail.messages) == 3


def test_both_records_of_an_event_are_repeated_if_it_cannot_be_published(service: Service) -> None:
    first, second = events(2)
    service.mail.refused = {"support-tone-0"}
    assert service.send(first, second, first) == ["0", "2"]


def test_malformed_events_hold_nobody_up_and_end_in_the_dead_letter_queue(
    service: Service, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    malformed = ["{", "[]", bus_event(detail(version="2")), bus_event(detail(kind="Vanished")), "[" * 100_000]
    assert service.send(*malformed[:2], *events(1), *malformed[2:]) == ["0", "1", "3", "4", "5"]
    assert len(service.mail.messages) == 1
    _, logged = lines()
    refused = [each for each in logged if each["message"] == "Notification refused"]
    assert [each["record"] for each in refused] == ["0", "1", "3", "4", "5"]
    assert "version 2 of the events" in refused[2]["reason"]


def test_malformed_events_alone_are_no_error_of_the_function(service: Service) -> None:
    assert service.send("{") == ["0"]


def test_an_unforeseen_exception_concerns_one_notification(
    service: Service, monkeypatch: pytest.MonkeyPatch, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    def broken(alike: Any) -> Any:
        if alike[0].job_name == "support-tone-1":
            raise RuntimeError("bug")
        return compose(alike)

    monkeypatch.setattr(notifications, "compose", broken)
    assert service.send(*events(3)) == ["1"]
    _, logged = lines()
    assert [each["exception_name"] for each in logged if "exception" in each] == ["RuntimeError"]


def test_nothing_is_published_when_no_time_is_left(service: Service) -> None:
    service.remaining = timedelta(seconds=5)
    with pytest.raises(NotificationError, match="no time was left"):
        service.send(*events(2))
    assert service.mail.messages == []


def test_a_dead_letter_is_replayed_as_the_event_itself(service: Service) -> None:
    (event,) = events(1)
    assert service.answer(event) == {"published": event["detail"]["id"]}
    assert len(service.mail.messages) == 1
    service.mail.refused = {"support-tone"}
    with pytest.raises(NotificationError, match="could not be published: AuthorizationError: no"):
        service.answer(event)
    with pytest.raises(ValidationException, match="no text for the kind Vanished"):
        service.answer(bus_event(detail(kind="Vanished")))
