"""Shows one transition as people are notified of it. Queues take the place of the readers."""

import json
import textwrap
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.common.http_client import HttpResponse
from local.demonstration.console import Console
from local.demonstration.function_client import error_text, failed
from local.demonstration.watch_demonstration import WatchQueues
from local.embedded_aws.notification_resources import CHAT, MAIL

_WIDTH = 86


class NotificationDemonstration:
    """Shows the first transition that it is given.

    Parameters
    ----------
    invoke : callable
        Invokes the notification function with an event and returns its response.
    """

    def __init__(
        self, console: Console, queues: WatchQueues, invoke: Callable[[object], HttpResponse]
    ) -> None:
        self._console = console
        self._queues = queues
        self._invoke = invoke
        self.shown = False
        self.succeeded = True

    def show(self, event: Mapping[str, Any] | None) -> None:
        """Notify of an event of the watch, unless it is None or another was shown, and print the messages."""
        if event is None or self.shown:
            return
        self.shown = True
        record = {"messageId": str(uuid.uuid4()), "body": json.dumps(event), "eventSource": "aws:sqs"}
        response = self._invoke({"Records": [record]})
        if failed(response) or response.json()["batchItemFailures"]:
            self.succeeded = False
            self._console.received(f"The notification failed: {error_text(response)}", ok=False)
            return
        self._console.heading("The failure, as the notification function reports it")
        mail, chat = (self._received(queue) for queue in (MAIL, CHAT))
        self._print("Mail", mail["Subject"], mail["Message"].strip().splitlines())
        content = json.loads(chat["Message"])["content"]
        steps = [f"- {step}" for step in content.get("nextSteps", ())]
        self._print(
            "Chat (Slack, Teams)",
            content["title"],
            [*content["description"].splitlines(), "Next steps:", *steps],
        )

    def _received(self, queue: str) -> dict[str, Any]:
        ((handle, message),) = self._queues.receive(queue)
        self._queues.delete(queue, handle)
        return message

    def _print(self, label: str, title: str, lines: list[str]) -> None:
        self._console.line()
        self._console.received(f"{label}: {title}")
        self._console.line()
        for line in lines:
            for piece in _fitting(line):
                self._console.line(f"     {piece}".rstrip())


def _fitting(line: str) -> Iterator[str]:
    """Wrap a line at spaces; cut one with a word that is too long, such as an address."""
    if any(len(word) > _WIDTH // 2 for word in line.split()):
        yield line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."
    else:
        indent = "  " if line.startswith("- ") else ""
        yield from textwrap.wrap(line, _WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [""]
