"""The demonstration of the watch, with queues in memory and a function whose answers a test chooses."""

import io
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.common.http_client import HttpResponse
from local.demonstration.console import Console
from local.demonstration.watch_demonstration import SWEEP_INTERVAL_SECONDS, WatchDemonstration
from local.demonstration.watch_tally import WatchTally
from local.embedded_aws.watch_resources import STATE_CHANGES, TRANSITIONS

DOCUMENT = Path(__file__).parents[4] / "docs" / "events.md"
DETAIL: dict[str, Any] = json.loads(DOCUMENT.read_text().split("```json\n")[1].split("```")[0])
ARN = DETAIL["job"]["jobArn"]
SUCCEEDED = HttpResponse(200, {}, b"{}")
FAILED = HttpResponse(
    200, {"x-amz-function-error": "Unhandled"}, b'{"errorType": "WatchUnavailableException"}'
)


class FakeQueues:
    """Queues whose events are received once and stay until they are deleted."""

    def __init__(self) -> None:
        self.events: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.hidden: set[str] = set()
        self.speed: float | None = None
        self.answered: dict[str, Any] = {}

    def put(self, queue: str, **detail: object) -> None:
        self.events[queue][f"{queue}-{len(self.hidden)}-{len(self.events[queue])}"] = {"detail": detail}

    def start_simulation(self, speed: float) -> None:
        self.speed = speed

    def answers(self) -> dict[str, Any]:
        return self.answered

    def receive(self, queue: str) -> list[tuple[str, dict[str, Any]]]:
        batch = [each for each in self.events[queue].items() if each[0] not in self.hidden][:10]
        self.hidden.update(handle for handle, _ in batch)
        return batch

    def delete(self, queue: str, handle: str) -> None:
        del self.events[queue][handle]


class DemonstrationHarness:
    """A demonstration whose clock moves when it sleeps."""

    def __init__(self, function: Callable[[Any], HttpResponse] = lambda _: SUCCEEDED) -> None:
        self.queues = FakeQueues()
        self.invoked: list[Any] = []
        self.waits: list[Any] = []
        self.time = 0.0
        self.output = io.StringIO()

        def invoke(event: Any) -> HttpResponse:
            if "wait" in event:
                self.waits.append(event["wait"])
                return HttpResponse(200, {}, b'{"waiting": 2, "done": false}')
            self.invoked.append(event)
            return function(event)

        self.demonstration = WatchDemonstration(
            Console(self.output),
            self.queues,
            invoke,
            region="us-east-1",
            clock=lambda: self.time,
            sleep=self._sleep,
        )

    def _sleep(self, seconds: float) -> None:
        self.time += seconds

    def run(self, seconds: float = 0) -> WatchTally:
        return self.demonstration.run(seconds)


def test_the_first_sweep_precedes_the_simulation() -> None:
    speeds: list[float | None] = []

    def function(_: Any) -> HttpResponse:
        speeds.append(harness.queues.speed)
        return SUCCEEDED

    harness = DemonstrationHarness(function)
    harness.demonstration.start(900)
    assert [list(event) for event in harness.invoked] == [["schedule"]]
    assert (speeds, harness.queues.speed) == ([None], 900)


def test_sweeps_run_at_their_interval() -> None:
    harness = DemonstrationHarness()
    harness.demonstration.start(900)
    harness.run(SWEEP_INTERVAL_SECONDS * 3 + 1)
    assert len(harness.invoked) == 4


def test_events_are_delivered_and_deleted_only_after_success() -> None:
    harness = DemonstrationHarness(
        lambda event: FAILED if event["detail"]["jobStatus"] == "Failed" else SUCCEEDED
    )
    harness.queues.put(STATE_CHANGES, jobArn=ARN, jobStatus="Stopping")
    harness.queues.put(STATE_CHANGES, jobArn=ARN, jobStatus="Failed")
    tally = harness.run()
    assert [event["detail"]["jobStatus"] for event in harness.invoked] == ["Stopping", "Failed"]
    (remaining,) = harness.queues.events[STATE_CHANGES].values()
    assert remaining["detail"]["jobStatus"] == "Failed"
    assert tally.delivered == {(ARN, "Stopping")}
    assert tally.errors == [FAILED.body.decode()]
    assert "The watch failed: " in harness.output.getvalue()


