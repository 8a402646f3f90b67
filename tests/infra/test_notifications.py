"""Notifications about jobs: rules, topic and texts."""

import json
import re
from typing import Any

import pytest

from infra.constructs.notification_texts import NOTIFICATION_TEXTS
from infra.settings.model import NOTIFICATION_KINDS
from tests.infra.conftest import ROOT, Synthesis


@pytest.mark.parametrize("kind", NOTIFICATION_KINDS)
def test_a_rule_sends_each_kind_from_the_watchs_bus_to_the_topic(stack: Synthesis, kind: str) -> None:
    rule = stack.only("AWS::Events::Rule", f"Notifications{kind}")
    assert rule["EventBusName"] == stack.ref("AWS::Events::EventBus")
    assert rule["EventPattern"] == {
        "source": ["bedrock-customization-jobs"],
        "detail-type": [f"Model Customization Job {kind}"],
        "detail": {"version": ["1"]},
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == stack.ref("AWS::SNS::Topic", "Notifications")
    assert target["RoleArn"] == stack.arn("AWS::IAM::Role", "NotificationsRole")
    assert target["DeadLetterConfig"] == {"Arn": stack.arn("AWS::SQS::Queue", "Notifications")}
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}


def test_settings_choose_the_kinds_and_the_subscriber(stack: Synthesis, other_stack: Synthesis) -> None:
    rules = [name for name in stack.of_type("AWS::Events::Rule") if name.startswith("Notifications")]
    assert len(rules) == len(NOTIFICATION_KINDS)
    assert not any(name.startswith("Notifications") for name in other_stack.of_type("AWS::Events::Rule"))
    assert stack.of_type("AWS::SNS::Subscription") == {}
    assert other_stack.only("AWS::SNS::Subscription", "Notifications") == {
        "Protocol": "email",
        "Endpoint": "notifications@example.com",
        "TopicArn": other_stack.ref("AWS::SNS::Topic", "Notifications"),
    }


def test_every_kind_that_can_be_chosen_has_a_text() -> None:
    assert tuple(NOTIFICATION_TEXTS) == NOTIFICATION_KINDS


@pytest.fixture
def event() -> dict[str, Any]:
    """Return the example of docs/events.md as EventBridge delivers it."""
    (text,) = re.findall(
        r"## Example\n\n```json\n(.*?)\n```", (ROOT / "docs/events.md").read_text(), re.DOTALL
    )
    return {"source": "bedrock-customization-jobs", "detail": json.loads(text)}


def render(stack: Synthesis, kind: str, event: dict[str, Any]) -> str:
    """Fill in the text of a rule as EventBridge does."""
    (target,) = stack.only("AWS::Events::Rule", f"Notifications{kind}")["Targets"]
    template, paths = (target["InputTransformer"][name] for name in ("InputTemplate", "InputPathsMap"))
    assert len(template) <= 8192, "EventBridge's limit"
    assert set(re.findall(r"<([^>]+)>", template)) == set(paths)
    for name, path in paths.items():
        value: Any = event
        for key in path.removeprefix("$.").split("."):
            value = value[key]
        template = template.replace(f"<{name}>", value if isinstance(value, str) else json.dumps(value))
    lines = template.splitlines()
    # Each line is a JSON string, which reaches the reader with its quotes.
    assert all(len(line) > 2 and line[0] == line[-1] == '"' and "\\" not in line for line in lines)
    return "\n".join(line[1:-1] for line in lines)


def test_the_text_of_a_failure_has_reason_remedy_and_links(stack: Synthesis, event: dict[str, Any]) -> None:
    assert render(stack, "Failed", event) == (
        "The model customization job support-tone-7 failed.\n"
        "Job: support-tone-7\n"
        f"Customization: FINE_TUNING of {event['detail']['job']['baseModelArn']}\n"
        "Time: 2026-03-01T11:59:30Z (found by sweep)\n"
        "Reason (token-limit): Maximum input token count 4097 exceeds limit of 4096\n"
        f"What to do: {event['detail']['failure']['remedy']}\n"
        "Retrying the same job can succeed: false\n"
        f"Documentation: {event['detail']['failure']['link']}\n"
        f"Console: {event['detail']['consoleUrl']}\n"
        f"Event: {event['detail']['id']}"
    )


def test_the_text_of_a_stuck_job_has_age_limit_and_phase(stack: Synthesis, event: dict[str, Any]) -> None:
    event["detail"]["transition"] = {
        "scope": "job",
        "phase": "training",
        "ageSeconds": 90_000,
        "limitSeconds": 86_400,
        "age": "1 d 1 h",
        "limit": "1 d",
    }
    text = render(stack, "Stuck", event)
    assert text.startswith("The model customization job support-tone-7 exceeds its time limit.\nJob:")
    assert "Reason: the job has not ended after 1 d 1 h; the limit is 1 d." in text
    assert "Phase: training" in text
    assert "Console: https://" in text


def test_the_text_of_a_stopped_job_says_where_to_find_who_stopped_it(
    stack: Synthesis, event: dict[str, Any]
) -> None:
    text = render(stack, "Stopped", event)
    assert text.startswith("The model customization job support-tone-7 was stopped.\nJob:")
    assert "CloudTrail records who called it." in text
    assert "What to do: " in text
    assert "Console: https://" in text


def test_the_texts_use_only_paths_of_the_events_schema() -> None:
    schema = json.loads((ROOT / "docs/event.schema.json").read_text())
    texts = "".join(NOTIFICATION_TEXTS.values())
    for path in set(re.findall(r"<\$\.detail\.([^>]+)>", texts)):
        part = schema
        for key in path.split("."):
            part = part["properties"][key]
