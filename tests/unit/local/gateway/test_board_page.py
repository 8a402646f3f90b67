import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.gateway.board_page import REFRESH_SECONDS, BoardPage
from local.gateway.gateway import Gateway
from local.gateway.http_messages import Request, Response
from local.gateway.lambda_environment import Context, LambdaEnvironment
from tests.html_page import Page


def _get(handler: Callable[[Any, Context], Any], target: str = "/", method: str = "GET") -> Response:
    gateway = Gateway(LambdaEnvironment(handler, 5), "us-east-1", 0.2)
    return gateway.answer(Request(method, target, [], b"", "127.0.0.1"))


def _echo(event: Any, _context: Context) -> str:
    return (
        f"<pre>{json.dumps({name: value for name, value in event.items() if name != 'widgetContext'})}</pre>"
    )


def _echoed(response: Response) -> Any:
    return json.loads(Page(response.body.decode()).all("pre")[0].text)


def test_the_event_has_the_fields_of_a_dashboards_event(event: Callable[[str], Any]) -> None:
    real = event("custom-widget")
    built = BoardPage("/?statusEquals=InProgress&maxResults=5").event()
    assert set(built) == set(real)
    assert set(built["widgetContext"]) == set(real["widgetContext"])
    assert built["widgetContext"]["params"] == real["widgetContext"]["params"]


def test_the_query_holds_the_widgets_parameters() -> None:
    response = _get(_echo, "/?statusEquals=Failed&maxResults=5&a=1&a=2&theme=dark&empty=")
    assert _echoed(response) == {"statusEquals": "Failed", "maxResults": 5, "a": ["1", "2"], "empty": ""}


def test_the_page_refreshes_itself_and_runs_no_script() -> None:
    response = _get(_echo)
    headers = dict(response.headers)
    page = Page(response.body.decode())
    assert response.status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert {"http-equiv": "refresh", "content": str(REFRESH_SECONDS)} in [
        each.attributes for each in page.all("meta")
    ]
    assert page.stray == []
    assert "script" not in page.tags


def test_it_links_to_each_status_and_keeps_the_other_filters() -> None:
    page = Page(_get(_echo, "/?nameContains=a%26b&statusEquals=Failed&nextToken=t&theme=dark").body.decode())
    links = {each.text: each.attributes for each in page.all("a")}
    assert links["All"]["href"] == "/?nameContains=a%26b&theme=dark"
    assert links["In progress"]["href"] == "/?nameContains=a%26b&statusEquals=InProgress&theme=dark"
    assert [text for text, attributes in links.items() if "aria-current" in attributes] == ["Jobs", "Failed"]
    assert page.elements[0].attributes["class"] == "dark"
    plain = Page(_get(_echo).body.decode())
    assert next(each for each in plain.all("a") if each.text == "All").attributes["href"] == "/"
    assert plain.elements[0].attributes["class"] == "auto"


# A slow machine is no failure.
@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_part_of_the_address_becomes_markup(name: str, value: str) -> None:
    page = BoardPage("/")
    page._parameters = {name: [value], "theme": [value]}  # noqa: SLF001 - includes values that no URL holds
    page._theme = value  # noqa: SLF001
    parsed = Page(page.response("<p>board</p>").body.decode())
    assert parsed.stray == []
    assert parsed.tags == Page(BoardPage("/").response("<p>board</p>").body.decode()).tags
    page._is_fleet = True  # noqa: SLF001
    page._parameters = {name: [value], "account": [value]}  # noqa: SLF001
    form = Page(page.response("<p>board</p>").body.decode())
    assert form.stray == []
    assert form.tags - parsed.tags <= Counter(form=1, label=2, input=4, button=1, a=1)


