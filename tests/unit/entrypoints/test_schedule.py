import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs.entrypoints.schedule import ScheduleEntryPoint
from customization_jobs.errors import InternalServerException, ThrottlingException, ValidationException
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.sweep import SweepReport
from tests.fakes import NOW, FakeBedrock, FakeContext, job, text
from tests.unit.observers import PUBLISHED, FakeObserver

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
        observer=lambda _: FakeObserver(),
    )
    return ScheduleEntryPoint(sweep, contract, call_seconds=24)


@pytest.fixture
def tick(
    entry_point: ScheduleEntryPoint, event: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[dict[str, Any], Lines, Lines]]:
    """Send a tick; return its answer, and the metric lines and log lines that it wrote."""

    def send(
        name: str = "scheduler-with-input", seconds: float = 60, **change: Any
    ) -> tuple[dict[str, Any], Lines, Lines]:
        answer = entry_point.answer(
            {**event(name), **change}, cast("Any", FakeContext(timedelta(seconds=seconds)))
        )
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return (
            answer,
            [each for each in lines if "_aws" in each],
            [each for each in lines if "_aws" not in each],
        )

    return send


Tick = Callable[..., tuple[dict[str, Any], Lines, Lines]]


def metric_values(metrics: Lines) -> dict[tuple[str, ...], float]:
    """Read metric lines as CloudWatch does: return values by dimension and name."""
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


def test_a_tick_emits_metrics(tick: Tick) -> None:
    answer, metrics, _ = tick()
    assert answer == {"sweep": "all-jobs", "complete": True, "jobs": 5, "pages": 1, "watch": PUBLISHED}
    found = metric_values(metrics)
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


def test_a_tick_logs_each_finding(tick: Tick, source: FakeBedrock) -> None:
    _, _, logged = tick()
    findings = [(line["message"], line["jobArn"], line["age_seconds"]) for line in logged]
    assert sorted(findings) == [
        ("job failed", source.jobs[2]["jobArn"], 40 * 3600),
        ("job in progress longer than its limit", source.jobs[1]["jobArn"], 30 * 3600),
    ]
    (overdue,) = [line for line in logged if line["message"] != "job failed"]
    assert overdue["limit_seconds"] == 24 * 3600
    assert (overdue["jobName"], overdue["status"], overdue["level"]) == (
        "support-tone-2",
        "InProgress",
        "WARNING",
    )


@pytest.mark.parametrize("name", ["scheduler-without-input", "scheduled-rule"])
def test_a_schedule_without_an_input_sweeps_all_jobs(tick: Tick, name: str) -> None:
    answer, metrics, _ = tick(name)
    assert (answer["sweep"], answer["jobs"]) == ("all-jobs", 5)
    assert metric_values(metrics)["SweepsCompleted",] == 1


def test_the_query_selects_jobs_and_the_sweep_is_a_dimension_of_the_metrics(tick: Tick) -> None:
    answer, metrics, _ = tick(sweep="failed", query={"statusEquals": "Failed"})
    assert (answer["sweep"], answer["jobs"]) == ("failed", 2)
    assert {line["Sweep"] for line in metrics} == {"failed"}


def test_the_input_can_be_the_detail_of_an_event(tick: Tick) -> None:
    answer, _, _ = tick(
        "scheduler-without-input", detail='{"sweep": "failed", "query": {"statusEquals": "Failed"}}'
    )
    assert answer["jobs"] == 2


def test_pages_have_700_jobs(tick: Tick, source: FakeBedrock) -> None:
    source.jobs = [job(n, created=NOW - timedelta(minutes=n)) for n in range(2500)]
    answer, _, _ = tick()
    assert answer["jobs"] == 2500
    assert {call["maxResults"] for call in source.calls} == {700, 1}


def test_max_results_sets_the_page_size(tick: Tick, source: FakeBedrock) -> None:
    answer, _, _ = tick(query={"maxResults": 2, "sortOrder": "Descending"})
    assert answer["jobs"] == 5
    # A page of one job finds the oldest job.
    assert {call["maxResults"] for call in source.calls} == {2, 1}


