"""The saved queries: Athena's grammar, and the result of each on files whose correct results are known."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import expressions

from customization_jobs.watch.transition import PUBLISHED_BY_BEDROCK
from infra.export_sql.statements import RAW_TABLES, VIEWS, SavedQuery, View, saved_queries
from tests.infra.export.exported_files import Export, job, transition
from tools.export_queries import Result, run_saved_queries

QUERIES = saved_queries()
DAY_1, DAY_2 = "2026-03-02T00:10:00Z", "2026-03-03T00:10:00Z"
NOVA, TITAN = {"base_model": "nova-lite"}, {"base_model": "titan-text"}


def ended(job_id: str, status: str, hours: float, **known: Any) -> dict[str, Any]:
    """Return a job that was created at midnight of 2026-03-01 and ended some hours later."""
    day, hour = divmod(hours, 24)
    time = f"2026-03-{1 + int(day):02}T{int(hour):02}:{round(hour % 1 * 60):02}:00Z"
    return job(job_id, status=status, end_time=time, customization_type="FINE_TUNING", **known)


def failure(category: str | None, *, helps: bool | None, message: str) -> dict[str, Any]:
    return {"failure_category": category, "failure_retry_helps": helps, "failure_message": message}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files of two days, of which the export wrote several twice."""
    export = Export(tmp_path_factory.mktemp("export"))
    search, ads = {"owner": "search"}, {"owner": "ads"}
    completed = ended("1", "Completed", 2, **NOVA, **search)
    format_ = ended("2", "Failed", 1, **NOVA, **search, **failure("data-format", helps=False, message="old"))
    stopped = ended("3", "Stopped", 3.5, **NOVA)
    unknown = ended("4", "Failed", 5, **TITAN, **ads, **failure(None, helps=None, message="x"))
    # On Monday of the next week: 2026-03-01 is a Sunday.
    monday = ended("5", "Completed", 26, **NOVA, **ads)
    again = ended("6", "Failed", 27, **NOVA, **ads, **failure("data-format", helps=False, message="new"))
    no_end = {**ended("7", "Completed", 0), "end_time": None, "last_modified_time": "2026-03-01T06:00:00Z"}
    old = job("8", creation_time="2026-02-27T00:10:00Z", **NOVA, **search)
    hung = job("9", status="Stopping", creation_time="2026-03-01T00:10:00Z", **ads)
    gone = job("10", creation_time="2026-02-20T00:00:00Z")
    export.snapshot(
        DAY_1, [completed, format_, stopped], [unknown, no_end, {**gone, "stuck": ["job"]}], [old]
    )
    export.snapshot(
        DAY_2,
        [completed, format_, stopped, unknown, no_end, {**gone, "stuck": ["job"]}],
        [{**old, "stuck": ["job", "validation"]}, {**hung, "stuck": []}, {**again, "stuck": None}],
        # One part of this snapshot was written twice.
        [{**old, "stuck": ["job", "validation"]}, {**hung, "stuck": []}],
    )
    # This snapshot never became complete, so its rows must not be counted.
    export.snapshot("2026-03-04T00:10:00Z", [ended("99", "Failed", 1)], complete=False)
    batch = [
        transition("a", "Completed", completed, at="2026-03-01T02:00:00Z", found_by="sweep"),
        transition("b", "Failed", format_, at="2026-03-01T01:00:00Z"),
        # The table has dropped this job already.
        transition("e", "Completed", monday, at="2026-03-02T02:00:00Z"),
        transition("f", "Failed", again, at="2026-03-02T03:00:00Z", found_by="sweep"),
        transition("g", "Stopping", hung, at="2026-03-02T03:00:00Z", found_by="sweep"),
        transition("h", "Failed", {**unknown}, at="2026-03-02T03:00:00Z"),
        transition("i", "PhaseChanged", old, at="2026-03-02T03:00:00Z", found_by="sweep"),
        # Newer than the last snapshot, in which the job is still in progress.
        transition(
            "j",
            "Stopped",
            {**gone, "status": "Stopped", "end_time": "2026-03-03T08:00:00Z", "customization_type": None},
            at="2026-03-03T08:00:00Z",
            published_at="2026-03-03T08:00:02Z",
        ),
    ]
    export.transitions(*batch)
    export.transitions(*batch[2:5], batch[0])
    return export.folder


@pytest.fixture(scope="module")
def results(folder: Path) -> dict[str, Result]:
    return {result.title: result for result in run_saved_queries(folder)}


