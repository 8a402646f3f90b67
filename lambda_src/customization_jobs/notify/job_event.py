"""An event of the watch, as far as notifications need it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from customization_jobs.jobs import EVENT_SOURCE, EVENT_VERSION, base_model
from customization_jobs.notify.expected import expected_end
from customization_jobs.notify.plain import cut, one_line
from customization_jobs.timestamps import parse_timestamp_or_none

# Bedrock allows 63 characters.
_NAME_LENGTH = 128
_VALUE_LENGTH = 100
_OWNER_LENGTH = 256
# The watch cuts Bedrock's messages after 4,096 characters, and adds their length.
_MESSAGE_LENGTH = 4200
_REMEDY_LENGTH = 1000
_ARN_LENGTH = 1011
_ARN = re.compile(r"arn:[^:]*:bedrock:(?P<region>[^:]*):(?P<account>[^:]*):[^/]+/(?:.*/)?(?P<id>[^/]+)")
# None of these characters ends a link, in a mail or in chat.
_LINK = re.compile(r"https://[A-Za-z0-9#%&+,\-./:;=?_~]{1,2000}")
# The provider before the name of a model, and the version after it: `amazon.nova-lite-v1:0:300k`.
_SHORT_MODEL = re.compile(r"(?:[a-z0-9]+\.)?(?P<name>.+?)(?:-v\d+)?(?::.*)?", re.DOTALL)


class MalformedEventError(Exception):
    """An event cannot become a notification; the message says why."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed; a field that is unknown is empty, or None."""

    category: str = ""
    message: str = ""
    remedy: str = ""
    link: str = ""
    retry_helps: bool | None = None


@dataclass(frozen=True, slots=True)
class JobEvent:
    """A transition of a job. All text is one line, printable and of limited length; unknown text is empty.

    Attributes
    ----------
    kind : str
        Kind of the transition, such as `Failed`.
    time : str
        Such as `2026-03-01 11:59:30 UTC`.
    model, short_model : str
        Id of the base model, such as `amazon.nova-lite-v1:0:300k`, and its name, such as `nova-lite`.
    job_id, region, account : str
        Parts of the job's ARN. Together they identify the job in whichever form its ARN comes.
    owner : str
        Value of the tag that the setting `jobTags` names.
    expected_end : str
        When the job is expected to end, in words; of an event `Late`, the interval that it has outlived.
    transition : mapping of str to str
        Texts of the event's `transition`, such as `age`.
    """

    id: str
    kind: str
    time: str
    found_by: str
    job_name: str
    job_arn: str
    job_id: str
    region: str
    account: str
    model: str
    short_model: str
    customization_type: str
    custom_model: str
    owner: str
    expected_end: str
    transition: Mapping[str, str]
    failure: Failure
    console_url: str


def read_event(event: Any) -> JobEvent:
    """Read an event of the watch's bus (docs/event.schema.json, in `detail`). Unknown fields are ignored.

    Raises
    ------
    MalformedEventError
        It is no event of the watch, has another version, or lacks a field that every event has.
    """
    if not isinstance(event, Mapping) or event.get("source") != EVENT_SOURCE:
        raise MalformedEventError(f'not an event of the source "{EVENT_SOURCE}"')
    detail = _mapping(event.get("detail"))
    if detail.get("version") != EVENT_VERSION:
        version = cut(one_line(str(detail.get("version"))), _VALUE_LENGTH)
        raise MalformedEventError(f"version {version} of the events; this function reads {EVENT_VERSION}")
    job = _mapping(detail.get("job"))
    arn = _ARN.fullmatch(_text(job.get("jobArn"), _ARN_LENGTH))
    if not arn:
        raise MalformedEventError("detail.job.jobArn is not the ARN of a job of Bedrock")
    required = {name: _text(detail.get(name)) for name in ("id", "kind")}
    for name, text in required.items():
        if not text:
            raise MalformedEventError(f"detail.{name} is missing or not a text")
    model = _model(job.get("baseModelArn"))
    return JobEvent(
        id=required["id"],
        kind=required["kind"],
        time=_time(detail.get("at")),
        found_by=_text(detail.get("foundBy")),
        job_name=_text(job.get("jobName"), _NAME_LENGTH) or arn["id"],
        job_arn=arn.string,
        job_id=arn["id"],
        region=arn["region"],
        account=arn["account"],
        model=model,
        short_model=_short_model(model),
        customization_type=_text(job.get("customizationType")),
        custom_model=_text(job.get("customModelName"), _NAME_LENGTH),
        owner=_text(detail.get("owner"), _OWNER_LENGTH),
        expected_end=_expected_end(detail),
        transition={_text(name): _text(value) for name, value in _mapping(detail.get("transition")).items()},
        failure=_failure(_mapping(detail.get("failure"))),
        console_url=_link(detail.get("consoleUrl")),
    )


def _expected_end(detail: Mapping[str, Any]) -> str:
    return expected_end(_mapping(detail.get("transition")).get("expectedEnd") or detail.get("expectedEnd"))


def _failure(failure: Mapping[str, Any]) -> Failure:
    retry_helps = failure.get("retryHelps")
    return Failure(
        category=_text(failure.get("category")),
        message=_text(failure.get("message"), _MESSAGE_LENGTH),
        remedy=_text(failure.get("remedy"), _REMEDY_LENGTH),
        link=_link(failure.get("link")),
        retry_helps=retry_helps if isinstance(retry_helps, bool) else None,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any, length: int = _VALUE_LENGTH) -> str:
    return cut(one_line(value), length) if isinstance(value, str) else ""


def _link(value: Any) -> str:
    return value if isinstance(value, str) and _LINK.fullmatch(value) else ""


def _time(value: Any) -> str:
    timestamp = parse_timestamp_or_none(value)
    return f"{timestamp:%Y-%m-%d %H:%M:%S} UTC" if timestamp else _text(value)


def _model(arn: Any) -> str:
    text = _text(arn, _ARN_LENGTH)
    return cut(base_model(text), _VALUE_LENGTH) if text else ""


def _short_model(model: str) -> str:
    found = _SHORT_MODEL.fullmatch(model)
    return found["name"] if found else model
