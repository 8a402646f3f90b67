import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs.entrypoints.schedule import ScheduleEntryPoint
from customization_jobs.errors import InternalServerException, ValidationException
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.sweep import SweepReport
from tests.fakes import NOW, FakeBedrock, FakeContext, job, text

HOUR = timedelta(hours=1)
Lines = list[dict[str, Any]]


@pytest.fixture
def source() -> FakeBedrock:
    return FakeBedrock(
        [
            job(1, status="InProgress", created=NOW - 2 * HOUR, customizationType="FINE_TUNING"),
            job(2, status="InProgress", created=NOW - 30 * HOUR, customizationType="DISTILLATION"),
            job(3, status="Failed", created=NOW - 40 * HOUR, endTime=text(NOW - HOUR)),
            job(4, status="Failed", created=NOW - 90 * HOUR, endTime=text(NOW - 80 * HOUR)),
            job(5, status="Completed", created=NOW - 9 * HOUR, endTime=text(NOW - HOUR)),
        ]
    )


@pytest.fixture
def entry_point(
    source: FakeBedrock, contract: QueryContract, observability: Observability
) -> ScheduleEntryPoint:
    sweep = SweepReport(
        source,
        contract,
        observability,
        region="us-east-1",
        limit_of=lambda _: 24 * 3600,
        now=lambda: NOW,
    )
    return ScheduleEntryPoint(sweep, contract, call_seconds=24)


@pytest.fixture
def tick(
    entry_point: ScheduleEntryPoint, event: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[dict[str, Any], Lines, Lines]]:
    """Send a tick; return its answer, the metric lines and the log lines that it left."""

    def send(
        name: str = "scheduler-with-input", seconds: float = 60, **change: Any
    ) -> tuple[dict[str, Any], Lines, Lines]:
        answer = entry_point.answer(
            {**event(name), **change}, cast("Any", FakeContext(timedelta(seconds=seconds)))
        )
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return answer, [x for x in lines if "_aws" in x], [x for x in lines if "_aws" not in x]

    return send


Tick = Callable[..., tuple[dict[str, Any], Lines, Lines]]


def figures(metrics: Lines) -> dict[tuple[str, ...], float]:
    """Read metric lines as CloudWatch does: dimensions and name to value."""
    read = {}
    for line in metrics:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "BedrockCustomizationJobs"
        (dimensions,) = directive["Dimensions"]
        assert {"Region", "Sweep", "service"} <= set(dimensions)
        extra = tuple(line[name] for name in dimensions if name in ("Status", "CustomizationType"))
        for metric in directive["Metrics"]:
            (read[(*extra, metric["Name"])],) = line[metric["Name"]]
    return read


def test_a_tick_leaves_metrics(tick: Tick) -> None:
    answer, metrics, _ = tick()
    assert answer == {"sweep": "all-jobs", "complete": True, "jobs": 5, "pages": 1}
    found = figures(metrics)
    assert found.pop(("ListingTime",)) >= 0
    assert found == {
        ("SweepsCompleted",): 1,
        ("SweepsIncomplete",): 0,
        ("PagesRead",): 1,
        ("OldestInProgressAge",): 30 * 3600,
        ("FailedLast24Hours",): 1,
        ("CompletedLast24Hours",): 1,
        ("InProgress", "Jobs"): 2,
        ("Completed", "Jobs"): 1,
        ("Failed", "Jobs"): 2,
        ("Stopping", "Jobs"): 0,
        ("Stopped", "Jobs"): 0,
        ("FINE_TUNING", "Jobs"): 1,
        ("CONTINUED_PRE_TRAINING", "Jobs"): 0,
        ("DISTILLATION", "Jobs"): 1,
        ("REINFORCEMENT_FINE_TUNING", "Jobs"): 0,
        ("IMPORTED", "Jobs"): 0,
        ("NotReported", "Jobs"): 3,
    }
    units = {
        metric["Name"]: metric["Unit"]
        for line in metrics
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }
    assert units["OldestInProgressAge"] == "Seconds"
    assert units["ListingTime"] == "Milliseconds"
    assert units["Jobs"] == "Count"


