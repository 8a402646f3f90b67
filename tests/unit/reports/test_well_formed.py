"""Malformed summaries: each is logged and counted, and changes nothing for the others."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customization_jobs.limits import Limits
from customization_jobs.listing.malformed import malformed_fields
from customization_jobs.observability import Observability
from customization_jobs.reports.board import Board
from customization_jobs.reports.job_totals import JobTotals
from customization_jobs.reports.sweep_figures import SweepFigures
from customization_jobs.reports.well_formed import WellFormed, customization_type, end_time
from tests.fakes import NOW, Job, job, text
from tests.unit.conftest import Lines
from tests.unit.reports.mangled import mangled_summaries
from tests.unit.reports.totals import totals_json

LIMITS = Limits(3600, {"FINE_TUNING": 7200}, {"nova-lite": 5400})
HOUR = timedelta(hours=1)
JOBS = [
    job(1, status="InProgress", created=NOW - 2 * HOUR, customizationType="FINE_TUNING"),
    job(2, status="Failed", created=NOW - 9 * HOUR, endTime=text(NOW - HOUR)),
    job(3, created=NOW - 9 * HOUR, lastModifiedTime=text(NOW - 8 * HOUR)),
]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mangled=st.lists(mangled_summaries(JOBS), max_size=3), position=st.integers(0, 3))
def test_a_mangled_summary_changes_no_other_jobs_share_of_any_report(
    observability: Observability, mangled: list[Any], position: int
) -> None:
    page = [*JOBS[:position], *mangled, *JOBS[position:]]
    well_formed = WellFormed(observability.logger)
    selected = well_formed.select(page)
    assert [each for each in selected if each in JOBS] == JOBS
    assert well_formed.malformed == sum(bool(malformed_fields(each)) for each in mangled)

    totals = JobTotals(NOW, LIMITS.of_summary, ("Failed",), ("FINE_TUNING",))
    totals.add(selected)
    answer = totals.to_json(complete=True, malformed=well_formed.malformed)
    assert answer["jobs"] == len(selected) == sum(answer["byStatus"].values())
    assert answer.get("malformed", 0) == len(page) - len(selected)
    assert len(totals_json(answer)) < 200 * 1024

    figures = SweepFigures(NOW, LIMITS.of_summary, ("Failed",), ("FINE_TUNING",))
    findings = figures.add(selected)
    assert {each["jobName"] for each in JOBS[:2]} <= {finding.job["jobName"] for finding in findings}
    assert figures.by_status.total() == figures.by_type.total() == len(selected)
    assert all(len(name) <= 64 for name in (*figures.by_status, *figures.by_type))

    shown = [each if isinstance(each, dict) else {} for each in page]
    board = Board(NOW, LIMITS.of_summary, None).render_jobs(shown, filters={}, more=False)
    assert board.count("<tr ") == len(page)
    for each in JOBS:
        assert f"<bdi>{each['jobName']}</bdi>" in board
    assert "<script>" not in board


def test_malformed_summaries_are_logged_once_by_name(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    well_formed = WellFormed(observability.logger)
    malformed: Job = job(4, creationTime="nope")
    assert well_formed.select([JOBS[0], malformed, cast("Any", 5)]) == [JOBS[0]]
    assert well_formed.malformed == 2
    _, logged = lines()
    assert [(line["message"], line.get("jobName"), line["malformed_fields"]) for line in logged] == [
        ("Malformed job summary", "support-tone-4", ["creationTime"]),
        (
            "Malformed job summary",
            None,
            ["jobArn", "baseModelArn", "jobName", "status", "creationTime"],
        ),
    ]


@pytest.mark.parametrize("value", [None, "", 5, [], {}, True])
def test_a_malformed_type_counts_as_absent(value: Any) -> None:
    assert customization_type(job(customizationType=value)) == "NotReported"
    assert LIMITS.of_summary(job(customizationType=value, baseModelArn=value)) == 3600


@pytest.mark.parametrize("value", [None, "", "nope", 5, [], {}, "0001-01-01T00:00:00+14:00"])
def test_a_malformed_end_time_counts_as_absent(value: Any) -> None:
    changed = text(NOW - HOUR)
    assert end_time(job(endTime=value, lastModifiedTime=changed)) == NOW - HOUR
    assert end_time(job(endTime=value, lastModifiedTime=value)) == NOW
    assert end_time(job(endTime=text(NOW + HOUR), lastModifiedTime=changed)) == NOW + HOUR


def test_the_number_of_names_that_a_sweep_counts_is_limited() -> None:
    figures = SweepFigures(NOW, LIMITS.of_summary, ("Failed",), ())
    figures.add([job(number, status=f"New{number}") for number in range(100)])
    figures.add([job(1, status="Größe"), job(2, status="New1"), job(3, status="Failed")])
    assert len(figures.by_status) == 21
    assert figures.by_status["Other"] == 82
    assert (figures.by_status["New1"], figures.by_status["Failed"]) == (2, 1)
