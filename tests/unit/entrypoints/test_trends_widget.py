import json
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs.entrypoints.trends_view import TrendsView
from customization_jobs.entrypoints.view_request import ViewRequest
from customization_jobs.entrypoints.views import Views
from customization_jobs.entrypoints.widget import WidgetEntryPoint
from customization_jobs.entrypoints.widget_context import WidgetContext
from customization_jobs.errors import CustomizationJobsError, ThrottlingException
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.trends import TrendsReport
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, FakeContext, job, text
from tests.html_page import Page

ARN = FakeContext.invoked_function_arn


@pytest.fixture
def source() -> FakeBedrock:
    hour = timedelta(hours=1)
    return FakeBedrock(
        [
            job(n, created=NOW - n * hour, status=("Completed", "Failed")[n % 2], endTime=text(NOW))
            for n in range(90)
        ]
    )


@pytest.fixture
def entry_point(
    source: FakeBedrock, contract: QueryContract, observability: Observability
) -> WidgetEntryPoint:
    report = TrendsReport(source, contract, observability, now=lambda: NOW, sleep=lambda _: None)
    return WidgetEntryPoint(
        Views(
            source,
            contract,
            observability,
            limit_of=lambda _: 3600.0,
            now=lambda: NOW,
            trends=lambda: TrendsView(report),
        ),
        call_seconds=24,
    )


def show(
    entry_point: WidgetEntryPoint,
    parameters: dict[str, Any],
    context: Any = None,
    **shown: Any,
) -> Page:
    event = {**parameters, "widgetContext": {"theme": "dark", "params": parameters, **shown}}
    try:
        return Page(entry_point.answer(event, cast("Any", context or FakeContext())))
    except CustomizationJobsError as error:
        return Page(entry_point.answer_error(error, event))


def test_the_trends_are_shown_in_the_theme_and_the_width_of_the_widget(entry_point: WidgetEntryPoint) -> None:
    page = show(entry_point, {"trends": True}, width=600, height=400)
    assert page.elements[0].classes >= {"jobboard", "dark"}
    assert page.stray == []
    assert [each.attributes["width"] for each in page.all("svg")] == ["600"] * 3
    assert page.all("span", "facts")[0].text.startswith("90 jobs ended since 2025-11-24")


@pytest.mark.parametrize("width", [None, "600", -5, 0, True, 1e300, [], float("nan")])
def test_a_width_of_any_json_is_answered(entry_point: WidgetEntryPoint, width: Any) -> None:
    page = show(entry_point, {"trends": True}, width=width)
    assert page.all("svg")[0].attributes["width"] == "1200"


def test_the_parameters_select_the_jobs(entry_point: WidgetEntryPoint, source: FakeBedrock) -> None:
    page = show(entry_point, {"trends": True, "statusEquals": "Failed", "nameContains": "tone-1"})
    assert page.all("span", "facts")[0].text.startswith("6 jobs ended")
    assert "statusEquals Failed" in page.all("span", "facts")[0].text
    assert all(call["nameContains"] == "tone-1" for call in source.calls)


def actions(page: Page) -> list[tuple[str, Any]]:
    """Return the links to other views, and the parameters that they send."""
    names = [each.text for each in page.all("a", "btn")]
    sent = [json.loads(each.text) for each in page.all("cwdb-action")]
    assert all(
        each.attributes == {"action": "call", "display": "widget", "endpoint": ARN}
        for each in page.all("cwdb-action")
    )
    return list(zip(names, sent, strict=True))


def test_the_board_and_the_trends_lead_to_each_other_and_keep_the_filters(
    entry_point: WidgetEntryPoint,
) -> None:
    filters = {"nameContains": "tone-1", "creationTimeAfter": "2026-01-01T00:00:00Z"}
    board = show(
        entry_point, {**filters, "statusEquals": "Failed", "maxResults": 5, "sortOrder": "Ascending"}
    )
    assert actions(board) == [("Last 90 days", {"trends": True, **filters})]
    ((_, sent),) = actions(board)
    trends = show(entry_point, sent)
    assert trends.tags["svg"] == 3
    assert actions(trends) == [("Jobs", filters)]
    assert [each.text for each in trends.all("b") if "aria-current" in each.attributes] == ["Last 90 days"]


def test_the_parameters_of_a_link_are_text(
    entry_point: WidgetEntryPoint,
) -> None:
    filters = {"where.baseModel": '"><script>&amp;</cwdb-action>'}
    board = show(entry_point, filters)
    assert actions(board) == [("Last 90 days", {"trends": True, **filters})]
    assert "script" not in board.tags
    assert board.stray == []


@pytest.mark.parametrize("value", [False, None, "true", 1])
def test_invalid_parameters_are_all_shown(
    entry_point: WidgetEntryPoint, source: FakeBedrock, value: Any
) -> None:
    page = show(entry_point, {"trends": value, "maxResults": 5, "statusEqual": "x"})
    assert page.all("h2")[0].text == "Invalid parameters"
    assert [each.text.partition(":")[0] for each in page.all("li")] == ["trends", "maxResults", "statusEqual"]
    assert source.calls == []


def test_an_error_is_shown(entry_point: WidgetEntryPoint, source: FakeBedrock) -> None:
    def fail(_: FakeBedrock) -> None:
        raise ThrottlingException("slow <i>down</i>")

    source.before_page = fail
    page = show(entry_point, {"trends": True})
    assert page.all("h2")[0].text == "The jobs cannot be shown now"
    assert page.tags["i"] == 0


def test_nobody_waits_longer_than_8_seconds_for_further_jobs(
    source: FakeBedrock, contract: QueryContract, observability: Observability
) -> None:
    source.largest_page = 1
    report = TrendsReport(source, contract, observability, now=lambda: NOW, sleep=lambda _: None)
    # A call for each job takes 2 seconds.
    view = TrendsView(report, clock=lambda: 2.0 * len(source.calls))
    request = ViewRequest.from_json({"trends": True}, WidgetContext("light", 600))
    page = Page(view.render(request, Deadline(lambda: 300.0), ""))
    assert page.all("p", "note")[0].text.startswith("Incomplete")
    # Calls under way at the deadline are awaited.
    assert 4 <= len(source.calls) <= 4 + 6


def test_a_view_without_time_says_that_it_is_incomplete(
    entry_point: WidgetEntryPoint, source: FakeBedrock
) -> None:
    source.largest_page = 10
    page = show(entry_point, {"trends": True}, FakeContext(timedelta(seconds=20)))
    assert page.all("p", "note")[0].text.startswith("Incomplete: time ran out after 10 jobs")