EXPECTED: dict[str, tuple[Sequence[str], Sequence[tuple[Any, ...]]]] = {
    "Success rate by base model by week": (
        ("week", "base_model", "completed", "failed", "stopped", "success_percent"),
        [
            (date(2026, 3, 2), "nova-lite", 1, 1, 0, 50.0),
            (date(2026, 3, 2), "unknown", 0, 0, 1, None),
            (date(2026, 2, 23), "nova-lite", 1, 1, 1, 50.0),
            (date(2026, 2, 23), "titan-text", 0, 1, 0, 0.0),
            (date(2026, 2, 23), "unknown", 1, 0, 0, 100.0),
        ],
    ),
    "Failures by category": (
        ("category", "retry_helps", "failures", "percent", "last_failure", "last_job", "last_message"),
        [
            ("data-format", False, 2, 66.7, "2026-03-02T03:00:00Z", "job-6", "new"),
            ("unknown", None, 1, 33.3, "2026-03-01T05:00:00Z", "job-4", "x"),
        ],
    ),
    "Durations by customization type": (
        ("customization_type", "completed", "median_hours", "p90_hours", "p99_hours", "longest_hours"),
        # 2, 6 and 26 hours.
        [("FINE_TUNING", 3, 6.0, 26.0, 26.0, 26.0)],
    ),
    "Oldest jobs in progress": (
        (
            *("job_name", "owner", "account", "region", "base_model", "customization_type", "status"),
            *("creation_time", "age_hours", "snapshot_at"),
        ),
        [
            (
                *("job-8", "search", "111122223333", "us-east-1", "nova-lite", None, "InProgress"),
                *("2026-02-27T00:10:00Z", 96.0, DAY_2),
            ),
            (
                *("job-9", "ads", "111122223333", "us-east-1", None, None, "Stopping"),
                *("2026-03-01T00:10:00Z", 48.0, DAY_2),
            ),
        ],
    ),
    "Stuck jobs": (
        (
            *("job_name", "owner", "account", "region", "base_model", "status", "stuck"),
            *("creation_time", "age_hours", "snapshot_at"),
        ),
        [
            (
                *("job-8", "search", "111122223333", "us-east-1", "nova-lite", "InProgress"),
                *("job, validation", "2026-02-27T00:10:00Z", 96.0, DAY_2),
            )
        ],
    ),
    "Time from creation to end by owner": (
        (
            *("owner", "jobs", "completed", "failed", "stopped"),
            *("median_hours", "longest_hours", "total_hours"),
        ),
        [
            # From 2026-02-20T00:00 to 2026-03-03T08:00 are 272 hours.
            ("unknown", 3, 1, 0, 2, 6.0, 272.0, 281.5),
            ("ads", 3, 1, 2, 0, 26.0, 27.0, 58.0),
            ("search", 2, 1, 1, 0, 1.5, 2.0, 3.0),
        ],
    ),
    "Transitions that Bedrock's events missed, by week": (
        ("week", "transition", "transitions", "missed", "missed_percent"),
        [
            (date(2026, 3, 2), "Completed", 1, 0, 0.0),
            (date(2026, 3, 2), "Failed", 2, 1, 50.0),
            (date(2026, 3, 2), "Stopped", 1, 0, 0.0),
            (date(2026, 3, 2), "Stopping", 1, 1, 100.0),
            (date(2026, 2, 23), "Completed", 1, 1, 100.0),
            (date(2026, 2, 23), "Failed", 1, 0, 0.0),
        ],
    ),
    "Jobs by status on each day": (
        (
            *("date", "jobs", "in_progress", "stopping", "completed", "failed", "stopped"),
            "stuck",
        ),
        [("2026-03-03", 9, 2, 1, 2, 3, 1, 2), ("2026-03-02", 7, 2, 0, 2, 2, 1, 1)],
    ),
}


def test_every_saved_query_has_an_expected_result() -> None:
    assert [query.title for query in QUERIES] == sorted(EXPECTED)


@pytest.mark.parametrize("title", EXPECTED)
def test_a_saved_query_returns_the_truth(results: dict[str, Result], title: str) -> None:
    columns, rows = EXPECTED[title]
    assert results[title].columns == list(columns)
    assert results[title].rows == list(rows)


def test_without_any_file_every_query_returns_no_rows(tmp_path: Path) -> None:
    for result in run_saved_queries(tmp_path / "missing"):
        assert list(result.rows) == []
        assert result.columns == list(EXPECTED[result.title][0])


def test_a_missing_kind_is_empty(tmp_path: Path) -> None:
    export = Export(tmp_path)
    export.transitions(transition("a", "Failed", ended("1", "Failed", 1)))
    results = {result.title: result.rows for result in run_saved_queries(tmp_path)}
    assert len(results["Failures by category"]) == 1
    assert results["Jobs by status on each day"] == []


@pytest.mark.parametrize("dialect", ["athena", "trino"])
@pytest.mark.parametrize("statement", [*VIEWS, *QUERIES], ids=lambda each: getattr(each, "title", None))
def test_the_sql_is_in_the_grammar_and_reads_only_the_tables_and_views(
    statement: View | SavedQuery, dialect: str
) -> None:
    (parsed,) = sqlglot.parse(statement.sql, read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(parsed, expressions.Query)
    known = {*RAW_TABLES.values(), *(view.name for view in VIEWS)}
    tables = list(parsed.find_all(expressions.Table))
    assert tables
    # Without a database, so that the name of the stack does not matter.
    assert {each.sql(dialect=dialect).split(" ")[0] for each in tables} <= known
    # A function that SQLGlot does not know would not be translated.
    assert [each.name for each in parsed.find_all(expressions.Anonymous)] == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.title)
def test_a_saved_query_reads_only_views_and_says_what_it_answers(query: SavedQuery) -> None:
    assert not any(name in query.sql for name in RAW_TABLES.values())
    assert re.fullmatch(r"[A-Z][\w ',]+", query.title)
    assert query.description.endswith(".")
    assert "--" not in query.title + query.description


def test_the_query_of_missed_events_has_the_kinds_that_bedrock_publishes() -> None:
    (query,) = (each for each in QUERIES if "missed" in each.title)
    listed = re.search(r"transition IN \(([^)]+)\)", query.sql)
    assert listed
    assert set(re.findall(r"'(\w+)'", listed[1])) == {str(kind) for kind in PUBLISHED_BY_BEDROCK}
