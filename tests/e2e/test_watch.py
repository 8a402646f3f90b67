"""The watch as a whole: a Bedrock that drops events, the table, the bus, the function and a consumer."""

import io
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.common.http_client import call
from local.demonstration.console import Console
from local.demonstration.function_client import FunctionClient
from local.demonstration.watch_demonstration import WatchDemonstration
from local.demonstration.watch_tally import WatchTally
from local.processes.process_group import ProcessGroup

_LINE = re.compile(r"   \d\d:\d\d:\d\d  (?P<job>\S+) +(?P<description>[^,]+), (?P<origin>.+)")
_STATUS_CHANGES = ("Stopping", "Completed", "Failed", "Stopped")


@dataclass(frozen=True)
class Demonstrated:
    """The results of a demonstration; `events` are Bedrock's, by whether they were sent or dropped."""

    tally: WatchTally
    lines: list[tuple[str, str, str]]
    events: dict[str, set[tuple[str, str]]]
    url: str

    def changes(self, origin: str) -> set[tuple[str, str]]:
        return {(job, change) for job, change, each in self.lines if each == origin}

    def timeline(self, job: str) -> Any:
        response = call(f"{self.url}/model-customization-jobs/{job}/timeline")
        assert response.status == 200
        return response.json()


@pytest.fixture(scope="module")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstrated]:
    output = io.StringIO()
    region = "eu-central-1"
    with ProcessGroup(region=region, watched=True, logs=tmp_path_factory.mktemp("logs")) as processes:
        assert processes.embedded_aws
        assert processes.watch
        assert processes.resources
        invoke = FunctionClient(processes.watch.url).invoke
        watch = WatchDemonstration(Console(output), processes.resources, invoke, region=region)
        watch.start(2000)
        end = time.monotonic() + 30
        while time.monotonic() < end and not (watch.tally.complete and watch.tally.missed > 1):
            watch.step()
        tally = watch.run(0)
        events: dict[str, set[tuple[str, str]]] = {"sent": set(), "dropped": set()}
        for line in processes.embedded_aws.output.read_text().splitlines():
            logged = json.loads(line)
            events[logged["event"]].add((logged["jobName"], logged["status"]))
        matches = [_LINE.fullmatch(line) for line in output.getvalue().splitlines()]
        lines = [(each["job"], each["description"], each["origin"]) for each in matches if each]
        yield Demonstrated(tally, lines, events, processes.gateway.url)


def test_each_transition_is_published_once(demonstrated: Demonstrated) -> None:
    assert demonstrated.tally.succeeded
    assert len(demonstrated.lines) == len(set(demonstrated.lines)) == len(demonstrated.tally.published)
    assert set(demonstrated.tally.published.values()) == {1}


def test_the_sweep_finds_what_the_events_missed(demonstrated: Demonstrated) -> None:
    missed = demonstrated.changes("event missed, found by sweep")
    assert len(missed) == demonstrated.tally.missed > 1
    assert missed <= demonstrated.events["dropped"]


def test_the_sweep_does_not_publish_again_what_an_event_caused(demonstrated: Demonstrated) -> None:
    from_events = demonstrated.changes("from Bedrock's event")
    assert from_events
    assert from_events <= demonstrated.events["sent"]
    changes = [(job, change) for job, change, _ in demonstrated.lines if change in _STATUS_CHANGES]
    assert len(changes) == len(set(changes))


def test_only_new_jobs_are_discovered(demonstrated: Demonstrated) -> None:
    discovered = {job for job, change, _ in demonstrated.lines if change == "Discovered"}
    assert discovered
    assert all("-live-" in job for job in discovered)


def test_the_timeline_over_http_holds_what_was_published(demonstrated: Demonstrated) -> None:
    job = min(demonstrated.changes("event missed, found by sweep"))[0]
    timeline = demonstrated.timeline(job)
    transitions = timeline["transitions"]
    assert timeline["job"]["jobName"] == job
    assert [each["sequence"] for each in transitions] == list(range(1, len(transitions) + 1))
    published = {each["id"] for each in transitions if each["published"]}
    assert published <= set(demonstrated.tally.published)
    assert {each["kind"] for each in transitions if each["foundBy"] == "sweep"} & set(_STATUS_CHANGES)


def test_the_timeline_has_the_reason_of_a_failure(demonstrated: Demonstrated) -> None:
    job = next(job for job, change, _ in demonstrated.lines if change == "Failed")
    (failed,) = [each for each in demonstrated.timeline(job)["transitions"] if each["kind"] == "Failed"]
    assert failed["details"]["failure"]["message"]
    assert failed["details"]["failure"]["category"] != "unknown"


def test_an_unknown_job_has_no_timeline(demonstrated: Demonstrated) -> None:
    response = call(f"{demonstrated.url}/model-customization-jobs/unknown-job/timeline")
    assert response.status == 404


def test_the_board_shows_the_same_jobs(demonstrated: Demonstrated) -> None:
    job = next(job for job, change, _ in demonstrated.lines if change == "Discovered")
    assert job in call(f"{demonstrated.url}/board?nameContains={job}").body.decode()
