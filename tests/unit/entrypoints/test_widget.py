from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs.entrypoints.trends_view import TrendsView
from customization_jobs.entrypoints.views import Views
from customization_jobs.entrypoints.widget import WidgetEntryPoint
from customization_jobs.errors import (
    AccessDeniedException,
    BedrockTimeoutException,
    CustomizationJobsError,
    ThrottlingException,
    ValidationException,
)
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.trends import TrendsReport
from tests.fakes import NOW, FakeBedrock, FakeContext, job
from tests.html_page import Page
from tests.unit.conftest import Lines


@pytest.fixture
def source() -> FakeBedrock:
    statuses = ("InProgress", "Completed", "Failed")
    return FakeBedrock(
        [job(n, created=NOW - timedelta(minutes=n), status=statuses[n % 3]) for n in range(90)]
    )


@pytest.fixture
def entry_point(
    source: FakeBedrock, contract: QueryContract, observability: Observability
) -> WidgetEntryPoint:
    report = TrendsReport(source, contract, observability, now=lambda: NOW)
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


def names(answer: str) -> list[str]:
    return [each.text for each in Page(answer).all("a") if "btn" not in each.classes]


def show(entry_point: WidgetEntryPoint, event: dict[str, Any]) -> str:
    """Answer an event, or its error, as the dispatcher does."""
    try:
        return entry_point.answer(event, cast("Any", FakeContext()))
    except CustomizationJobsError as error:
        return entry_point.answer_error(error, event)


def widget(**parameters: Any) -> dict[str, Any]:
    return {**parameters, "widgetContext": {"theme": "dark", "params": parameters}}


def test_a_dashboards_event_is_answered_with_one_page_of_jobs(
    entry_point: WidgetEntryPoint, source: FakeBedrock, event: Callable[[str], Any]
) -> None:
    answer = show(entry_point, event("custom-widget"))
    assert names(answer) == [f"support-tone-{n}" for n in (0, 3, 6, 9, 12)]
    assert Page(answer).elements[0].classes >= {"light"}
    assert source.calls == [
        {"statusEquals": "InProgress", "maxResults": 5, "sortBy": "CreationTime", "sortOrder": "Descending"}
    ]


def test_without_parameters_the_newest_jobs_are_shown(
    entry_point: WidgetEntryPoint, source: FakeBedrock
) -> None:
    answer = show(entry_point, widget())
    assert names(answer) == [f"support-tone-{n}" for n in range(25)]
    assert "The newest 25 jobs, there are more" in Page(answer).all("span", "facts")[0].text
    assert len(source.calls) == 1


def test_filters_that_bedrock_lacks_select_the_jobs_and_are_shown(entry_point: WidgetEntryPoint) -> None:
    answer = show(entry_point, widget(**{"where.status": ["Failed", "Completed"], "where.stuck": False}))
    assert len(names(answer)) == 25
    assert "support-tone-0" not in names(answer)
    facts = Page(answer).all("span", "facts")[0].text
    assert "where.status Failed, Completed" in facts
    assert "where.stuck false" in facts


def test_a_board_whose_time_ended_before_a_match_says_so(
    entry_point: WidgetEntryPoint, source: FakeBedrock
) -> None:
    source.largest_page = 10
    parameters = widget(**{"where.outputModel": "nowhere"})
    answer = Page(entry_point.answer(parameters, cast("Any", FakeContext(timedelta(seconds=1)))))
    assert answer.all("td", "none")[0].text == "No job matches among those that were read in time."
    assert answer.all("span", "facts")[0].text.startswith("0 jobs")
    assert Page(show(entry_point, parameters)).all("td", "none")[0].text == "No job matches."


def test_the_parameters_select_the_jobs(entry_point: WidgetEntryPoint) -> None:
    answer = show(entry_point, widget(nameContains="tone-8", sortOrder="Ascending"))
    assert names(answer) == [f"support-tone-{n}" for n in (*range(89, 79, -1), 8)]
    facts = Page(answer).all("span", "facts")[0].text
    assert facts.startswith("11 jobs \N{MIDDLE DOT} nameContains tone-8 \N{MIDDLE DOT} sortOrder Ascending")


