"""Tasks: calls of tools that are repeated until they have an answer.

https://modelcontextprotocol.io/extensions/tasks/overview
Nothing is stored. The id of a task contains its call, and each `tasks/get` makes this call again. A forged id
does no more than the call in it, which its author could make directly.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from customization_jobs.errors import Problem, ValidationException
from customization_jobs.mcp.messages import INVALID_PARAMS, ProtocolError
from customization_jobs.timestamps import format_timestamp

EXTENSION = "io.modelcontextprotocol/tasks"
POLL_SECONDS = 60
# How long a task can be polled.
TTL = timedelta(days=7)
# The clocks of instances of the function can differ this much.
_CLOCK_SKEW = timedelta(minutes=1)
# A client repeats the id in a header, and API Gateway allows 10,240 bytes of headers.
_MAX_ID = 2048


class Task(NamedTuple):
    """A call of a tool, and when it was first made."""

    tool: str
    arguments: Mapping[str, Any]
    created: datetime

    @classmethod
    def from_id(cls, task_id: object, now: datetime) -> "Task":
        """Read an id.

        Raises
        ------
        ProtocolError
            It is not the id of a task, or the task has expired.
        """
        try:
            if not isinstance(task_id, str) or len(task_id) > _MAX_ID:
                raise ValueError  # noqa: TRY301 - one kind of error for every invalid id
            tool, arguments, seconds = json.loads(base64.urlsafe_b64decode(task_id.encode("ascii")))
            created = datetime.fromtimestamp(seconds, UTC)
        except (ValueError, TypeError, OverflowError, OSError, RecursionError):
            raise ProtocolError(INVALID_PARAMS, "taskId is not the id of a task of this service.") from None
        if not isinstance(tool, str) or not isinstance(arguments, dict):
            raise ProtocolError(INVALID_PARAMS, "taskId is not the id of a task of this service.")
        if not now - TTL < created < now + _CLOCK_SKEW:
            raise ProtocolError(INVALID_PARAMS, f"The task has expired: it was created {TTL.days} days ago.")
        return cls(tool, arguments, created)

    @property
    def id(self) -> str:
        """The id, which contains the call.

        Raises
        ------
        ValidationException
            The arguments are too long.
        """
        content = json.dumps([self.tool, self.arguments, self.created.timestamp()], separators=(",", ":"))
        task_id = base64.urlsafe_b64encode(content.encode()).decode()
        if len(task_id) > _MAX_ID:
            problem = Problem("arguments", f"{len(content)} bytes as JSON", "fewer or shorter arguments")
            raise ValidationException.from_problems([problem])
        return task_id

    def to_json(self, status: str, message: str, now: datetime, **more: Any) -> dict[str, Any]:
        """Return the task in a status, as `tasks/get` answers it."""
        return {
            "taskId": self.id,
            "status": status,
            "statusMessage": message,
            "createdAt": format_timestamp(self.created),
            "lastUpdatedAt": format_timestamp(now),
            "ttlMs": int(TTL.total_seconds() * 1000),
            "pollIntervalMs": POLL_SECONDS * 1000,
            **more,
        }