def test_a_sweep_cut_by_its_deadline_is_incomplete_and_emits_no_counts(tick: Tick) -> None:
    answer, metrics, logged = tick(seconds=20, query={"maxResults": 2})
    assert (answer["complete"], answer["jobs"], answer["pages"]) == (False, 2, 1)
    found = metric_values(metrics)
    assert found.pop(("ListingTime",)) >= 0
    assert found == {("SweepsCompleted",): 0, ("SweepsIncomplete",): 1, ("PagesRead",): 1}
    assert "not published" in logged[-1]["message"]


def test_a_deadline_that_passes_with_the_last_page_cuts_nothing(tick: Tick) -> None:
    answer, _, _ = tick(seconds=20)
    assert answer["complete"] is True


@pytest.mark.parametrize(
    ("change", "names"),
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
def test_an_invalid_input_is_rejected_with_all_its_problems(
    tick: Tick, change: dict[str, Any], names: list[str]
) -> None:
    with pytest.raises(ValidationException) as raised:
        tick(**change)
    assert [problem.parameter for problem in raised.value.problems] == names


@pytest.mark.parametrize("detail", ["not json", "[]", [1], 5, "[" * 200_000, '{"query": ' * 200_000])
def test_a_detail_that_is_not_an_object_is_rejected(tick: Tick, detail: Any) -> None:
    with pytest.raises(ValidationException) as raised:
        tick("scheduler-without-input", detail=detail)
    assert str(raised.value) == (
        "detail: got something other than a JSON object, allowed: a JSON object, or nothing"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sweep": "a b"}, "sweep: got 'a b', allowed: 1 to 64 letters, digits and ._-"),
        ({"query": []}, "query: got [], allowed: an object with inputs of the list call"),
        (
            {"query": {"statusEquals": "Failed"}},
            "sweep: got 'all-jobs', allowed: another name, because the query leaves out jobs",
        ),
    ],
)
def test_each_problem_of_an_input_is_explained(tick: Tick, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        tick(**change)
    assert str(raised.value) == message


def test_many_unknown_names_are_rejected_quickly_and_briefly(tick: Tick) -> None:
    many = {f"{'x' * 100}{number}": 1 for number in range(400_000)}
    started = time.monotonic()
    for change in (many, {"query": many}):
        with pytest.raises(ValidationException) as raised:
            tick(**change)
        assert str(raised.value).endswith("; and 399980 more")
        assert len(str(raised.value)) < 10_000
    assert time.monotonic() - started < 5


def test_a_deeply_nested_value_is_described(tick: Tick) -> None:
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(ValidationException, match="sweep: got a deeply nested value"):
        tick(sweep=nested)


@pytest.mark.parametrize("detail", ["{}", "", {}, None])
def test_an_empty_detail_sweeps_all_jobs(tick: Tick, detail: Any) -> None:
    answer, _, _ = tick("scheduled-rule", detail=detail)
    assert (answer["sweep"], answer["jobs"]) == ("all-jobs", 5)


def test_a_failed_tick_raises_and_emits_no_metrics(
    tick: Tick, source: FakeBedrock, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: FakeBedrock) -> None:
        raise InternalServerException("broken")

    source.before_page = fail
    with pytest.raises(InternalServerException):
        tick()
    assert "_aws" not in capsys.readouterr().out


def test_a_sweep_with_filters_counts_the_matching_jobs_and_needs_its_own_name(
    tick: Tick, source: FakeBedrock
) -> None:
    query = {"where.status": ["Failed", "Completed"], "where.endedAfter": "2026-03-01[UTC]"}
    answer, _, _ = tick(sweep="ended-today", query=query)
    assert answer["jobs"] == 2
    assert [call["statusEquals"] for call in source.calls] == ["Completed", "Failed"]
    with pytest.raises(ValidationException, match="all-jobs"):
        tick(query=query)


def test_a_sweep_waits_while_its_first_page_is_throttled(
    tick: Tick, source: FakeBedrock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without this, the test would really pause.
    monkeypatch.setattr("random.uniform", lambda *_: 0.0)

    def throttle(_: FakeBedrock) -> None:
        if len(source.calls) <= 20:
            raise ThrottlingException("slow down")

    source.before_page = throttle
    answer, _, _ = tick()
    assert (answer["complete"], answer["jobs"], len(source.calls)) == (True, 5, 21)
