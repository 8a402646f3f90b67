"""How the watch is played, with queues in memory and a function that says what a test wants."""

import io
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.client import Answer
from local.resources import STATE_CHANGES, TOLD
from local.screen import Screen
from local.watching import SWEEP_SECONDS, Tally, Watching

DOCUMENT = Path(__file__).parents[3] / "docs" / "events.md"
DETAIL: dict[str, Any] = json.loads(DOCUMENT.read_text().split("```json\n")[1].split("```")[0])
ARN = DETAIL["job"]["jobArn"]
TAKEN = Answer(200, {}, b"{}")
FAILED = Answer(200, {"x-amz-function-error": "Unhandled"}, b'{"errorType": "WatchUnavailableException"}')


class FakeCloud:
    """Queues whose events stay until they are deleted, received once in between."""

    def __init__(self) -> None:
        self.queues: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.hidden: set[str] = set()
        self.speed: float | None = None

    def put(self, queue: str, **detail: object) -> None:
        self.queues[queue][f"{queue}-{len(self.hidden)}-{len(self.queues[queue])}"] = {"detail": detail}

    def pass_time(self, speed: float) -> None:
        self.speed = speed

    def receive(self, queue: str) -> list[tuple[str, dict[str, Any]]]:
        batch = [each for each in self.queues[queue].items() if each[0] not in self.hidden][:10]
        self.hidden.update(handle for handle, _ in batch)
        return batch

    def delete(self, queue: str, handle: str) -> None:
        del self.queues[queue][handle]


class World:
    """A watch that is played, with a clock that moves when it waits."""

    def __init__(self, function: Callable[[Any], Answer] = lambda _: TAKEN) -> None:
        self.cloud = FakeCloud()
        self.invoked: list[Any] = []
        self.time = 0.0
        self.shown = io.StringIO()

        def invoke(event: object) -> Answer:
            self.invoked.append(event)
            return function(event)

        self.watching = Watching(
            Screen(self.shown),
            self.cloud,
            invoke,
            region="us-east-1",
            clock=lambda: self.time,
            sleep=self._sleep,
        )

    def _sleep(self, seconds: float) -> None:
        self.time += seconds

    def play(self, seconds: float = 0) -> Tally:
        return self.watching.play(seconds)


def test_the_first_sweep_comes_before_time_passes() -> None:
    speeds: list[float | None] = []

    def function(_: Any) -> Answer:
        speeds.append(world.cloud.speed)
        return TAKEN

    world = World(function)
    world.watching.begin(900)
    assert [list(event) for event in world.invoked] == [["schedule"]]
    assert (speeds, world.cloud.speed) == ([None], 900)


def test_sweeps_tick() -> None:
    world = World()
    world.watching.begin(900)
    world.play(SWEEP_SECONDS * 3 + 1)
    assert len(world.invoked) == 4


def test_events_are_handed_on_and_only_what_was_taken_is_deleted() -> None:
    world = World(lambda event: FAILED if event["detail"]["jobStatus"] == "Failed" else TAKEN)
    world.cloud.put(STATE_CHANGES, jobArn=ARN, jobStatus="Stopping")
    world.cloud.put(STATE_CHANGES, jobArn=ARN, jobStatus="Failed")
    tally = world.play()
    assert [event["detail"]["jobStatus"] for event in world.invoked] == ["Stopping", "Failed"]
    (left,) = world.cloud.queues[STATE_CHANGES].values()
    assert left["detail"]["jobStatus"] == "Failed"
    assert tally.delivered == {(ARN, "Stopping")}
    assert tally.errors == [FAILED.body.decode()]
    assert "The watch failed: " in world.shown.getvalue()


def test_what_only_the_sweep_found_is_missed() -> None:
    world = World()
    world.cloud.put(TOLD, **DETAIL)
    tally = world.play()
    assert (tally.missed, tally.failures, tally.by_event, tally.good) == (1, 1, 0, True)
    assert "Failed, missed by the events, found by the sweep\n" in world.shown.getvalue()


def test_what_the_sweep_found_ahead_of_its_event_is_not_missed() -> None:
    world = World()
    world.cloud.put(STATE_CHANGES, jobArn=ARN, jobStatus="Failed")
    world.cloud.put(TOLD, **DETAIL)
    assert world.play().missed == 0
    assert "Failed, found by the sweep, ahead of its event\n" in world.shown.getvalue()


def test_what_is_told_twice_is_noticed() -> None:
    world = World()
    world.cloud.put(TOLD, **DETAIL)
    world.cloud.put(TOLD, **{**DETAIL, "foundBy": "event"})
    tally = world.play()
    assert (tally.twice, tally.good) == (1, False)
    assert world.shown.getvalue().count("told a second time") == 1


def test_a_watch_that_tells_nothing_is_no_good() -> None:
    assert not World().play(1).good


@pytest.mark.parametrize("seconds", [0, 5])
def test_it_ends_in_time(seconds: float) -> None:
    world = World()
    world.play(seconds)
    assert seconds <= world.time <= seconds + 1


def test_it_ends_when_all_was_shown() -> None:
    world = World()
    world.cloud.put(TOLD, **DETAIL)
    world.cloud.put(TOLD, **{**DETAIL, "id": "other", "foundBy": "event", "kind": "Completed"})
    assert world.play(60).has_all
    assert world.time < 1
