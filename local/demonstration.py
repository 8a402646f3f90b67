"""The three callers, played once: what each sends, and what it gets."""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.client import Answer, call
from local.environment import FUNCTION_NAME
from local.jobs import wire_time
from local.rest_api import ACCOUNT
from local.screen import Screen, compact, counts, duration

INVOKE_PATH = f"/2015-03-31/functions/{FUNCTION_NAME}/invocations"


class Demonstration:
    """Plays the callers against a running gateway.

    Parameters
    ----------
    screen : Screen
        Where it is shown.
    url : str
        The gateway.
    log : Path
        Where the function's output goes: the tick's metrics and findings are read there.
    """

    def __init__(self, screen: Screen, *, url: str, log: Path, region: str) -> None:
        self._screen = screen
        self._url = url
        self._log = log
        self._region = region

    def play(self) -> bool:
        """Play all three, whatever becomes of one; return whether all succeeded."""
        succeeded = [self._http_request(), self._schedule_tick(), self._workflow_call()]
        return all(succeeded)

    def _http_request(self) -> bool:
        query = "statusEquals=Failed&maxResults=5&sortBy=CreationTime&sortOrder=Descending"
        path = f"/model-customization-jobs?{query}"
        self._screen.heading("1  An HTTP client asks for the newest jobs that failed")
        self._screen.sent(f"GET {path}")
        started = time.monotonic()
        answer = call(self._url + path)
        if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
            return self._failed(f"{answer.status}: {answer.body.decode()}")
        page = answer.json()
        jobs = page["modelCustomizationJobSummaries"]
        more = ", more behind nextToken" if "nextToken" in page else ""
        self._screen.received(
            f"200 OK in {(time.monotonic() - started) * 1000:.0f} ms: {_number(jobs)}{more}"
        )
        self._screen.jobs(jobs)
        return True

    def _schedule_tick(self) -> bool:
        now = datetime.now(UTC)
        scheduled = wire_time(now.replace(second=0, microsecond=0)).replace(".000Z", "Z")
        tick = {
            "schedule": {
                "arn": f"arn:aws:scheduler:{self._region}:{ACCOUNT}:schedule/default/sweep",
                "scheduledTime": scheduled,
                "executionId": f"local-{now:%H%M%S}",
                "attemptNumber": "1",
            },
            "sweep": "all-jobs",
            "query": {},
        }
        self._screen.heading("2  EventBridge Scheduler ticks: look at all jobs")
        self._screen.sent(f"invoke, asynchronously: {compact(tick)}")
        already = self._log.stat().st_size
        accepted = self._invoke(tick, {"X-Amz-Invocation-Type": "Event"})
        outcome = call(f"{self._url}/_local/invocations/{accepted.headers['x-amzn-requestid']}")
        if "x-amz-function-error" in outcome.headers:
            return self._failed(_error(outcome))
        lines = list(_lines(self._log, already))
        self._screen.received("202 Accepted. Nobody reads a schedule's answer; it left behind, in the log:")
        self._screen.facts(_metrics(line for line in lines if "_aws" in line))
        findings = [line for line in lines if line.get("level") == "WARNING"]
        self._screen.line()
        self._screen.table(
            ("FINDING", "JOB", "AGE"),
            [(line["message"], line.get("jobName", ""), _age(line)) for line in findings],
        )
        return bool(outcome.json().get("complete", True))

    def _workflow_call(self) -> bool:
        query = {"statusEquals": "InProgress"}
        execution = f"arn:aws:states:{self._region}:{ACCOUNT}:execution:wait-for-jobs:local"
        context = base64.b64encode(json.dumps({"custom": {"correlationId": execution}}).encode()).decode()
        self._screen.heading("3  A workflow (Step Functions) asks for every job in progress")
        self._screen.sent(f"invoke: {compact(query)}")
        answer = self._invoke(query, {"X-Amz-Client-Context": context})
        if answer.status != 200 or "x-amz-function-error" in answer.headers:  # noqa: PLR2004 - HTTP's OK
            return self._failed(_error(answer))
        listing = answer.json()
        jobs = listing["modelCustomizationJobSummaries"]
        stopped = (
            f", more behind nextToken (stopped by {listing['stoppedBy']})" if "nextToken" in listing else ""
        )
        self._screen.received(f"{_number(jobs)}{stopped}, counts: {counts(listing['counts'])}")
        self._screen.jobs(jobs)
        return True

    def _invoke(self, payload: object, headers: Mapping[str, str]) -> Answer:
        return call(f"{self._url}{INVOKE_PATH}?Qualifier=live", method="POST", body=payload, headers=headers)

    def _failed(self, what: str) -> bool:
        self._screen.received(what, good=False)
        return False


def _lines(log: Path, offset: int) -> Iterator[dict[str, Any]]:
    with log.open("rb") as file:
        file.seek(offset)
        for text in file:
            try:
                line = json.loads(text)
            except ValueError:
                continue  # a line of another library, or of a print
            if isinstance(line, dict):
                yield line


def _metrics(lines: Iterator[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the metrics of EMF lines; those that differ by a dimension of theirs alone go on one line."""
    plain: dict[str, str] = {}
    by_dimension: dict[str, dict[str, float]] = {}
    for line in lines:
        directive = line["_aws"]["CloudWatchMetrics"][0]
        own = [name for name in directive["Dimensions"][0] if name in ("Status", "CustomizationType")]
        for metric in directive["Metrics"]:
            name, unit = metric["Name"], metric["Unit"]
            values = line[name]
            value = float(values[0] if isinstance(values, list) else values)
            if own:
                by_dimension.setdefault(f"{name} by {own[0]}", {})[line[own[0]]] = value
            else:
                plain[name] = _measured(value, unit)
    yield from ((name, _measured_counts(values)) for name, values in by_dimension.items())
    yield from plain.items()


def _measured(value: float, unit: str) -> str:
    if unit == "Seconds":
        return f"{value:g} s ({duration(value)})"
    return f"{value:g} ms" if unit == "Milliseconds" else f"{value:g}"


def _measured_counts(values: Mapping[str, float]) -> str:
    return counts({name: int(value) for name, value in values.items()})


def _age(line: Mapping[str, Any]) -> str:
    return duration(line["age_seconds"]) if "age_seconds" in line else ""


def _error(answer: Answer) -> str:
    try:
        error = answer.json()
        return f"{error['errorType']}: {error['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return f"{answer.status} {answer.body.decode(errors='replace')}"


def _number(jobs: list[Any]) -> str:
    return f"{len(jobs)} job{'' if len(jobs) == 1 else 's'}"
