"""The board's column of owners."""

import pytest

from customization_jobs.reports.board import Board
from customization_jobs.reports.owners import Owners
from tests.fakes import NOW, job
from tests.html_page import Page

JOB = job(1)


def page(owners: Owners, *jobs: object) -> Page:
    board = Board(NOW, lambda _: 60.0, "light", owners=owners)
    return Page(board.render_jobs(list(jobs), filters={}, more=False))  # type: ignore[arg-type]


def test_each_job_is_shown_with_its_owner() -> None:
    shown = page(Owners("cost-center", {JOB["jobArn"]: "search"}), JOB, job(2), {"jobArn": 7})
    assert shown.all("th")[-1].text == "Cost-center"
    assert [row[-1] for row in shown.rows(7)] == ["search", "\N{EN DASH}", "\N{EN DASH}"]


@pytest.mark.parametrize("owner", ["<script>alert(1)</script>", '" onclick="x', "a" * 256])
def test_owners_are_escaped_and_cut(owner: str) -> None:
    shown = page(Owners('<b title="', {JOB["jobArn"]: owner}), JOB)
    assert not shown.all("script")
    cell = shown.all("td")[-1]
    assert cell.text == (owner if len(owner) <= 40 else "a" * 40 + "...")
    assert {"title": owner} in [each.attributes for each in shown.all("bdi")]


def test_an_empty_board_spans_the_column_of_owners() -> None:
    (none,) = page(Owners("team", {})).all("td", "none")
    assert none.attributes["colspan"] == "7"
