"""Demonstrates the three callers of the service: the request of each, and the response."""

import time
from typing import Any

from local.common.http_client import call
from local.common.identifiers import ACCOUNT
from local.common.server_process import ServerProcess
from local.demonstration.console import Console
from local.demonstration.formatting import compact_json, counts
from local.demonstration.function_client import FunctionClient, error_text, failed, schedule_event
from local.demonstration.function_log import findings, metrics, read_lines


class CallerDemonstration:
    """Runs the callers against a gateway.

    Parameters
    ----------
    gateway : ServerProcess
        The gateway of the listing function.
    watch : ServerProcess or None
        That of the watch function, whose log has the sweep's metrics and findings. Without it, no sweep is
        demonstrated.
    """

    def __init__(
        self, console: Console, *, gateway: ServerProcess, watch: ServerProcess | None, region: str
    ) -> None:
        self._console = console
        self._url = gateway.url
        self._watch = watch
        self._region = region

    def run(self) -> bool:
        """Run all three, even if one fails; return whether all succeeded."""
        succeeded = [self._http_request(), self._sweep(), self._workflow_call()]
        return all(succeeded)

    def _http_request(self) -> bool:
        query = "statusEquals=Failed&maxResults=5&sortBy=CreationTime&sortOrder=Descending"
        path = f"/model-customization-jobs?{query}"
        self._console.heading("1  An HTTP client requests the newest failed jobs")
        self._console.sent(f"GET {path}")
        started = time.monotonic()
        response = call(self._url + path)
        milliseconds = (time.monotonic() - started) * 1000
        if not response.ok:
            return self._failure(f"{response.status}: {response.text}")
        page = response.json()
        jobs = page["modelCustomizationJobSummaries"]
        more = ", more available through nextToken" if "nextToken" in page else ""
        self._console.received(f"200 OK in {milliseconds:.0f} ms: {_job_count(jobs)}{more}")
        self._console.jobs(jobs)
        return True

    def _sweep(self) -> bool:
        event = {**schedule_event(self._region, "local"), "sweep": "all-jobs", "query": {}}
        self._console.heading("2  EventBridge Scheduler starts a sweep of all jobs")
        if self._watch is None:
            self._console.line("   Skipped: the watch runs with the embedded Bedrock only.")
            return True
        self._console.sent(f"asynchronous invocation: {compact_json(event)}")
        log_size = self._watch.output.stat().st_size
        result = FunctionClient(self._watch.url).invoke_asynchronously(event)
        if failed(result):
            return self._failure(error_text(result))
        lines = read_lines(self._watch.output, log_size)
        self._console.received(
            "202 Accepted. Scheduler reads no answer; the sweep wrote metrics and findings to the log:"
        )
        self._console.facts(metrics(lines))
        self._console.line()
        self._console.table(("FINDING", "JOB", "AGE"), findings(lines))
        return bool(result.json().get("complete", True))

    def _workflow_call(self) -> bool:
        query = {"statusEquals": "InProgress"}
        execution = f"arn:aws:states:{self._region}:{ACCOUNT}:execution:wait-for-jobs:local"
        self._console.heading("3  A Step Functions workflow requests all jobs in progress")
        self._console.sent(f"invocation: {compact_json(query)}")
        response = FunctionClient(self._url).invoke(query, correlation_id=execution)
        if failed(response):
            return self._failure(error_text(response))
        answer = response.json()
        jobs = answer["modelCustomizationJobSummaries"]
        more = (
            f", more available through nextToken (stopped by {answer['stoppedBy']})"
            if "nextToken" in answer
            else ""
        )
        self._console.received(f"{_job_count(jobs)}{more}; counts: {counts(answer['counts'])}")
        self._console.jobs(jobs)
        return True

    def _failure(self, text: str) -> bool:
        self._console.received(text, ok=False)
        return False


def _job_count(jobs: list[Any]) -> str:
    return f"{len(jobs)} job{'' if len(jobs) == 1 else 's'}"
