"""What the board shows beside Bedrock's summaries: owners, and why jobs failed."""

from typing import Any

import pytest

from customization_jobs.reports.board import Board
from customization_jobs.reports.facts import JobFacts
from tests.fakes import NOW, job
from tests.html_page import Page

JOB = job(1)
FAILED = job(1, status="Failed")
ARN = JOB["jobArn"]
HOSTILE = ["<script>alert(1)</script>", '" onclick="x', "</details><b>", "a" * 256]


def page(facts: JobFacts, *jobs: object) -> Page:
    board = Board(NOW, lambda _: 60.0, "light", facts=facts)
    return Page(board.render_jobs(list(jobs), filters={}, more=False))  # type: ignore[arg-type]


def test_each_job_is_shown_with_its_owner() -> None:
    shown = page(JobFacts("cost-center", {ARN: {"owner": "search"}}), JOB, job(2), {"jobArn": 7})
    assert shown.all("th")[-1].text == "Cost-center"
    assert [row[-1] for row in shown.rows(7)] == ["search", "\N{EN DASH}", "\N{EN DASH}"]


@pytest.mark.parametrize("owner", HOSTILE)
def test_owners_are_escaped_and_cut(owner: str) -> None:
    shown = page(JobFacts('<b title="', {ARN: {"owner": owner}}), JOB)
    assert not shown.all("script")
    cell = shown.all("td")[-1]
    assert cell.text == (owner if len(owner) <= 40 else "a" * 40 + "...")
    assert {"title": owner} in [each.attributes for each in shown.all("bdi")]


def test_an_empty_board_spans_the_column_of_owners() -> None:
    (none,) = page(JobFacts("team", {})).all("td", "none")
    assert none.attributes["colspan"] == "7"


def test_a_failed_job_shows_its_category_which_unfolds_to_the_message() -> None:
    failure = {"category": "data-format", "message": "Unable to parse train.jsonl"}
    shown = page(JobFacts(None, {ARN: {"failure": failure}}), FAILED, job(2, status="Failed"))
    (details,) = shown.all("details")
    assert details.text == "data formatUnable to parse train.jsonl"
    assert [each.text for each in shown.all("summary")] == ["data format"]


def test_a_failure_without_a_message_shows_the_category_alone() -> None:
    shown = page(JobFacts(None, {ARN: {"failure": {"category": "unknown", "message": None}}}), FAILED)
    assert not shown.all("details")
    assert "unknown" in [each.text for each in shown.all("div", "small")]


@pytest.mark.parametrize("failure", [None, "text", 7, {}, {"category": 7, "message": 7}])
def test_a_malformed_failure_harms_no_board(failure: Any) -> None:
    assert page(JobFacts(None, {ARN: {"failure": failure}}), FAILED).all("td")


@pytest.mark.parametrize("message", [*HOSTILE, "m" * 5000])
def test_messages_are_escaped_and_cut(message: str) -> None:
    failure = {"category": message[:64], "message": message}
    shown = page(JobFacts(None, {ARN: {"failure": failure}}), FAILED)
    assert not shown.all("script")
    (details,) = shown.all("details")
    assert details.text.endswith(message[:1000][-50:])


def test_only_failed_jobs_show_a_failure() -> None:
    assert not page(JobFacts(None, {ARN: {"failure": {"category": "size", "message": "m"}}}), JOB).all(
        "details"
    )
