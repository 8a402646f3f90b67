"""The views, on files with duplicates, incomplete snapshots and retried parts."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from customization_jobs.export.columns import COLUMNS, JOBS, SNAPSHOTS, TRANSITIONS
from infra.export_sql.statements import VIEWS, View
from tests.infra.export.exported_files import Export, arn, job, transition
from tools.export_queries import connect, duckdb_type

KEY = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/"


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path)


def rows(export: Export, sql: str) -> list[tuple[Any, ...]]:
    with connect(export.folder) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_has_the_columns_that_the_catalog_states(tmp_path: Path, view: View) -> None:
    with connect(tmp_path) as connection:
        described = connection.execute(f"DESCRIBE {view.name}").fetchall()
        types = {
            kind: connection.execute(f"SELECT typeof(NULL::{duckdb_type(kind)})").fetchall()[0][0]
            for kind in view.columns.values()
        }
    assert [(name, kind) for name, kind, *_ in described] == [
        (name, types[kind]) for name, kind in view.columns.items()
    ]


def test_a_transition_that_was_written_several_times_is_one_row(export: Export) -> None:
    failed = transition("a", "Failed", job("1"))
    export.transitions(failed, failed, transition("b", "Stuck", job("1")))
    # Delivered again, in another batch; and published again with another time, after a restored table.
    export.transitions({**failed, "published_at": "2026-03-02T12:05:00Z"})
    export.transitions({**failed, "at": "2026-03-03T00:00:00Z", "published_at": "2026-03-03T00:00:01Z"})
    assert rows(export, "SELECT id, published_at, date FROM transitions ORDER BY id") == [
        ("a", "2026-03-02T12:00:01Z", "2026-03-02"),
        ("b", "2026-03-02T12:00:01Z", "2026-03-02"),
    ]


def test_a_job_has_the_same_key_in_whichever_form_its_arn_comes(export: Export) -> None:
    export.transitions(
        transition("a", "Stopping", job("1", job_arn=arn("1", model=""))),
        transition("b", "Stopped", job("1")),
    )
    assert rows(export, "SELECT DISTINCT job_key FROM transitions") == [(f"{KEY}1",)]


def test_an_incomplete_snapshot_is_left_out(export: Export) -> None:
    export.snapshot("2026-03-02T00:10:00Z", [job("1")])
    export.snapshot("2026-03-03T00:10:00Z", [job("1", status="Failed")], complete=False)
    for view in ("job_snapshots", "current_jobs"):
        sql = f"SELECT job_name, status, date FROM {view}"  # noqa: S608 - a name of the line above
        assert rows(export, sql) == [("job-1", "InProgress", "2026-03-02")]


def test_the_last_complete_snapshot_of_a_day_counts(export: Export) -> None:
    for hour, status, complete in ((0, "InProgress", True), (6, "Stopping", True), (12, "Stopped", False)):
        export.snapshot(f"2026-03-02T{hour:02}:10:00Z", [job("1", status=status)], complete=complete)
    assert rows(export, "SELECT status, snapshot_at FROM job_snapshots") == [
        ("Stopping", "2026-03-02T06:10:00Z")
    ]


def test_a_job_that_a_retried_part_repeats_is_one_row_in_its_latest_state(export: Export) -> None:
    first = job("1", transitions=2, last_modified_time="2026-03-01T10:00:00Z")
    retried = job("1", transitions=3, last_modified_time="2026-03-01T10:00:00Z", status="Failed")
    export.snapshot(
        "2026-03-02T00:10:00Z", [retried, job("2")], [first, job("2", job_arn=arn("2", model=""))]
    )
    # The retry also wrote that the snapshot is complete.
    export.write(SNAPSHOTS, "2026-03-02", [{"snapshot_at": "2026-03-02T00:10:00Z", "jobs": 4}])
    assert rows(export, "SELECT job_name, status FROM job_snapshots ORDER BY 1") == [
        ("job-1", "Failed"),
        ("job-2", "InProgress"),
    ]


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_states_with_as_many_transitions_the_last_modified_one_counts(
    export: Export, *, newest_first: bool
) -> None:
    states = [
        job("1", status=status, last_modified_time=f"2026-03-01T{hour}:00:00Z")
        for status, hour in (("Stopping", 11), ("InProgress", 10))
    ]
    export.snapshot("2026-03-02T00:10:00Z", states if newest_first else states[::-1])
    assert rows(export, "SELECT status FROM job_snapshots") == [("Stopping",)]


def test_a_job_that_is_deleted_between_two_snapshots_is_only_in_the_first(export: Export) -> None:
    export.snapshot("2026-03-02T00:10:00Z", [job("1"), job("2")])
    export.snapshot("2026-03-03T00:10:00Z", [job("2")])
    days = "SELECT date, count(*) FROM job_snapshots GROUP BY 1 ORDER BY 1"
    assert rows(export, days) == [("2026-03-02", 2), ("2026-03-03", 1)]
    assert rows(export, "SELECT job_name FROM current_jobs") == [("job-2",)]


def test_an_ended_job_stays_known_by_its_transition_after_the_table_has_dropped_it(export: Export) -> None:
    ended = job("1", status="Completed", end_time="2026-03-02T11:59:00Z")
    export.transitions(transition("a", "Completed", ended))
    export.snapshot("2026-03-02T00:10:00Z", [job("1")])
    export.snapshot("2026-03-03T00:10:00Z", [])
    assert rows(export, "SELECT job_key, status, ended_at FROM ended_jobs") == [
        (f"{KEY}1", "Completed", "2026-03-02T11:59:00Z")
    ]


def test_an_ended_job_is_known_by_a_snapshot_without_any_transition(export: Export) -> None:
    ended = job("1", status="Stopped", last_modified_time="2026-02-01T00:00:00Z")
    export.snapshot("2026-03-03T00:10:00Z", [ended, job("2"), job("3", status="Stopping")])
    assert rows(export, "SELECT job_name, status, ended_at FROM ended_jobs") == [
        ("job-1", "Stopped", "2026-02-01T00:00:00Z")
    ]


def test_an_ended_job_without_a_transition_is_known_only_while_the_table_has_it(export: Export) -> None:
    # Reading every snapshot for such jobs would multiply the cost of most queries.
    export.snapshot("2026-03-02T00:10:00Z", [job("1", status="Failed")])
    export.snapshot("2026-03-03T00:10:00Z", [job("2")])
    assert rows(export, "SELECT job_name FROM ended_jobs") == []


def test_the_reason_for_a_failure_that_is_explained_later_replaces_the_unknown_one(export: Export) -> None:
    failed = job("1", job_arn=arn("1", model=""), status="Failed")
    explained = job("1", status="Failed", failure_category="data-format")
    export.transitions(
        transition("b", "FailureExplained", explained, sequence=3),
        # In the same second, but with a lower sequence number.
        transition("a", "Failed", failed, sequence=2),
        # A phase that a sweep found after the end has no failure.
        transition("c", "PhaseChanged", job("1", status="Failed"), sequence=4),
    )
    only = "SELECT failure_category FROM ended_jobs"
    assert rows(export, only) == [("data-format",)]
    # An older snapshot does not replace it, a newer one does.
    export.snapshot("2026-03-02T00:10:00Z", [failed])
    assert rows(export, only) == [("data-format",)]
    export.snapshot("2026-03-03T00:10:00Z", [job("1", status="Failed", failure_category="quota")])
    assert rows(export, only) == [("quota",)]


def test_every_column_is_read_as_its_type(export: Export) -> None:
    values = {
        "string": "text",
        "int": 7,
        "boolean": False,
        "map<string,string>": {"Team": "search", "CostCenter": "7"},
        "array<string>": ["job", "validation"],
    }
    for kind in (TRANSITIONS, JOBS):
        row = {name: values[column_type] for name, column_type in COLUMNS[kind].items()}
        export.write(kind, "2026-03-02", [row, dict.fromkeys(row)])
        names = ", ".join(f'"{name}"' for name in row)
        sql = f"SELECT {names} FROM raw_{kind}"  # noqa: S608 - names of the project's own columns
        assert rows(export, sql) == [tuple(row.values()), (None,) * len(row)]


def test_a_file_of_another_type_is_refused(export: Export) -> None:
    export.write(SNAPSHOTS, "2026-03-02", [{"snapshot_at": "2026-03-02T00:10:00Z", "jobs": "many"}])
    with pytest.raises(duckdb.Error, match="many"):
        connect(export.folder)


def test_only_files_of_the_layout_are_read(export: Export) -> None:
    export.snapshot("2026-03-02T00:10:00Z", [job("1")])
    results = export.folder / "query-results"
    results.mkdir()
    (results / "1.csv").write_text("no JSON")
    assert rows(export, "SELECT count(*) FROM raw_jobs") == [(1,)]