def test_invalid_parameters_are_all_shown_in_the_widget(
    entry_point: WidgetEntryPoint, source: FakeBedrock
) -> None:
    page = Page(show(entry_point, widget(statusEqual="Failed", maxResults="7", nameContains="<b>")))
    assert page.all("h2")[0].text == "Invalid parameters"
    assert [each.text.partition(":")[0] for each in page.all("li")] == [
        "statusEqual",
        "maxResults",
        "nameContains",
    ]
    assert "did you mean statusEquals?" in page.all("li")[0].text
    assert "got '<b>', allowed: 1 to 63 characters" in page.all("li")[2].text
    assert source.calls == []


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (ThrottlingException("slow <i>down</i>"), "The jobs cannot be shown now"),
        (BedrockTimeoutException("slow <i>down</i>"), "The jobs cannot be shown now"),
        (AccessDeniedException("slow <i>down</i>"), "The jobs cannot be shown"),
        (ValidationException("slow <i>down</i>"), "Invalid parameters"),
    ],
)
def test_an_error_of_bedrock_is_shown_in_the_widget(
    entry_point: WidgetEntryPoint, source: FakeBedrock, error: CustomizationJobsError, title: str
) -> None:
    def fail(_: FakeBedrock) -> None:
        raise error

    source.before_page = fail
    page = Page(show(entry_point, widget()))
    assert page.all("h2")[0].text == title
    name = "" if isinstance(error, ValidationException) else f"{type(error).__name__}: "
    assert page.all("p")[0].text == f"{name}slow <i>down</i>"
    assert page.tags["i"] == 0


def test_describe_is_not_a_parameter_of_the_query(entry_point: WidgetEntryPoint) -> None:
    assert len(names(show(entry_point, {**widget(maxResults=3), "describe": False}))) == 3


def test_the_number_of_jobs_is_logged(
    entry_point: WidgetEntryPoint, observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    show(entry_point, widget(maxResults=3))
    observability.logger.info("Invocation ended")
    _, (logged,) = lines()
    assert logged["jobs"] == 3


def test_without_a_theme_the_board_follows_the_browser(entry_point: WidgetEntryPoint) -> None:
    assert Page(show(entry_point, {"widgetContext": {}})).elements[0].classes >= {"auto"}


@pytest.mark.parametrize("context", [{}, {"widgetContext": {"theme": "dark"}}])
def test_a_describe_event_is_answered_with_the_parameters(
    entry_point: WidgetEntryPoint,
    source: FakeBedrock,
    contract: QueryContract,
    event: Callable[[str], Any],
    context: Any,
) -> None:
    answer = show(entry_point, {**event("custom-widget-describe"), **context})
    assert answer.startswith("## ")
    assert "``` yaml\n" in answer
    rows = [line for line in answer.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [*contract.inputs, "trends"]
    assert "| `maxResults` | a whole number from 1 to 1000 |" in rows
    # As code: the pattern contains Markdown's special characters.
    pattern = r"`[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*`"
    assert f"| `nameContains` | 1 to 63 characters matching {pattern} |" in rows
    assert source.calls == []


@pytest.mark.parametrize("mangled", [None, 5, "text", [], {}, job(1, creationTime="nope"), job(1, jobArn=[])])
def test_a_malformed_summary_is_shown_as_far_as_it_goes_and_logged(
    entry_point: WidgetEntryPoint,
    source: FakeBedrock,
    monkeypatch: pytest.MonkeyPatch,
    lines: Callable[[], tuple[Lines, Lines]],
    mangled: Any,
) -> None:
    page = type(source.list_page({}))({"modelCustomizationJobSummaries": [mangled, job(2)]})
    monkeypatch.setattr(source, "list_page", lambda _: page)
    answer = show(entry_point, widget())
    assert "support-tone-2" in answer
    assert len(Page(answer).all("tr")) == 3
    _, logged = lines()
    assert [line["message"] for line in logged] == ["Malformed job summary"]


@pytest.mark.parametrize("context", [None, 5, "dark", [], {"theme": ["dark"]}])
@pytest.mark.parametrize("parameters", [{"describe": True}, {"describe": True, "maxResults": 0}])
def test_a_context_of_any_json_is_answered(
    entry_point: WidgetEntryPoint, context: Any, parameters: dict[str, Any]
) -> None:
    assert show(entry_point, {**parameters, "widgetContext": context})
    assert entry_point.answer_error(ValidationException("no"), {"widgetContext": context})
