"""Events of the watch's bus as rows."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from customization_jobs.errors import encodable
from customization_jobs.export import values
from customization_jobs.export.rows import Row, job_columns
from customization_jobs.jobs import EVENT_SOURCE, EVENT_VERSION
from customization_jobs.watch.job import Job
from customization_jobs.watch.job_arn import is_job_arn

_MAX_SHOWN = 40
_Value = TypeVar("_Value")


class MalformedTransitionError(Exception):
    """An event cannot become a row; the message says why."""


class ExportedTransition(NamedTuple):
    """A transition to export.

    Attributes
    ----------
    date : str
        The day of the transition in UTC, such as `2026-03-01`.
    """

    id: str
    date: str
    row: Row


def read_transition(event: Any) -> ExportedTransition:
    """Read an event of the watch's bus (docs/event.schema.json, in `detail`). Unknown fields are ignored.

    Raises
    ------
    MalformedTransitionError
        It is no event of the watch, has another version, or lacks a field that every event of a job has.
    """
    if not isinstance(event, Mapping) or event.get("source") != EVENT_SOURCE:
        raise MalformedTransitionError(f'not an event of the source "{EVENT_SOURCE}"')
    detail = _mapping(event.get("detail"))
    if (version := detail.get("version")) != EVENT_VERSION:
        shown = encodable(str(version)[:_MAX_SHOWN])
        raise MalformedTransitionError(f"version {shown} of the events; this function reads {EVENT_VERSION}")
    identifier = _required(values.text(detail.get("id")), "id")
    at = _required(values.time(detail.get("at")), "at")
    transition = _mapping(detail.get("transition"))
    row = {
        "id": identifier,
        "sequence": _required(_sequence(detail.get("sequence")), "sequence"),
        "transition": _required(values.text(detail.get("kind")), "kind"),
        "at": at,
        "published_at": values.time(event.get("time")),
        "found_by": values.text(detail.get("foundBy")),
        "scope": values.text(transition.get("scope")),
        "details": _details(transition),
        **job_columns(
            _job(_mapping(detail.get("job"))), detail.get("tags"), detail.get("owner"), detail.get("failure")
        ),
    }
    return ExportedTransition(identifier, at.partition("T")[0], row)


def _job(fields: Mapping[str, Any]) -> Job:
    if not is_job_arn(fields.get("jobArn")):
        raise MalformedTransitionError("detail.job.jobArn is not the ARN of a job of Bedrock")
    _required(values.text(fields.get("status")), "job.status")
    return Job.from_json(fields)


def _details(transition: Mapping[str, Any]) -> str | None:
    details = {name: value for name, value in transition.items() if name != "scope"}
    if not details:
        return None
    try:
        return encodable(json.dumps(details, ensure_ascii=False, separators=(",", ":")))
    except RecursionError as error:
        raise MalformedTransitionError("detail.transition is nested too deeply") from error


def _sequence(value: Any) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 < value <= values.MAX_INT else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _required(value: _Value | None, name: str) -> _Value:
    if value is None:
        raise MalformedTransitionError(f"detail.{name} is missing or malformed")
    return value
