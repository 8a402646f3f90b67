"""The tool that waits until jobs have ended."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from customization_jobs.errors import Problem
from customization_jobs.jobs import TERMINAL
from customization_jobs.listing.fields import FieldNames
from customization_jobs.listing.inputs import FIELDS
from customization_jobs.mcp.answers import Document, parsed
from customization_jobs.mcp.arguments import Arguments, input_schema
from customization_jobs.mcp.job_tools import JOB, JOB_SCHEMA, find_job
from customization_jobs.mcp.report_tools import OVERVIEW, Report
from customization_jobs.mcp.tasks import POLL_SECONDS
from customization_jobs.mcp.tool import Tool
from customization_jobs.timeouts import Deadline

if TYPE_CHECKING:
    from customization_jobs.reports.timeline import TimelineReport

_DATA = {
    "type": "object",
    "required": ["ended"],
    "properties": {
        "ended": {
            "type": "boolean",
            "description": "Whether the job, or all jobs that match, have ended. True if none match.",
        },
        "jobs": {"type": "integer", "description": "How many jobs match the filters."},
        "askAgainAfterSeconds": {
            "type": "integer",
            "description": "If not ended: call again with the same arguments after this time.",
        },
        "job": {"type": "object", "description": "Last known state of the job."},
        "expectedEnd": {"type": "object", "description": "When the job is expected to end."},
        "running": {"type": "integer", "description": "How many jobs that match have not ended."},
        "byStatus": {"type": "object", "description": "How many jobs that match have which status."},
        "complete": {
            "type": "boolean",
            "description": "Whether all jobs were read. If not, none counts as ended.",
        },
    },
}


class WaitForJobs:
    """Finds out whether jobs have ended."""

    def __init__(
        self, overview: Callable[[], Report], timeline: "Callable[[], TimelineReport]", arguments: Arguments
    ) -> None:
        self._overview = overview
        self._timeline = timeline
        self._arguments = arguments

    def __call__(self, given: Mapping[str, Any], as_of: datetime, deadline: Deadline) -> Mapping[str, Any]:
        """Return whether a job, or all jobs that filters select, have ended."""
        data = self._one(given, deadline) if JOB in given else self._all(given, as_of, deadline)
        return data if data["ended"] else {**data, "askAgainAfterSeconds": POLL_SECONDS}

    def _one(self, given: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        others = [name for name in given if name != JOB]
        problems = [Problem(name, "a filter beside job", "either job, or filters") for name in others]
        timeline = find_job(self._timeline(), given, problems, deadline)
        expected = {name: timeline[name] for name in ("expectedEnd",) if name in timeline}
        return {"ended": timeline["job"]["status"] in TERMINAL, "job": timeline["job"], **expected}

    def _all(self, given: Mapping[str, Any], as_of: datetime, deadline: Deadline) -> dict[str, Any]:
        report = self._overview()
        check = partial(report.contract.check_json, as_of=as_of)
        query, _ = parsed(self._arguments, given, check, lambda: FieldNames(()))
        overview = report.make(query, deadline)
        running = sum(count for status, count in overview["byStatus"].items() if status not in TERMINAL)
        return {
            "ended": overview["complete"] and not running,
            "jobs": sum(overview["byStatus"].values()),
            "running": running,
            "byStatus": overview["byStatus"],
            "complete": overview["complete"],
        }


def wait_tool(
    document: Document, overview: Callable[[], Report], timeline: "Callable[[], TimelineReport]"
) -> Tool:
    """Return the tool."""
    arguments = document.arguments(OVERVIEW, leave_out=(FIELDS,))
    return Tool(
        "wait_for_jobs",
        "Wait until jobs have ended",
        "Returns whether a job (argument job), or all jobs that the filters select, have ended: completed, "
        "failed or stopped. Jobs take hours. As a task, it ends when they have; otherwise it returns at "
        "once, with askAgainAfterSeconds if jobs are still running.",
        input_schema({**JOB_SCHEMA, **arguments.schemas}),
        _DATA,
        WaitForJobs(overview, timeline, arguments),
        is_pending=lambda data: not data["ended"],
    )