def test_the_board_of_the_fleet_has_a_form_for_account_and_region() -> None:
    target = "/?fleet=true&account=111122223333&region=&statusEquals=Failed&nextToken=t&theme=dark"
    response = _get(_echo, target)
    echoed = {"fleet": True, "account": "111122223333", "statusEquals": "Failed", "nextToken": "t"}
    assert _echoed(response) == echoed
    assert dict(response.headers)["Content-Security-Policy"].endswith("form-action 'self'")
    page = Page(response.body.decode())
    (form,) = page.all("form")
    assert form.attributes == {"action": "/", "method": "get"}
    sent = {each.attributes["name"]: each.attributes["value"] for each in page.all("input")}
    expected = {"fleet": "true", "statusEquals": "Failed", "theme": "dark"}
    assert sent == {**expected, "account": "111122223333", "region": ""}
    links = {each.text: each.attributes["href"] for each in page.all("a")}
    assert links["All"] == "/?fleet=true&account=111122223333&theme=dark"
    assert links["Overview"] == "/fleet/overview"
    assert page.stray == []


@pytest.mark.parametrize("value", ["1", "", "True"])
def test_a_fleet_that_is_not_true_is_passed_on_for_the_function_to_refuse(value: str) -> None:
    assert _echoed(_get(_echo, f"/?fleet={value}"))["fleet"] is not True


def test_without_the_fleet_the_page_has_no_form() -> None:
    response = _get(_echo, "/?account=")
    assert _echoed(response) == {"account": ""}
    assert dict(response.headers)["Content-Security-Policy"].endswith("form-action 'none'")
    assert Page(response.body.decode()).tags["form"] == 0


def _raise(_event: Any, _context: Context) -> None:
    raise ValueError("<b>")


def _wait(_event: Any, context: Context) -> str:
    while context.get_remaining_time_in_millis() > 4_500:
        pass
    return ""


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (_raise, "The function failed; see its log."),
        (_wait, "The function did not respond in time."),
        (lambda _event, _context: {"no": "text"}, "The function did not return HTML."),
    ],
)
def test_without_a_board_the_page_gives_the_reason(handler: Any, reason: str) -> None:
    response = _get(handler)
    assert (response.status, Page(response.body.decode()).all("p")[0].text) == (502, reason)


def test_other_methods_go_to_the_rest_api() -> None:
    def method(event: Any, _context: Context) -> dict[str, Any]:
        return {"statusCode": 404, "body": event["httpMethod"]}

    response = _get(method, method="POST")
    assert (response.status, response.body) == (404, b"POST")


HTML = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")]


def _get_trends(target: str, headers: list[tuple[str, str]]) -> Response:
    def answer(event: Any, context: Context) -> Any:
        return {"statusCode": 200, "body": event["path"]} if "httpMethod" in event else _echo(event, context)

    gateway = Gateway(LambdaEnvironment(answer, 5), "us-east-1", 0.2)
    return gateway.answer(Request("GET", target, headers, b"", "127.0.0.1"))


def test_a_browser_gets_the_trends_as_a_page() -> None:
    response = _get_trends("/trends?nameContains=a&theme=dark", HTML)
    assert _echoed(response) == {"nameContains": "a", "trends": True}
    page = Page(response.body.decode())
    assert page.stray == []
    assert {"http-equiv": "refresh", "content": "60"} in [each.attributes for each in page.all("meta")]
    assert [each.attributes["aria-label"] for each in page.all("nav")] == ["View", "More"]
    assert [each.text for each in page.all("a") if "aria-current" in each.attributes] == ["Last 90 days"]


@pytest.mark.parametrize(
    "headers", [[], [("accept", "*/*")], [("accept", "application/json")], [("x", "text/html")]]
)
def test_other_clients_get_the_answer_of_the_api(headers: list[tuple[str, str]]) -> None:
    response = _get_trends("/trends", headers)
    assert (response.status, response.body) == (200, b"/trends")


def test_the_views_link_to_each_other_and_keep_the_filters() -> None:
    board = Page(
        _get(_echo, "/?nameContains=a%26b&statusEquals=Failed&maxResults=5&theme=dark").body.decode()
    )
    links = {each.text: each.attributes["href"] for each in board.all("a")}
    assert links["Last 90 days"] == "/trends?nameContains=a%26b&theme=dark"
    assert links["Jobs"] == "/?nameContains=a%26b&theme=dark"
    assert "Last 90 days" not in [
        each.text for each in Page(_get(_echo, "/?fleet=true").body.decode()).all("a")
    ]
