import re
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes import NOW, job, text
from tests.html_page import Page
from tests.unit.reports.boards import DAY_SECONDS, HOUR, board
from tests.unit.reports.contrast import contrast


def row_of(**fields: Any) -> list[str]:
    page = Page(board().render_jobs([job(1, **fields)], filters={}, more=False))
    (row,) = page.rows()
    return row


def test_a_job_in_progress_is_shown_with_its_phase_and_age() -> None:
    row = row_of(
        status="InProgress",
        created=NOW - 6 * HOUR - timedelta(minutes=20),
        customizationType="CONTINUED_PRE_TRAINING",
        statusDetails={
            "validationDetails": {"status": "Completed"},
            "dataProcessingDetails": {"status": "InProgress"},
            "trainingDetails": {"status": "NotStarted"},
        },
    )
    assert row == [
        "\N{BLACK RIGHT-POINTING TRIANGLE}In progress",
        "support-tone-1created 2026-03-01 05:40 UTC",
        "Data processing",
        "6 h 20 min of 1 d",
        "Continued pre-training",
        "amazon.nova-lite-v1:0:300k",
    ]


def test_a_stuck_job_is_marked() -> None:
    page = Page(
        board().render_jobs([job(status="InProgress", created=NOW - 27 * HOUR)], filters={}, more=False)
    )
    (row,) = page.rows()
    assert row[0].endswith("!Stuck")
    assert row[3] == "1 d 3 h, 3 h over its limit of 1 d"
    assert page.all("tr", "stuck")
    assert page.all("svg", "over")
    assert page.all("span", "chip")[0].text == "!1 Stuck"


@pytest.mark.parametrize(
    ("hours", "status", "bar", "width"),
    [
        (12, "InProgress", "fine", "50.0%"),
        (20, "InProgress", "near", "83.3%"),
        (24, "InProgress", "near", "100.0%"),
        (48, "InProgress", "over", "100.0%"),
        (48, "Stopping", "near", "100.0%"),
        (0, "InProgress", "fine", "1.0%"),
        (-5, "InProgress", "fine", "1.0%"),
    ],
)
def test_the_bar_is_the_age_as_a_share_of_the_limit(hours: int, status: str, bar: str, width: str) -> None:
    page = Page(board().render_jobs([job(status=status, created=NOW - hours * HOUR)], filters={}, more=False))
    assert page.all("svg", bar)
    assert [each.attributes["width"] for each in page.all("rect")] == [width]


def test_each_job_has_its_own_limit() -> None:
    with_limits = board(limit_of=lambda each: 3600.0 if each["jobName"] == "support-tone-1" else DAY_SECONDS)
    page = Page(
        with_limits.render_jobs(
            [job(n, status="InProgress", created=NOW - 2 * HOUR) for n in (1, 2)], filters={}, more=False
        )
    )
    assert ["Stuck" in row[0] for row in page.rows()] == [True, False]


@pytest.mark.parametrize(
    ("status", "failed_in", "phase", "age"),
    [
        ("Completed", 3, "All phases", "took 3 h, ended 2 h ago"),
        ("Failed", 0, "Validation, failed", "took 3 h, ended 2 h ago"),
        ("Stopped", 2, "Training, stopped", "took 3 h, ended 2 h ago"),
    ],
)
def test_an_ended_job_is_shown_with_its_last_phase_and_duration(
    status: str, failed_in: int, phase: str, age: str
) -> None:
    names = ("validationDetails", "dataProcessingDetails", "trainingDetails")
    details = {
        name: {"status": "Completed" if n < failed_in else status if n == failed_in else "NotStarted"}
        for n, name in enumerate(names)
    }
    row = row_of(status=status, created=NOW - 5 * HOUR, endTime=text(NOW - 2 * HOUR), statusDetails=details)
    assert (row[2], row[3]) == (phase, age)


@pytest.mark.parametrize("fields", [{}, {"endTime": "soon"}, {"lastModifiedTime": None}, {"endTime": 5}])
def test_an_ended_job_without_a_known_end_has_no_duration(fields: dict[str, Any]) -> None:
    assert row_of(status="Failed", created=NOW - 5 * HOUR, **fields)[3] == "\N{EN DASH}"


def test_absent_values_are_dashes() -> None:
    page = Page(board().render_jobs([{}], filters={}, more=False))
    (row,) = page.rows()
    assert row == ["?\N{EN DASH}", "\N{EN DASH}created \N{EN DASH}", *["\N{EN DASH}"] * 4]


def test_unknown_values_are_shown_unchanged() -> None:
    row = row_of(status="Paused", customizationType="TELEPATHY_TUNING", creationTime="soon")
    assert row[0] == "?Paused"
    assert row[1].endswith("created soon")
    assert row[4] == "Telepathy tuning"


