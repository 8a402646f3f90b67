from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from customization_jobs.entrypoints.fleet_view import FleetView
from customization_jobs.entrypoints.views import Views
from customization_jobs.entrypoints.widget import WidgetEntryPoint
from customization_jobs.errors import CustomizationJobsError
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from tests.fakes import NOW, FakeBedrock, FakeContext
from tests.html_page import Page
from tests.unit.fleet.report_fleet import Fleet


@dataclass
class Recorded:
    """Records of which each failed job has an owner and a reason."""

    tag: str | None = "team"
    asked: list[str] = field(default_factory=list)

    def facts_of(self, job_arns: Iterable[str]) -> dict[str, dict[str, Any]]:
        self.asked = list(job_arns)
        return {arn: {"owner": "search", "failure": {"category": "data-format"}} for arn in self.asked}


@pytest.fixture
def fleet(contract: QueryContract) -> Fleet:
    return Fleet(contract)


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
def entry_point(
    fleet: Fleet, recorded: Recorded, contract: QueryContract, observability: Observability
) -> WidgetEntryPoint:
    widget = FleetView(fleet.reports())
    return WidgetEntryPoint(
        Views(
            FakeBedrock(before_page=lambda _: pytest.fail("Bedrock was called")),
            contract,
            observability,
            limit_of=lambda _: 3600.0,
            now=lambda: NOW,
            trends=lambda: cast("Any", None),
            recorded=recorded,
            fleet=lambda: widget,
        ),
        call_seconds=24,
    )


def show(entry_point: WidgetEntryPoint, **parameters: Any) -> Page:
    event = {**parameters, "widgetContext": {"theme": "dark"}}
    try:
        return Page(entry_point.answer(event, cast("Any", FakeContext())))
    except CustomizationJobsError as error:
        return Page(entry_point.answer_error(error, event))


def test_the_board_of_the_fleet_has_the_source_and_the_facts_of_each_job(
    entry_point: WidgetEntryPoint, recorded: Recorded
) -> None:
    page = show(entry_point, fleet=True, region="us-west-2")
    assert [each.text for each in page.all("th")][-3:] == ["Account", "Region", "Team"]
    rows = page.rows(9)
    assert [row[6:] for row in rows] == [
        [account, "us-west-2", "search"] for account in ("111122223333", "444455556666") for _ in range(3)
    ]
    assert len(recorded.asked) == 6
    assert "data format" in rows[1][2]
    assert page.stray == []


def test_the_board_says_which_sources_are_not_listed(entry_point: WidgetEntryPoint) -> None:
    page = show(entry_point, fleet=True)
    (line,) = page.all("div", "coverage")
    assert "3 of 6 sources listed" in line.text
    assert "1 denied" in line.text
    assert "2 late" in line.text
    assert "oldest listing: 3 h 4 min ago" in line.text
    assert "3 sources are not listed" in line.text
    denied, late, never = (each.text for each in page.all("li"))
    assert denied == (
        "444455556666 us-west-2 denied since 2026-03-01T12:00:00Z \N{MIDDLE DOT} "
        "last listed 2026-03-01T11:57:00Z \N{MIDDLE DOT} denied by serviceControlPolicy \N{MIDDLE DOT} "
        "An SCP denies <b>it</b>."
    )
    assert late.startswith("777788889999 us-east-1 late since 2026-03-01T09:56:00Z")
    assert never.endswith("No sweep has listed this source yet.")


def test_the_newest_25_jobs_are_shown_unless_others_are_chosen(
    entry_point: WidgetEntryPoint, fleet: Fleet
) -> None:
    show(entry_point, fleet=True)
    page = show(entry_point, fleet=True, maxResults=3, account="111122223333")
    assert [max_jobs for _, max_jobs in fleet.listing.calls] == [25, 25]
    facts = page.all("span", "facts")[0].text
    assert facts.startswith("The newest 3 jobs, there are more")
    assert "account 111122223333" in facts


@pytest.mark.parametrize("value", [1, "true", None, False])
def test_other_values_than_true_are_refused(entry_point: WidgetEntryPoint, value: Any) -> None:
    page = show(entry_point, fleet=value, account="1")
    assert page.all("h2")[0].text == "Invalid parameters"
    assert [each.text.partition(":")[0] for each in page.all("li")] == ["fleet", "account"]


def test_there_are_no_trends_of_the_fleet(entry_point: WidgetEntryPoint) -> None:
    page = show(entry_point, fleet=True, trends=True)
    assert [each.text.partition(":")[0] for each in page.all("li")] == ["trends"]
    assert show(entry_point, fleet=True).tags["cwdb-action"] == 0


def test_without_a_fleet_the_board_says_what_to_do(
    contract: QueryContract, observability: Observability
) -> None:
    widget = WidgetEntryPoint(
        Views(
            FakeBedrock(),
            contract,
            observability,
            limit_of=lambda _: 1.0,
            now=lambda: NOW,
            trends=lambda: cast("Any", None),
        ),
        call_seconds=24,
    )
    assert "Set fleetRegions" in show(widget, fleet=True).all("p")[0].text


def test_the_description_has_the_parameters_of_the_fleet(
    entry_point: WidgetEntryPoint, event: Callable[[str], Any]
) -> None:
    described = entry_point.answer(event("custom-widget-describe"), cast("Any", FakeContext()))
    rows = [line.split("`")[1] for line in described.splitlines() if line.startswith("| `")]
    assert rows[-4:] == ["account", "region", "fleet", "trends"]
