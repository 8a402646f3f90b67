"""The watch as a whole: Bedrock that loses events, a table and a bus, the function, and who listens."""

import io
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.client import call
from local.screen import Screen
from local.stack import Stack
from local.watching import Tally, Watching, invoker

_LINE = re.compile(r"   \d\d:\d\d:\d\d  (?P<job>\S+) +(?P<what>[^,]+), (?P<found>.+)")
_OF_BEDROCK = ("Stopping", "Completed", "Failed", "Stopped")


@dataclass(frozen=True)
class Played:
    """What came of a stretch of the watch."""

    tally: Tally
    lines: list[tuple[str, str, str]]
    events: dict[str, set[tuple[str, str]]]
    url: str

    def timeline(self, job: str) -> Any:
        answer = call(f"{self.url}/model-customization-jobs/{job}/timeline")
        assert answer.status == 200
        return answer.json()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    shown = io.StringIO()
    region = "eu-central-1"
    with Stack(region=region, watched=True, logs=tmp_path_factory.mktemp("logs")) as stack:
        assert stack.bedrock
        assert stack.watch
        assert stack.resources
        watching = Watching(Screen(shown), stack.resources, invoker(stack.watch.url), region=region)
        watching.begin(2000)
        end = time.monotonic() + 30
        while time.monotonic() < end and not (watching.tally.has_all and watching.tally.missed > 1):
            watching.look()
        tally = watching.play(0)
        events: dict[str, set[tuple[str, str]]] = {"sent": set(), "lost": set()}
        for line in stack.bedrock.output.read_text().splitlines():
            said = json.loads(line)
            events[said["event"]].add((said["jobName"], said["status"]))
        found = [_LINE.fullmatch(line) for line in shown.getvalue().splitlines()]
        lines = [(each["job"], each["what"], each["found"]) for each in found if each]
        yield Played(tally, lines, events, stack.gateway.url)


def test_each_transition_is_told_once(played: Played) -> None:
    assert played.tally.good
    assert len(played.lines) == len(set(played.lines)) == len(played.tally.told)
    assert set(played.tally.told.values()) == {1}


def test_what_the_events_missed_the_sweep_found(played: Played) -> None:
    missed = {(job, what) for job, what, found in played.lines if found.startswith("missed by the events")}
    assert len(missed) == played.tally.missed > 1
    assert missed <= played.events["lost"]


def test_what_an_event_told_the_sweep_does_not_tell_again(played: Played) -> None:
    by_event = {(job, what) for job, what, found in played.lines if found == "told by its event"}
    assert by_event
    assert by_event <= played.events["sent"]
    changes = [(job, what) for job, what, _ in played.lines if what in _OF_BEDROCK]
    assert len(changes) == len(set(changes))


def test_old_jobs_are_no_news(played: Played) -> None:
    seen = {job for job, what, _ in played.lines if what == "Seen"}
    assert seen
    assert all("-live-" in job for job in seen)


def test_the_timeline_over_http_holds_what_was_told(played: Played) -> None:
    job = next(job for job, _, found in played.lines if found.startswith("missed by the events"))
    timeline = played.timeline(job)
    transitions = timeline["transitions"]
    assert timeline["job"]["jobName"] == job
    assert [each["sequence"] for each in transitions] == list(range(1, len(transitions) + 1))
    told = {each["id"] for each in transitions if each["told"]}
    assert told <= set(played.tally.told)
    assert {each["kind"] for each in transitions if each["foundBy"] == "sweep"} & set(_OF_BEDROCK)


def test_a_job_that_failed_has_its_reason_in_the_timeline(played: Played) -> None:
    job = next(job for job, what, _ in played.lines if what == "Failed")
    (failed,) = [each for each in played.timeline(job)["transitions"] if each["kind"] == "Failed"]
    assert failed["details"]["failure"]["message"]
    assert failed["details"]["failure"]["category"] != "unknown"


def test_an_unknown_job_has_no_timeline(played: Played) -> None:
    answer = call(f"{played.url}/model-customization-jobs/nobodys-job/timeline")
    assert answer.status == 404


def test_the_board_shows_the_same_jobs(played: Played) -> None:
    job = next(job for job, what, _ in played.lines if what == "Seen")
    assert job in call(f"{played.url}/?nameContains={job}").body.decode()