def test_a_custom_model_is_shown_with_its_foundation_model() -> None:
    arn = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
    assert row_of(baseModelArn=arn)[5] == "amazon.nova-lite-v1:0:300kthrough custom model abcdefghijkl"


def test_the_summary_counts_jobs_by_status_and_lists_the_filters() -> None:
    jobs = [job(n, status=status) for n, status in enumerate(["Completed", "Failed", "Completed", "Paused"])]
    page = Page(board().render_jobs(jobs, filters={"statusEquals": "x", "creationTimeAfter": NOW}, more=True))
    assert [chip.text for chip in page.all("span", "chip")] == [
        "\N{MULTIPLICATION X}1 Failed",
        "\N{CHECK MARK}2 Completed",
        "?1 Paused",
    ]
    (facts,) = page.all("span", "facts")
    assert facts.text == (
        "The newest 4 jobs, there are more \N{MIDDLE DOT} statusEquals x \N{MIDDLE DOT} "
        "creationTimeAfter 2026-03-01T12:00:00+00:00 \N{MIDDLE DOT} 12:00:00 UTC"
    )


def test_a_board_without_jobs_has_a_message() -> None:
    page = Page(board().render_jobs([], filters={}, more=False))
    (cell,) = page.all("td", "none")
    assert cell.text == "No job matches."


@pytest.mark.parametrize(
    ("theme", "css_class"), [("dark", "dark"), ("light", "light"), (None, "auto"), ("x", "auto")]
)
def test_the_board_has_the_theme_of_the_dashboard(theme: Any, css_class: str) -> None:
    assert css_class in Page(board(theme).render_jobs([], filters={}, more=False)).elements[0].classes


COVERAGE: dict[str, Any] = {
    "complete": True,
    "sources": 1,
    "byState": {"listed": 1},
    "oldestAsOf": text(NOW - HOUR),
    "gaps": [],
    "moreGaps": 0,
}


def test_a_fleet_that_is_covered_has_one_chip_and_no_list() -> None:
    page = Page(board().render_jobs([], filters={}, more=False, coverage=COVERAGE))
    (line,) = page.all("div", "coverage")
    assert line.text == "\N{CHECK MARK}1 of 1 source listedoldest listing: 1 h ago"
    assert page.tags["details"] == 0
    assert page.all("td", "none")[0].attributes["colspan"] == "8"


def test_accounts_that_were_discovered_have_an_age() -> None:
    coverage = {**COVERAGE, "accountsAsOf": text(NOW - 5 * HOUR)}
    page = Page(board().render_jobs([], filters={}, more=False, coverage=coverage))
    (line,) = page.all("div", "coverage")
    assert line.text.endswith("oldest listing: 1 h ago \N{MIDDLE DOT} accounts read: 5 h ago")


def test_more_gaps_than_are_listed_are_counted() -> None:
    gap = {"account": "1" * 12, "region": "us-east-1", "state": "late", "since": "2026-03-01T11:00:00Z"}
    coverage = {**COVERAGE, "complete": False, "oldestAsOf": None, "gaps": [gap], "moreGaps": 7}
    page = Page(board().render_jobs([], filters={}, more=False, coverage=coverage))
    assert page.all("summary")[0].text == "8 sources are not listed"
    assert page.all("li")[-1].text == "and 7 more"
    assert "oldest listing: none yet" in page.all("div", "coverage")[0].text


@pytest.mark.parametrize("coverage", [None, COVERAGE])
def test_the_style_loads_nothing_and_applies_only_to_the_board(coverage: Any) -> None:
    style = Page(board().render_jobs([], filters={}, more=False, coverage=coverage)).style
    assert "url(" not in style
    assert "@import" not in style
    without_comments = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    rules = re.sub(r"@media[^{]*\{|\}\s*\}", "}", without_comments)
    for selector in re.findall(r"(?:^|\})\s*([^{}]+)\{", rules):
        assert all(each.strip().startswith(".jobboard") for each in selector.split(",")), selector


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_the_contrast_that_wcag_requires(theme: str) -> None:
    style = Page(board().render_jobs([], filters={}, more=False)).style
    selector = r"\.jobboard \{" if theme == "light" else r"\.jobboard\.dark \{"
    found = re.search(selector + r"([^}]*)", style)
    assert found is not None
    colors = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", found[1]))
    page = {"light": "#ffffff", "dark": "#161d27"}[theme]
    pairs = [(colors[name], page) for name in ("text", "soft", "link")]
    pairs += [(colors["text"], colors["hover"]), (colors["soft"], colors["hover"])]
    pairs += [(colors[name], colors[f"{name}-bg"]) for name in ("run", "good", "bad", "warn", "mute")]
    for text_color, background in pairs:
        assert contrast(text_color, background) >= 4.5, (text_color, background)
