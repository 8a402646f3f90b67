"""Reading events: what is refused, and what is not needed."""

import re
from typing import Any

import pytest
from hypothesis import given

from customization_jobs.notify.job_event import MalformedEventError
from customization_jobs.notify.kinds import read_notifiable_event
from tests.unit.notify.samples import ANY_JSON, bus_event, detail, job_event


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("text", 'not an event of the source "bedrock-customization-jobs"'),
        ({"source": "aws.bedrock", "detail": {}}, "not an event of the source"),
        (bus_event(detail(version="2")), "version 2 of the events; this function reads 1"),
        (bus_event({}), "version None of the events"),
        (bus_event("text"), "version None of the events"),
        (bus_event(detail(kind="Vanished")), "no text for the kind Vanished; known: Failed, Stopped,"),
        (bus_event(detail(id="")), "detail.id is missing or not a text"),
        (bus_event(detail(id=5)), "detail.id is missing or not a text"),
        (bus_event(detail(job={})), "detail.job.jobArn is not the ARN of a job of Bedrock"),
        (bus_event(detail(job={"jobArn": "arn:aws:s3:::bucket"})), "detail.job.jobArn is not the ARN"),
    ],
)
def test_an_event_without_a_notification_is_refused_with_the_reason(event: Any, reason: str) -> None:
    with pytest.raises(MalformedEventError, match=re.escape(reason)):
        read_notifiable_event(event)


def test_fields_of_the_future_are_ignored() -> None:
    extended = detail(tags={"owner": "team"}, expectedEnd="2026-03-02T00:00:00Z")
    extended["job"]["tags"] = [{"key": "owner"}]
    extended["transition"]["probability"] = 0.5
    extended["failure"]["severity"] = "high"
    assert read_notifiable_event(bus_event(extended)).failure == job_event().failure


def test_an_event_may_have_the_required_fields_alone() -> None:
    complete = detail("Stopped")
    for name in ("sequence", "at", "foundBy", "transition", "consoleUrl"):
        del complete[name]
    complete["job"] = {"jobArn": complete["job"]["jobArn"]}
    event = read_notifiable_event(bus_event(complete))
    assert (event.job_name, event.model, event.time) == ("000000000007", "", "")


@given(ANY_JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    for event in (value, {"source": "bedrock-customization-jobs", "detail": value}):
        with pytest.raises(MalformedEventError):
            read_notifiable_event(event)
