"""The demonstration of a notification, with queues in memory."""

import io
import json
from typing import Any

from local.common.http_client import HttpResponse
from local.demonstration.console import Console
from local.demonstration.notification_demonstration import NotificationDemonstration
from local.embedded_aws.notification_resources import CHAT, MAIL
from tests.unit.local.demonstration.test_watch_demonstration import FakeQueues

EVENT = {"detail": {"kind": "Failed"}}
LINK = f"https://example.com/{'x' * 200}"
CONTENT = {"title": "FAILED `job`", "description": "Why: no", "nextSteps": ["word " * 40, "retry"]}


def demonstration(answer: bytes) -> tuple[NotificationDemonstration, list[Any], io.StringIO]:
    queues, invoked, output = FakeQueues(), [], io.StringIO()
    queues.events[MAIL]["1"] = {"Subject": "FAILED job", "Message": f"The job failed.\n\nConsole:  {LINK}\n"}
    queues.events[CHAT]["2"] = {"Message": json.dumps({"content": CONTENT})}

    def invoke(event: object) -> HttpResponse:
        invoked.append(event)
        return HttpResponse(200, {}, answer)

    return NotificationDemonstration(Console(output), queues, invoke), invoked, output


def test_the_first_event_is_shown_once_as_mail_and_chat_message() -> None:
    shown, invoked, output = demonstration(b'{"batchItemFailures": []}')
    for event in (None, EVENT, EVENT):
        shown.show(event)
    ((record,),) = (each["Records"] for each in invoked)
    assert json.loads(record["body"]) == EVENT
    text = output.getvalue()
    assert "   < Mail: FAILED job\n\n     The job failed.\n\n     Console:  https://example.com/xxx" in text
    assert "   < Chat (Slack, Teams): FAILED `job`\n\n     Why: no\n     Next steps:\n     - word" in text
    assert "\n       word word" in text
    assert "\n     - retry\n" in text
    assert max(map(len, text.splitlines())) <= 100
    assert shown.succeeded


def test_a_notification_that_fails_is_reported() -> None:
    shown, _, output = demonstration(b'{"batchItemFailures": [{"itemIdentifier": "1"}]}')
    shown.show(EVENT)
    assert not shown.succeeded
    assert "The notification failed: " in output.getvalue()
