"""Fakes: Bedrock in memory, the context of an invocation, and realistic jobs."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from customization_jobs.aws.bedrock import Page

Job = dict[str, Any]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def text(timestamp: datetime) -> str:
    """Format a timestamp as Bedrock does."""
    return timestamp.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def job(number: int = 0, *, created: datetime = NOW, status: str = "Completed", **fields: Any) -> Job:
    """Return a summary with the required fields and the given optional ones."""
    arn = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/amazon.nova-lite-v1:0:300k"
    return {
        "jobArn": f"{arn}/{number:012x}",
        "baseModelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
        "jobName": f"support-tone-{number}",
        "status": status,
        "creationTime": text(created),
        **fields,
    }


@dataclass
class FakeBedrock:
    """Returns pages of a list of jobs, which may change between calls.

    Attributes
    ----------
    jobs : list of dict
        In any order.
    largest_page : int
        A page has at most this many jobs, even if more are requested.
    keyed : bool
        Whether a token identifies the last job of its page, or only counts jobs, so that new ones shift it.
    order : callable
        Returns a job's place, as JSON that can be compared, from the job and whether the order is descending.
        A descending order goes from the largest place to the smallest.
    inclusive : bool
        Whether bounds of the creation time include the time itself, which Bedrock does not document.
    compared : callable
        Returns what is compared with these bounds for a creation time, which may be more or less exact.
    sent : callable
        Returns what is sent for a job, which may be malformed.
    calls : list of dict
        The parameters of each call.
    before_page : callable
        Called before each page: it can add jobs, let time pass or raise an error.
    """

    jobs: list[Job] = field(default_factory=list)
    largest_page: int = 1000
    keyed: bool = True
    order: Callable[[Job, bool], list[Any]] = lambda each, _: [each["creationTime"], each["jobArn"]]
    inclusive: bool = False
    compared: Callable[[datetime], datetime] = lambda created: created
    sent: Callable[[Job], Any] = lambda each: each
    calls: list[dict[str, Any]] = field(default_factory=list)
    before_page: Callable[["FakeBedrock"], None] = lambda _: None

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        self.calls.append(dict(parameters))
        self.before_page(self)
        descending = parameters.get("sortOrder", "Descending") == "Descending"
        places = [
            (self.order(each, descending), each) for each in self.jobs if self._selects(each, parameters)
        ]
        places.sort(key=lambda place: place[0], reverse=descending)
        token = parameters.get("nextToken")
        start = self._start([place for place, _ in places], token, descending=descending) if token else 0
        end = start + min(parameters.get("maxResults", 100), self.largest_page)
        answer: dict[str, Any] = {
            "modelCustomizationJobSummaries": [self.sent(each) for _, each in places[start:end]]
        }
        if end < len(places):
            position: Any = places[end - 1][0] if self.keyed else end
            answer["nextToken"] = base64.b64encode(json.dumps(position).encode()).decode()
        return Page(answer)

    def _start(self, places: list[list[Any]], token: str, *, descending: bool) -> int:
        last = json.loads(base64.b64decode(token))
        if not self.keyed:
            return int(last)
        return sum(place >= last if descending else place <= last for place in places)

    def _selects(self, each: Job, parameters: Mapping[str, Any]) -> bool:
        created = self.compared(datetime.fromisoformat(each["creationTime"]))
        if self.inclusive and created in (
            parameters.get("creationTimeAfter"),
            parameters.get("creationTimeBefore"),
        ):
            parameters = {name: parameters[name] for name in parameters if parameters[name] != created}
        return (
            parameters.get("statusEquals") in (None, each["status"])
            and parameters.get("nameContains", "") in each["jobName"]
            and created > parameters.get("creationTimeAfter", datetime.min.replace(tzinfo=UTC))
            and created < parameters.get("creationTimeBefore", datetime.max.replace(tzinfo=UTC))
        )


@dataclass
class FakeContext:
    """The context of an invocation, whose remaining time can be set."""

    remaining: timedelta = timedelta(seconds=60)
    aws_request_id: str = "8f3c9d2e-0000-4000-8000-000000000001"
    function_name: str = "customization-jobs"
    function_version: str = "7"
    memory_limit_in_mb: str = "512"
    log_group_name: str = "/aws/lambda/customization-jobs"
    log_stream_name: str = "2026/03/01/[7]0123456789abcdef"
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:111122223333:function:customization-jobs:live"
    client_context: Any = None

    def get_remaining_time_in_millis(self) -> int:
        return int(self.remaining.total_seconds() * 1000)


def client_context(**custom: Any) -> SimpleNamespace:
    """Return a caller's ClientContext as the runtime passes it to the handler."""
    return SimpleNamespace(custom=custom, env={}, client=None)