def test_a_tick_leaves_a_line_for_each_finding(tick: Tick, source: FakeBedrock) -> None:
    _, _, logged = tick()
    findings = [(line["message"], line["jobArn"], line["age_seconds"]) for line in logged]
    assert sorted(findings) == [
        ("job failed", source.jobs[2]["jobArn"], 40 * 3600),
        ("job in progress longer than its limit", source.jobs[1]["jobArn"], 30 * 3600),
    ]
    (late,) = [line for line in logged if line["message"] != "job failed"]
    assert late["limit_seconds"] == 24 * 3600
    assert (late["jobName"], late["status"], late["level"]) == (
        "support-tone-2",
        "InProgress",
        "WARNING",
    )


@pytest.mark.parametrize("name", ["scheduler-without-input", "scheduled-rule"])
def test_a_schedule_without_an_input_sweeps_everything(tick: Tick, name: str) -> None:
    answer, metrics, _ = tick(name)
    assert (answer["sweep"], answer["jobs"]) == ("all-jobs", 5)
    assert figures(metrics)["SweepsCompleted",] == 1


def test_the_query_selects_and_the_sweep_names_the_metrics(tick: Tick) -> None:
    answer, metrics, _ = tick(sweep="failed", query={"statusEquals": "Failed"})
    assert (answer["sweep"], answer["jobs"]) == ("failed", 2)
    assert {line["Sweep"] for line in metrics} == {"failed"}


def test_an_input_can_stand_in_an_events_detail(tick: Tick) -> None:
    answer, _, _ = tick(
        "scheduler-without-input", detail='{"sweep": "failed", "query": {"statusEquals": "Failed"}}'
    )
    assert answer["jobs"] == 2


def test_all_pages_are_read_each_as_large_as_memory_allows(tick: Tick, source: FakeBedrock) -> None:
    source.jobs = [job(n, created=NOW - timedelta(minutes=n)) for n in range(2500)]
    answer, _, _ = tick()
    assert answer["jobs"] == 2500
    assert {call["maxResults"] for call in source.calls} == {600}


def test_max_results_is_the_size_of_a_page(tick: Tick, source: FakeBedrock) -> None:
    answer, _, _ = tick(query={"maxResults": 2, "sortOrder": "Descending"})
    assert answer["jobs"] == 5
    assert {call["maxResults"] for call in source.calls} == {2}


def test_a_sweep_that_the_deadline_cut_is_marked_and_claims_nothing(tick: Tick) -> None:
    answer, metrics, logged = tick(seconds=20, query={"maxResults": 2})
    assert answer == {"sweep": "all-jobs", "complete": False, "jobs": 2, "pages": 1}
    found = figures(metrics)
    assert found.pop(("ListingTime",)) >= 0
    assert found == {("SweepsCompleted",): 0, ("SweepsIncomplete",): 1, ("PagesRead",): 1}
    assert "not published" in logged[-1]["message"]


def test_a_deadline_at_the_last_page_cuts_nothing(tick: Tick) -> None:
    answer, _, _ = tick(seconds=20)
    assert answer["complete"] is True


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"sweep": "a b"}, ["sweep"]),
        ({"sweep": ""}, ["sweep"]),
        ({"sweep": 5}, ["sweep"]),
        ({"query": {"statusEquals": "Failed"}}, ["sweep"]),
        ({"query": {"nextToken": "t"}}, ["sweep"]),
        ({"query": []}, ["query"]),
        ({"querry": {}}, ["querry"]),
        (
            {"query": {"statusEqual": 1, "maxResults": 0}, "sweep": None},
            ["sweep", "statusEqual", "maxResults"],
        ),
    ],
)
def test_a_bad_input_raises_and_names_everything(
    tick: Tick, change: dict[str, Any], named: list[str]
) -> None:
    with pytest.raises(ValidationException) as refused:
        tick(**change)
    assert [problem.parameter for problem in refused.value.problems] == named


@pytest.mark.parametrize("detail", ["not json", "[]", [1], 5])
def test_a_detail_that_is_no_object_is_refused(tick: Tick, detail: Any) -> None:
    with pytest.raises(ValidationException, match="detail"):
        tick("scheduler-without-input", detail=detail)


def test_a_failure_raises_and_leaves_no_metrics(
    tick: Tick, source: FakeBedrock, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: FakeBedrock) -> None:
        raise InternalServerException("broken")

    source.before_page = fail
    with pytest.raises(InternalServerException):
        tick()
    assert "_aws" not in capsys.readouterr().out
