"""A tool, as agents see it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from customization_jobs.mcp.result import output_schema
from customization_jobs.timeouts import Deadline

# Nothing is written, and nothing but the jobs of these accounts is read.
_ANNOTATIONS = {
    "readOnlyHint": True,
    "destructiveHint": False,
    "idempotentHint": True,
    "openWorldHint": False,
}


class Tool(NamedTuple):
    """A tool.

    Attributes
    ----------
    arguments, data : mapping
        JSON schemas of the arguments, and of the data in the result.
    call : callable
        Returns the data for arguments. It receives the time to which relative times refer, and a deadline. It
        raises `CustomizationJobsError`.
    is_pending : callable
        Returns whether data say that the same call has to be repeated later. A client that supports tasks
        then receives a task.
    """

    name: str
    title: str
    description: str
    arguments: Mapping[str, Any]
    data: Mapping[str, Any]
    call: Callable[[Mapping[str, Any], datetime, Deadline], Mapping[str, Any]]
    is_pending: Callable[[Mapping[str, Any]], bool] = lambda _: False

    def to_json(self) -> dict[str, Any]:
        """Return the form in which the protocol describes it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.arguments,
            "outputSchema": output_schema(self.data),
            "annotations": {"title": self.title, **_ANNOTATIONS},
        }
