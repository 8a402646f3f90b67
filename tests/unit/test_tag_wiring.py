"""Whose job it is, from Bedrock to every answer, through real clients to the table and the bus of moto."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.errors import AccessDeniedException
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeBedrock, FakeContext, job
from tests.html_page import Page
from tests.unit.aws.moto_clients import received
from tests.unit.conftest import Lines, metric_values

Invoke = Callable[[Any], Any]
ARN = job(7)["jobArn"]
TAGS = [{"key": "team", "value": "search"}, {"key": "stage", "value": "test"}]


@pytest.fixture
def source(bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch) -> FakeBedrock:
    source = FakeBedrock()
    monkeypatch.setattr(bedrock, "list_page", source.list_page)
    return source


@pytest.fixture
def functions(
    dynamodb: Any,
    queue: str,
    source: FakeBedrock,
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
) -> Callable[[str | None], tuple[Invoke, Invoke]]:
    """Return the watch function and the listing function as they are with an owner tag."""
    assert dynamodb, "the table exists"
    assert queue, "the bus exists"
    assert source.jobs == []

    def create(owner_tag: str | None) -> tuple[Invoke, Invoke]:
        listing = settings._replace(watch_table="jobs", owner_tag=owner_tag)
        handlers = [
            create_handler(each, bedrock, observability)
            for each in (listing._replace(watch_bus="watch"), listing)
        ]
        context = cast("Any", FakeContext(timedelta(minutes=5)))
        watch, listing_function = (
            lambda event, handler=handler: handler(event, context) for handler in handlers
        )
        return watch, listing_function

    return create


def sweep_with_a_new_job(watch: Invoke, source: FakeBedrock) -> None:
    watch({"schedule": {}})
    source.jobs = [job(7, status="InProgress", created=datetime.now(UTC))]
    watch({"schedule": {}})


def get(listing: Invoke, event: Callable[[str], Any], path: str) -> Any:
    request = event("api-gateway-rest")
    request |= {
        "path": path,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {**request["requestContext"], "path": f"/live{path}"},
    }
    return json.loads(listing(request)["body"])


TIMELINE = f"/model-customization-jobs/{ARN}/timeline"


def test_tags_reach_events_timeline_overview_and_board(
    functions: Callable[[str | None], tuple[Invoke, Invoke]],
    source: FakeBedrock,
    queue: str,
    event: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads: list[str] = []

    def list_tags(_: Bedrock, arn: str) -> list[Any]:
        reads.append(arn)
        return TAGS

    monkeypatch.setattr(Bedrock, "list_tags", list_tags)
    watch, listing = functions("team")
    assert get(listing, event, "/overview")["byOwner"] is None
    sweep_with_a_new_job(watch, source)
    assert reads == [ARN]
    (discovered,) = received(queue)
    assert discovered["detail"]["owner"] == "search"
    assert discovered["detail"]["tags"] == {"stage": "test", "team": "search"}
    timeline = get(listing, event, TIMELINE)
    assert (timeline["owner"], timeline["tags"]) == ("search", {"stage": "test", "team": "search"})
    overview = get(listing, event, "/overview")
    assert overview["byOwner"]["counts"] == {"search": {"InProgress": 1}}
    page = Page(listing({"widgetContext": {}}))
    assert page.all("th")[-1].text == "Team"
    assert page.rows(7)[0][-1] == "search"
    assert "byOwner" not in listing({"overview": True, "nameContains": "support"})


def test_a_denied_read_is_logged_and_counted_once_and_publishes_the_transition(
    functions: Callable[[str | None], tuple[Invoke, Invoke]],
    source: FakeBedrock,
    queue: str,
    event: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    lines: Callable[[], tuple[Lines, Lines]],
) -> None:
    def deny(_: Bedrock, __: str) -> list[Any]:
        error = AccessDeniedException("Bedrock denied the call.")
        error.log_details = "role/watch is not authorized"
        raise error

    monkeypatch.setattr(Bedrock, "list_tags", deny)
    watch, listing = functions("team")
    sweep_with_a_new_job(watch, source)
    (discovered,) = received(queue)
    assert not {"tags", "owner"} & set(discovered["detail"])
    metrics, logged = lines()
    assert metric_values(metrics, "Error")["TagReadsFailed", "AccessDeniedException"] == 1
    (line,) = (each for each in logged if each["message"] == "Tags of jobs were not read")
    assert (line["level"], line["error"]) == ("WARNING", "AccessDeniedException")
    assert line["details"] == "role/watch is not authorized"
    assert get(listing, event, "/overview")["byOwner"]["notRead"] == 1
    assert Page(listing({"widgetContext": {}})).rows(7)[0][-1] == "\N{EN DASH}"


def test_without_an_owner_tag_nothing_is_read_or_shown(
    functions: Callable[[str | None], tuple[Invoke, Invoke]],
    source: FakeBedrock,
    queue: str,
    event: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Bedrock, "list_tags", lambda *_: pytest.fail("tags are read"))
    watch, listing = functions(None)
    sweep_with_a_new_job(watch, source)
    (discovered,) = received(queue)
    assert not {"tags", "owner"} & set(discovered["detail"])
    assert set(get(listing, event, TIMELINE)) == {"job", "expectedEnd", "stuck", "transitions"}
    assert "byOwner" not in get(listing, event, "/overview")
    assert len(Page(listing({"widgetContext": {}})).all("th")) == 6
