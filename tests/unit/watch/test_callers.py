"""The watch behind the handler: Bedrock's events and sweeps, over real clients into moto's table and bus."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from customization_jobs import errors
from customization_jobs.bedrock import Bedrock
from customization_jobs.callers.events import StateChangeCaller
from customization_jobs.composition import Handler, compose, make_handler
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.watch.round import SweepRound
from customization_jobs.watch.stored_timelines import StoredTimelines
from tests.fakes import FakeBedrock, FakeContext, job
from tests.unit.watch.aws import heard
from tests.unit.watch.world import DAY, Line, World

Lines = list[dict[str, Any]]
ARN = job(7)["jobArn"]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[Lines, Lines]]:
    """Read the metric lines and the log lines that were left."""

    def read() -> tuple[Lines, Lines]:
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [x for x in found if "_aws" in x], [x for x in found if "_aws" not in x]

    return read


def figures(metrics: Lines) -> dict[tuple[str, ...], float]:
    return {
        (metric["Name"], *((line["Kind"],) if "Kind" in line else ())): line[metric["Name"]][0]
        for line in metrics
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }


def test_an_event_is_told_and_counted(
    event: Callable[[str], Any], observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    world = World()
    caller = StateChangeCaller(world.watch(), observability, region="us-east-1")
    told = {"jobArn": ARN, "status": "Failed", "told": {"Seen": 1, "Failed": 1}}
    assert caller.answer(event("bedrock-state-change")) == told
    assert caller.answer(event("bedrock-state-change")) == {**told, "told": {}}
    metrics, _ = lines()
    assert figures(metrics) == {("TransitionsTold", "Seen"): 1, ("TransitionsTold", "Failed"): 1}
    assert world.told[-1]["failure"]["category"] == "token-limit"


def test_an_event_that_is_not_taken_in_raises(
    event: Callable[[str], Any], observability: Observability
) -> None:
    world = World()
    # begin, get_many, put, publish
    caller = StateChangeCaller(world.watch(Line(refused={4})), observability, region="us-east-1")
    with pytest.raises(errors.WatchUnavailableException, match="1 of 2 events"):
        caller.answer(event("bedrock-state-change"))
    caller = StateChangeCaller(world.watch(), observability, region="us-east-1")
    assert caller.answer(event("bedrock-state-change"))["told"] == {"Seen": 1}
    with pytest.raises(errors.ValidationException):
        caller.answer({"detail": {}})


def test_news_that_wait_for_another_one_come_again(observability: Observability) -> None:
    world = World()
    arn = world.create(1)
    caller = StateChangeCaller(world.watch(), observability, region="us-east-1")

    def meanwhile() -> None:
        with pytest.raises(errors.WatchUnavailableException, match="just now"):
            caller.answer(world.change(arn, "Completed"))

    world.sweep(Line(kill_at=4, meanwhile=meanwhile))
    assert caller.answer(world.event(arn))["told"] == {"Completed": 1}


def test_a_sweep_whose_watch_fails_goes_on_and_fails_at_its_end(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    world = World()
    world.create(1)
    round_ = SweepRound(world.watch(Line(refused={1})), lambda: False)
    round_.begin()
    round_.look(world.jobs.values())
    with pytest.raises(errors.WatchUnavailableException, match="throttled"):
        round_.end(observability, "us-east-1")
    metrics, _ = lines()
    assert figures(metrics) == {("MissedEvents",): 0}
    assert world.told == []


def test_a_sweep_that_has_no_time_left_says_so(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    world = World()
    world.create(1)
    round_ = SweepRound(world.watch(), lambda: True)
    round_.begin()
    round_.look(world.jobs.values())
    assert round_.end(observability, "us-east-1") == {"told": {}, "missed": 0, "untold": 0}
    assert lines()[1][-1]["jobs_left"] == 1


@pytest.fixture
def watch_settings(settings: Settings) -> Settings:
    limits = '{"default": 7200, "byBaseModel": {"nova-lite": 3600}}'
    return replace(settings, watch_table="jobs", watch_bus="watch", watch_limits=limits)


@pytest.fixture
def watching(
    dynamodb: Any, queue: str, watch_settings: Settings, bedrock: Bedrock, observability: Observability
) -> Handler:
    assert dynamodb
    assert queue
    return compose(watch_settings, bedrock, observability)


def invoke(handler: Handler, event: Any) -> Any:
    return handler(event, cast("Any", FakeContext(timedelta(minutes=5))))


def test_both_sources_end_in_one_timeline(
    watching: Handler,
    bedrock: Bedrock,
    monkeypatch: pytest.MonkeyPatch,
    queue: str,
    event: Callable[[str], Any],
    lines: Callable[[], tuple[Lines, Lines]],
) -> None:
    source = FakeBedrock()
    monkeypatch.setattr(bedrock, "list_page", source.list_page)
    invoke(watching, {"schedule": {}})
    from_event = invoke(watching, event("bedrock-state-change"))
    assert from_event["told"] == {"Seen": 1, "Failed": 1}
    old = job(8, status="InProgress", created=datetime.now(UTC) - DAY)
    failed = job(7, status="Failed", created=datetime.now(UTC) - DAY)
    new = job(9, status="Completed", created=datetime.now(UTC) + timedelta(minutes=1))
    source.jobs = [failed, old, new]
    swept = invoke(watching, {"schedule": {}})
    assert swept["watch"] == {"told": {"Stuck": 1, "Seen": 1, "Completed": 1}, "missed": 1, "untold": 1}
    metrics, logged = lines()
    assert figures(metrics)["MissedEvents",] == 1
    (late,) = [line for line in logged if line["message"] == "job in progress longer than its limit"]
    assert late["limit_seconds"] == 3600
    assert [line["kind"] for line in logged if line["message"] == "Told"][:2] == ["Seen", "Failed"]
    assert sorted(each["detail"]["kind"] for each in heard(queue)) == [
        "Completed",
        "Failed",
        "Seen",
        "Seen",
        "Stuck",
    ]


def test_a_function_without_a_bus_refuses_bedrocks_events(
    settings: Settings, bedrock: Bedrock, observability: Observability, event: Callable[[str], Any]
) -> None:
    handler = make_handler(settings, bedrock, observability)
    with pytest.raises(errors.UnknownEventException, match="WATCH_BUS"):
        invoke(handler, event("bedrock-state-change"))


def test_the_timeline_is_read_by_the_function_that_only_reads(
    watching: Handler, watch_settings: Settings, event: Callable[[str], Any]
) -> None:
    invoke(watching, event("bedrock-state-change"))
    timelines = StoredTimelines(replace(watch_settings, watch_bus=None))
    found = timelines.of(ARN)
    assert found is not None
    assert found["job"]["status"] == "Failed"
    assert found["stuck"] == []
    assert [(each["kind"], each["told"]) for each in found["transitions"]] == [
        ("Seen", True),
        ("Failed", True),
    ]
    assert timelines.of("arn:unknown") is None


def test_the_listing_function_imports_nothing_of_the_watch() -> None:
    code = (
        "import sys, customization_jobs.handler\n"
        "print([name for name in sys.modules if name.startswith('customization_jobs.watch')])"
    )
    environment = {**os.environ, "AWS_REGION": "us-east-1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
