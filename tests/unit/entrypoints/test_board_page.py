"""The board's page, as browsers get it from the API."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.table import VersionedTable
from customization_jobs.dispatch import Handler
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeContext, job
from tests.html_page import Page
from tests.unit.conftest import Wire
from tests.unit.fleet.report_fleet import CHOICE, Fleet

Send = Callable[..., dict[str, Any]]


@pytest.fixture
def send(handler: Handler, event: Callable[[str], Any], wire: Wire) -> Send:
    """Send a request for the page by an HTTP API; Bedrock has two jobs."""
    wire.answer(json.dumps({"modelCustomizationJobSummaries": [job(1), job(2, status="Failed")]}).encode())
    return sender(handler, event)


def sender(handler: Handler, event: Callable[[str], Any]) -> Send:
    def send(query: str = "", method: str = "GET") -> dict[str, Any]:
        request = {**event("api-gateway-http"), "rawPath": "/board", "rawQueryString": query}
        request["requestContext"]["http"]["method"] = method
        answer: dict[str, Any] = handler(request, cast("Any", FakeContext()))
        return answer

    return send


def current(page: Page) -> list[str]:
    return [each.text for each in page.all("a") if "aria-current" in each.attributes]


def links(page: Page) -> dict[str, str]:
    return {each.text: each.attributes["href"] for each in page.all("a") if "target" not in each.attributes}


def test_the_page_has_the_board_and_navigation(send: Send, wire: Wire) -> None:
    answer = send("nameContains=tone&statusEquals=Failed&maxResults=7")
    page = Page(answer["body"])
    assert (answer["statusCode"], page.stray) == (200, [])
    assert [each.text for each in page.all("span", "name")] == ["support-tone-1", "support-tone-2"]
    assert "nameContains tone" in page.all("span", "facts")[0].text
    assert current(page) == ["Jobs", "Failed"]
    assert links(page) == {
        "Jobs": "?nameContains=tone",
        "Last 90 days": "?trends=true&nameContains=tone",
        "All": "?nameContains=tone&maxResults=7",
        "In progress": "?nameContains=tone&maxResults=7&statusEquals=InProgress",
        "Completed": "?nameContains=tone&maxResults=7&statusEquals=Completed",
        "Failed": "?nameContains=tone&maxResults=7&statusEquals=Failed",
        "Stopping": "?nameContains=tone&maxResults=7&statusEquals=Stopping",
        "Stopped": "?nameContains=tone&maxResults=7&statusEquals=Stopped",
        "Overview": "overview",
        "Jobs as JSON": "model-customization-jobs",
        "OpenAPI": "openapi.json",
    }
    (request,) = wire.requests
    assert {"statusEquals=Failed", "maxResults=7", "nameContains=tone"} <= {
        *request.url.partition("?")[2].split("&")
    }


def test_the_query_is_read_as_that_of_the_list(send: Send, wire: Wire) -> None:
    # In a URL, every value is text, several are separated by commas, and a number can be a name.
    page = Page(send("nameContains=2026&where.status=Failed,Completed&where.stuck=false")["body"])
    assert page.all("h2") == []
    assert all("nameContains=2026" in request.url for request in wire.requests)


def test_the_trends_are_a_page_too(send: Send) -> None:
    page = Page(send("trends=true&nameContains=tone")["body"])
    assert page.all("h2")[0].text == "Jobs that ended, by week and status"
    assert current(page) == ["Last 90 days"]
    assert [each.attributes["aria-label"] for each in page.all("nav")] == ["View", "More"]
    assert {"http-equiv": "refresh", "content": "300"} in [each.attributes for each in page.all("meta")]


@pytest.mark.parametrize("value", ["", "1", "True", "true&trends=true"])
def test_another_value_than_true_is_refused(send: Send, value: str) -> None:
    answer = send(f"trends={value}&statusEqual=x")
    assert answer["statusCode"] == 400
    items = [each.text.partition(":")[0] for each in Page(answer["body"]).all("li")]
    assert items == ["trends", "statusEqual"]


def test_the_page_runs_no_script_and_loads_nothing(send: Send) -> None:
    answer = send()
    page = Page(answer["body"])
    policy = dict(
        directive.split(" ", 1) for directive in answer["headers"].pop("Content-Security-Policy").split("; ")
    )
    styles = policy.pop("style-src").split()
    assert policy == {
        "default-src": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert answer["headers"] == {
        "Content-Type": "text/html; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    assert all(re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", each) for each in styles)
    assert not {"script", "iframe", "img", "object", "base", "form"} & set(page.tags)
    assert not any("style" in each.attributes for each in page.elements)
    assert not any(name.startswith("on") for each in page.elements for name in each.attributes)
    assert {*_hashes(page)} <= set(styles)


def _hashes(page: Page) -> list[str]:
    digests = (hashlib.sha256(each.text.encode()).digest() for each in page.all("style"))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def test_the_policy_has_the_hash_of_every_style_of_every_view(send: Send) -> None:
    for query in ("", "trends=true", "statusEquals=no"):
        answer = send(query)
        assert _hashes(Page(answer["body"]))
        for each in _hashes(Page(answer["body"])):
            assert each in answer["headers"]["Content-Security-Policy"]


def test_the_theme_is_kept(send: Send) -> None:
    page = Page(send("theme=dark")["body"])
    assert page.elements[0].attributes["class"] == "dark"
    assert page.all("div", "dark")
    assert links(page)["Failed"] == "?statusEquals=Failed&theme=dark"
    assert links(page)["Jobs"] == "?theme=dark"
    assert Page(send("theme=x")["body"]).elements[0].attributes["class"] == "auto"
    assert links(Page(send()["body"]))["All"] == "?"


def test_head_is_answered_as_get_so_that_api_gateway_knows_the_length(send: Send) -> None:
    whole, head = send(), send(method="HEAD")
    assert head["statusCode"] == 200
    assert head["headers"] == whole["headers"]
    assert head["body"].startswith("<!doctype html>")
    assert abs(len(head["body"]) - len(whole["body"])) < 10, "but for the time"


def test_errors_are_pages(send: Send, wire: Wire) -> None:
    answer = send("statusEqual=Failed&theme=dark")
    page = Page(answer["body"])
    assert (answer["statusCode"], answer["headers"]["x-amzn-ErrorType"]) == (400, "ValidationException")
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert "did you mean statusEquals?" in page.all("li")[0].text
    assert links(page) == {"Jobs": "?"}
    assert page.stray == []
    assert wire.requests == []
    assert not [each for each in page.all("meta") if "http-equiv" in each.attributes]


def test_a_page_that_bedrock_throttled_loads_itself_again(send: Send, wire: Wire) -> None:
    wire.answers.clear()
    wire.answer(b'{"message": "slow <i>down</i>"}', 429, {"x-amzn-ErrorType": "ThrottlingException"})
    answer = send()
    page = Page(answer["body"])
    assert answer["statusCode"] == 429
    assert answer["headers"]["Retry-After"] in ("1", "2", "3", "4", "5")
    assert page.all("p")[0].text == "ThrottlingException: slow <i>down</i>"
    assert {"http-equiv": "refresh", "content": "30"} in [each.attributes for each in page.all("meta")]


def test_a_bug_is_a_page_without_internals(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("customization_jobs.entrypoints.views.Views.render", fail)
    answer = send()
    assert answer["statusCode"] == 500
    assert Page(answer["body"]).all("h2")[0].text == "The jobs cannot be shown now"
    assert "secret detail" not in answer["body"]


def test_a_misspelled_view_is_described_with_the_nearest_one(send: Send) -> None:
    assert "did you mean trends?" in Page(send("trend=true")["body"]).all("li")[0].text
    assert (
        Page(send("trends=maybe")["body"]).all("li")[0].text
        == "trends: got 'maybe', allowed: true, or omit it"
    )


def test_other_methods_are_refused_with_a_page(send: Send) -> None:
    answer = send(method="POST")
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (405, "GET, HEAD")
    assert Page(answer["body"]).all("div", "problem")


def test_the_rest_api_has_the_page_too(handler: Handler, event: Callable[[str], Any], wire: Wire) -> None:
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    request = {**event("api-gateway-rest"), "path": "/board"}
    answer = handler(request, cast("Any", FakeContext()))
    assert (answer["statusCode"], Page(answer["body"]).stray) == (200, [])
    # Links are relative to the page, so they also work behind a stage.
    assert links(Page(answer["body"]))["Overview"] == "overview"


# A slow machine is no failure.
@hypothesis_settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50
)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_part_of_the_query_becomes_markup(
    handler: Handler, event: Callable[[str], Any], wire: Wire, name: str, value: str
) -> None:
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    # Payload 1.0, whose maps can hold any text, also lone surrogates.
    request = {**event("api-gateway-rest"), "path": "/board"}
    usual = Page(handler(_with(request, {}), cast("Any", FakeContext()))["body"])
    for query in ({name: [value]}, {"theme": [value]}, {"where.baseModel": [value], "nextToken": [name]}):
        answer = handler(_with(request, query), cast("Any", FakeContext()))
        page = Page(answer["body"])
        answer["body"].encode()
        assert page.stray == []
        assert set(page.tags) <= {*usual.tags, "ul", "li", "h2", "p", "b", "bdi"}


def _with(request: dict[str, Any], query: dict[str, list[str]]) -> dict[str, Any]:
    return {**request, "multiValueQueryStringParameters": query or None, "queryStringParameters": None}


@pytest.fixture
def send_to_fleet(
    contract: QueryContract,
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    dynamodb: Any,
    event: Callable[[str], Any],
) -> Send:
    """Send a request for the page of a fleet with six sources."""
    fleet = Fleet(contract, datetime.now(UTC), VersionedTable(dynamodb, "jobs"))
    with_fleet = settings._replace(watch_table="jobs", fleet=CHOICE)
    return sender(create_handler(with_fleet, bedrock, observability, fleet_jobs=fleet.listed_jobs), event)


def test_the_board_of_the_fleet_has_a_form_for_account_and_region(send_to_fleet: Send) -> None:
    query = "fleet=true&account=111122223333&region=&statusEquals=InProgress&theme=dark"
    answer = send_to_fleet(query)
    page = Page(answer["body"])
    assert (answer["statusCode"], page.stray) == (200, [])
    assert answer["headers"]["Content-Security-Policy"].endswith("form-action 'self'")
    (form,) = page.all("form")
    assert form.attributes == {"method": "get"}
    sent = {each.attributes["name"]: each.attributes["value"] for each in page.all("input")}
    expected = {"fleet": "true", "statusEquals": "InProgress", "theme": "dark"}
    assert sent == {**expected, "account": "111122223333", "region": ""}
    assert current(page) == ["Fleet", "In progress"]
    assert links(page)["All"] == "?fleet=true&account=111122223333&theme=dark"
    assert links(page)["Jobs"] == "?theme=dark"
    assert links(page)["Coverage"] == "fleet/coverage"
    assert {row[6] for row in page.rows(8)} <= {"111122223333"}


def test_every_view_of_a_stack_with_a_fleet_links_to_it(send_to_fleet: Send, wire: Wire) -> None:
    wire.answer(b'{"modelCustomizationJobSummaries": []}')
    page = Page(send_to_fleet("nameContains=tone")["body"])
    assert links(page)["Fleet"] == "?fleet=true&nameContains=tone"
    assert page.tags["form"] == 0


def test_without_a_fleet_its_board_is_refused(send: Send) -> None:
    answer = send("fleet=true")
    assert answer["statusCode"] == 400
    assert "fleet" in Page(answer["body"]).all("p")[0].text


def test_no_filter_becomes_markup_of_the_form(send_to_fleet: Send) -> None:
    payload = '"><script>alert(1)</script>'
    query = urlencode({"fleet": "true", "where.baseModel": payload, "theme": payload})
    page = Page(send_to_fleet(query)["body"])
    sent = {each.attributes["name"]: each.attributes["value"] for each in page.all("input")}
    assert (sent["where.baseModel"], sent["theme"]) == (payload, payload)
    assert page.stray == []
    assert "script" not in page.tags