def test_a_change_that_only_the_sweep_found_is_missed() -> None:
    harness = DemonstrationHarness()
    harness.queues.put(TRANSITIONS, **DETAIL)
    tally = harness.run()
    assert (tally.missed, tally.failures, tally.from_events, tally.succeeded) == (1, 1, 0, True)
    assert "Failed, event missed, found by sweep\n" in harness.output.getvalue()


def test_a_change_that_the_sweep_found_before_its_event_is_not_missed() -> None:
    harness = DemonstrationHarness()
    harness.queues.put(STATE_CHANGES, jobArn=ARN, jobStatus="Failed")
    harness.queues.put(TRANSITIONS, **DETAIL)
    assert harness.run().missed == 0
    assert "Failed, found by sweep before its event\n" in harness.output.getvalue()


def test_a_second_publication_is_reported() -> None:
    harness = DemonstrationHarness()
    harness.queues.put(TRANSITIONS, **DETAIL)
    harness.queues.put(TRANSITIONS, **{**DETAIL, "foundBy": "event"})
    tally = harness.run()
    assert (tally.duplicates, tally.succeeded) == (1, False)
    assert harness.output.getvalue().count("published a second time") == 1


def test_a_watch_that_publishes_nothing_fails() -> None:
    assert not DemonstrationHarness().run(1).succeeded


@pytest.mark.parametrize("seconds", [0, 5])
def test_it_ends_in_time(seconds: float) -> None:
    harness = DemonstrationHarness()
    harness.run(seconds)
    assert seconds <= harness.time <= seconds + 1


def test_the_first_failure_is_kept_for_its_notification() -> None:
    harness = DemonstrationHarness()
    harness.queues.put(TRANSITIONS, **{**DETAIL, "id": "other", "kind": "Completed"})
    harness.queues.put(TRANSITIONS, **DETAIL)
    harness.queues.put(TRANSITIONS, **{**DETAIL, "id": "later"})
    harness.run()
    assert harness.demonstration.first_failure == {"detail": DETAIL}


def test_it_ends_when_everything_was_shown() -> None:
    harness = DemonstrationHarness()
    harness.queues.put(TRANSITIONS, **DETAIL)
    harness.queues.put(TRANSITIONS, **{**DETAIL, "id": "other", "foundBy": "event", "kind": "Completed"})
    assert harness.run(60).complete
    assert harness.time < 1


def test_a_workflow_that_waits_is_shown_and_woken_once() -> None:
    harness = DemonstrationHarness()
    harness.demonstration.start(900)
    (request,) = harness.waits
    assert request["query"] == {"statusEquals": "Stopping"}
    harness.run(1)
    output = json.dumps({"counts": {"Completed": 0, "Stopped": 2}, "endedBadly": []})
    harness.queues.answered = {"another": {}, request["taskToken"]: {"output": output}}
    harness.run(2)
    lines = harness.output.getvalue()
    assert "A workflow waits for 2 jobs that are stopping, without polling.\n" in lines
    assert lines.count("The watch woke the workflow that waited: 2 Stopped.\n") == 1


def test_the_run_goes_on_until_the_workflow_is_woken() -> None:
    harness = DemonstrationHarness()
    harness.demonstration.start(900)
    harness.queues.put(TRANSITIONS, **DETAIL)
    harness.queues.put(TRANSITIONS, **{**DETAIL, "id": "other", "foundBy": "event", "kind": "Completed"})
    harness.run(5)
    assert harness.time > 5


def test_jobs_that_do_not_move_are_not_waited_for() -> None:
    harness = DemonstrationHarness()
    harness.demonstration.start(0)
    assert harness.waits == []
