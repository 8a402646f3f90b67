from datetime import timedelta

import pytest

from customization_jobs.eta.expected_end import ExpectedEnd, Reason
from customization_jobs.reports.board import Board
from customization_jobs.reports.expected_end import in_words
from customization_jobs.reports.job_totals import JobTotals
from tests.fakes import NOW, job
from tests.html_page import Page
from tests.unit.reports.boards import HOUR

MINUTES = timedelta(minutes=1)
EXPECTED = ExpectedEnd(42, NOW + 130 * MINUTES, NOW + 210 * MINUTES, ("customizationType",))


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (EXPECTED, "ends 14:10-15:30 UTC (of 42 jobs)"),
        (ExpectedEnd(9, NOW - HOUR, NOW + HOUR), "ends 12:00-13:00 UTC (of 9 jobs)"),
        (ExpectedEnd(9, NOW, NOW + 24 * HOUR), "ends 12:00 - 2026-03-02 12:00 UTC (of 9 jobs)"),
        (ExpectedEnd(3, reason=Reason.TOO_FEW_JOBS), "too few jobs to say when it ends"),
        (
            ExpectedEnd(42, NOW - 2 * HOUR, NOW - HOUR, reason=Reason.LATE),
            "late since 11:00 UTC (of 42 jobs)",
        ),
        (
            ExpectedEnd(1, NOW - 30 * HOUR, NOW - 25 * HOUR, reason=Reason.LATE),
            "late since 2026-02-28 11:00 UTC (of 1 job)",
        ),
    ],
)
def test_an_expected_end_in_words(expected: ExpectedEnd, words: str) -> None:
    assert in_words(expected, NOW) == words


def test_the_board_shows_when_running_jobs_are_expected_to_end() -> None:
    jobs = [
        job(1, status="InProgress", created=NOW - HOUR),
        job(2, status="InProgress", created=NOW - 48 * HOUR),
    ]
    board = Board(NOW, lambda _: 86_400.0, "light", lambda each, _: EXPECTED if each == jobs[0] else None)
    rows = Page(board.render_jobs(jobs, filters={}, more=False)).rows()
    assert rows[0][3] == "1 h of 1 dends 14:10-15:30 UTC (of 42 jobs)"
    assert rows[1][3] == "2 d, 1 d over its limit of 1 d"


def test_the_overview_has_the_expected_end_of_each_job_that_it_lists() -> None:
    asked = []

    def expected_end_of(each: object, _: object) -> ExpectedEnd:
        asked.append(each)
        return EXPECTED

    totals = JobTotals(NOW, lambda _: 3600.0, (), (), expected_end_of)
    totals.add(job(n, status="InProgress", created=NOW - n * MINUTES) for n in range(200))
    answer = totals.to_json(complete=True)
    expected = {
        "earliest": "2026-03-01T14:10:00Z",
        "latest": "2026-03-01T15:30:00Z",
        "basedOn": 42,
        "similarBy": ["customizationType"],
    }
    assert answer["oldestInProgress"]["expectedEnd"] == expected
    assert [each["expectedEnd"] for each in answer["stuck"]["jobs"]] == [expected] * 20
    assert len(asked) == 21


def test_without_histories_the_overview_has_no_expected_end() -> None:
    totals = JobTotals(NOW, lambda _: 3600.0, (), ())
    totals.add([job(1, status="InProgress")])
    assert "expectedEnd" not in totals.to_json(complete=True)["oldestInProgress"]
