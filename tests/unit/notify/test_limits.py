"""The documented limits of SNS and of Amazon Q Developer, held by any event."""

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.aws.topic import message_attributes
from customization_jobs.failure_categories import Category
from customization_jobs.notify.chat import inert
from customization_jobs.notify.job_event import JobEvent
from customization_jobs.notify.kinds import KINDS, read_notifiable_event
from customization_jobs.notify.notification import Notification, compose
from customization_jobs.watch.failure import classify
from tests.unit.notify.samples import HOSTILE, bus_event, detail, hostile_details, job_event

_PRINTABLE_ASCII = set(string.printable) - set("\t\n\r\v\f")
_ZERO_WIDTH = "\u200b"


def check_sns(notification: Notification) -> None:
    subject = notification.subject
    assert 0 < len(subject) <= 100
    assert set(subject) <= _PRINTABLE_ASCII
    assert subject[0].isalnum()
    for message in (notification.mail, notification.chat):
        attributes = message_attributes(notification.attributes)
        size = len(message.encode())
        for name, attribute in attributes.items():
            assert attribute["StringValue"] not in ("", "[]")
            size += len(name.encode()) + sum(len(value.encode()) for value in attribute.values())
        assert size <= 256 * 1024
        # Characters that SNS refuses, and that would break the lines of a mail.
        assert all(each == "\n" or each.isprintable() or each == _ZERO_WIDTH for each in message)
    assert len(notification.attributes) <= 10
    assert all("" not in values for values in notification.attributes.values())


def check_chat(notification: Notification) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(notification.chat)
    assert (message["version"], message["source"]) == ("1.0", "custom")
    content: dict[str, Any] = message["content"]
    metadata = message["metadata"]
    assert content["textType"] == "client-markdown"
    assert 0 < len(content["title"]) <= 250
    assert "\n" not in content["title"]
    assert 0 < len(content["description"]) <= 8000
    steps = content.get("nextSteps", ["none"])
    assert 0 < len(steps) <= 10
    assert all(0 < len(step) <= 250 for step in steps)
    assert all(0 < len(keyword) <= 75 for keyword in content["keywords"])
    for name in ("threadId", "summary", "eventType"):
        assert 0 < len(metadata[name]) <= 250
    assert all(isinstance(value, str) for value in metadata["additionalContext"].values())
    return content


def check_inert(content: dict[str, Any], *, links: list[str]) -> None:
    """Check that nothing mentions anybody, and that there is no link but those of the event."""
    for text in (
        content["title"],
        content["description"],
        *content.get("nextSteps", ()),
        *content["keywords"],
    ):
        without_links = text
        for link in links:
            without_links = without_links.replace(link, "")
        assert not set(without_links) & set("<>[]|")
        assert "://" not in without_links
        assert all(text[i + 1 : i + 2] == _ZERO_WIDTH for i, each in enumerate(text) if each == "@")
        assert text.count("`") % 2 == 0, "an open code span"


def links_of(events: list[JobEvent]) -> list[str]:
    first = events[0]
    found = {first.console_url, first.console_url.partition("/item/")[0], first.failure.link} - {""}
    return sorted(found, key=len, reverse=True)


@given(hostile_details())
def test_any_event_holds_the_limits_of_sns_and_chat(event_detail: dict[str, Any]) -> None:
    event = read_notifiable_event(bus_event(event_detail))
    notification = compose([event])
    check_sns(notification)
    check_inert(check_chat(notification), links=links_of([event]))


@given(st.lists(hostile_details(), min_size=2, max_size=5), st.integers(1, 300))
def test_any_digest_holds_the_limits_of_sns_and_chat(details: list[dict[str, Any]], times: int) -> None:
    events = [
        read_notifiable_event(bus_event({**each, "kind": details[0]["kind"]})) for each in details
    ] * times
    notification = compose(events)
    check_sns(notification)
    check_inert(check_chat(notification), links=links_of(events))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_names_and_messages_hold_the_limits(kind: str, text: str) -> None:
    hostile = detail(kind)
    hostile["job"] |= {
        "jobName": text,
        "customModelName": text,
        "customizationType": text,
        "baseModelArn": text,
    }
    hostile["transition"] = dict.fromkeys(("scope", "phase", "age", "limit", "status"), text)
    hostile["failure"] = dict.fromkeys(("category", "message", "remedy", "link"), text)
    event = read_notifiable_event(bus_event(hostile))
    for events in ([event], [event] * 500):
        notification = compose(events)
        check_sns(notification)
        check_inert(check_chat(notification), links=links_of(events))


def test_the_largest_digest_that_an_event_can_cause_fits_into_a_message() -> None:
    events = []
    for number in range(1000):
        hostile = detail("Failed", number)
        largest = f"{number:04}" + "\U0001f525" * 5000
        hostile["job"] |= {"jobName": largest, "customizationType": largest, "baseModelArn": largest}
        hostile["failure"] = dict.fromkeys(("category", "message", "remedy"), largest)
        events.append(read_notifiable_event(bus_event(hostile)))
    notification = compose(events)
    check_sns(notification)
    check_chat(notification)


def test_a_chat_message_neither_mentions_nor_links_for_a_job_name() -> None:
    hostile = detail()
    hostile["job"]["jobName"] = "`<!channel> @here <https://evil.example.com|x> [x](https://evil.example.com)"
    content = check_chat(compose([read_notifiable_event(bus_event(hostile))]))
    assert content["title"] == (
        "FAILED `'\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}!channel"
        "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} @\u200bhere "
        "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}https:\u200b//evil.example.com/x"
        "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} (x)(https:\u200b//evil.example.com)`: token limit"
    )


def test_a_link_that_is_none_is_left_out() -> None:
    for link in (
        "https://evil.example.com|click>",
        "javascript:alert(1)",
        "http://example.com",
        "https://a b",
        5,
    ):
        notification = compose([job_event(consoleUrl=link)])
        assert "Console" not in notification.mail
        assert "Console" not in json.loads(notification.chat)["content"]["description"]


@pytest.mark.parametrize("category", Category)
def test_no_remedy_is_cut_in_chat(category: Category) -> None:
    messages = {
        Category.PERMISSIONS: "Could not validate GetObject permissions",
        Category.DATA_FORMAT: "Unable to parse Amazon S3 file",
        Category.SIZE: "size exceeded",
        Category.TOKEN_LIMIT: "Input token count exceeds the limit",
        Category.LICENSE_CHECK: "Automated tests flagged this",
        Category.TRANSIENT: "An internal error occurred",
        Category.UNKNOWN: "Something else",
    }
    failure = classify(messages[category])
    assert failure.category is category
    steps = check_chat(compose([job_event(failure=failure.to_json())]))["nextSteps"]
    assert " ".join(steps).startswith(inert(failure.remedy))
