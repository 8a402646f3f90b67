import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import ThrottlingException, UnexpectedAnswerException
from customization_jobs.listing.page_cache import CachedPages

SECONDS = 5
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
QUERIES: list[dict[str, Any]] = [
    {},
    {"maxResults": 5},
    {"maxResults": 6},
    {"nextToken": "5"},
    {"maxResults": 5, "nextToken": "5"},
    {"statusEquals": "Failed"},
    {"nameContains": "Failed"},
    {"creationTimeAfter": NOON},
    {"creationTimeBefore": NOON},
    {"creationTimeAfter": NOON + timedelta(milliseconds=1)},
]


class Source:
    """Returns pages that say when and by which query they were requested."""

    def __init__(self, body_bytes: int = 10) -> None:
        self.now = 1000.0
        self.calls: list[Mapping[str, Any]] = []
        self.errors: list[Exception] = []
        self._body_bytes = body_bytes

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        self.calls.append(parameters)
        if self.errors:
            raise self.errors.pop()
        answer = {"modelCustomizationJobSummaries": [], "query": dict(parameters), "requestedAt": self.now}
        return Page(answer, json.dumps(len(self.calls)).encode().rjust(self._body_bytes))


def cached(source: Source) -> CachedPages:
    return CachedPages(source, SECONDS, clock=lambda: source.now)


# Clocks are also set back.
STEPS = st.tuples(st.floats(-3, 8) | st.sampled_from([0.0, 1.0, 2.5, 5.0]), st.sampled_from(QUERIES))


@given(st.lists(STEPS, max_size=60))
def test_no_page_is_older_than_allowed_or_of_another_query(steps: list[tuple[float, dict[str, Any]]]) -> None:
    source = Source()
    pages = cached(source)
    for seconds, query in steps:
        source.now += seconds
        calls = len(source.calls)
        page = pages.list_page(query)
        age = source.now - page.answer["requestedAt"]
        assert page.answer["query"] == query
        assert 0 <= age < SECONDS
        is_cached = len(source.calls) == calls
        assert page.age_seconds == (int(age) if is_cached else None)


def test_a_page_is_requested_once_while_it_is_young() -> None:
    source = Source()
    pages = cached(source)
    first = pages.list_page({"maxResults": 5})
    source.now += 4.9
    again = pages.list_page({"maxResults": 5})
    assert (again.answer, again.body, again.age_seconds) == (first.answer, first.body, 4)
    source.now += 0.1
    assert pages.list_page({"maxResults": 5}).age_seconds is None
    assert len(source.calls) == 2


def test_the_same_time_in_another_zone_is_the_same_query() -> None:
    source = Source()
    pages = cached(source)
    pages.list_page({"creationTimeAfter": NOON, "maxResults": 5})
    elsewhere = NOON.astimezone(timezone(timedelta(hours=2)))
    assert pages.list_page({"maxResults": 5, "creationTimeAfter": elsewhere}).age_seconds == 0


def test_an_error_is_raised_and_not_kept() -> None:
    source = Source()
    pages = cached(source)
    source.errors = [ThrottlingException("slow down")]
    with pytest.raises(ThrottlingException):
        pages.list_page({})
    assert pages.list_page({}).age_seconds is None
    # If Bedrock fails, an old page is not returned in place of the error.
    source.now += SECONDS
    source.errors = [ThrottlingException("slow down")]
    with pytest.raises(ThrottlingException):
        pages.list_page({})


@pytest.mark.parametrize(("body_bytes", "kept"), [(10, 100), (400_000, 5), (2_000_000, 1), (2_000_001, 0)])
def test_the_newest_pages_are_kept_within_the_limits(body_bytes: int, kept: int) -> None:
    source = Source(body_bytes)
    pages = cached(source)
    for number in range(1, 121):
        pages.list_page({"maxResults": number})
    calls = len(source.calls)
    for number in range(120, 120 - kept, -1):
        assert pages.list_page({"maxResults": number}).age_seconds == 0
    assert len(source.calls) == calls
    assert pages.list_page({"maxResults": 120 - kept}).age_seconds is None


def test_what_is_not_an_answer_is_not_cached() -> None:
    bodies = [b"<html>", b'{"modelCustomizationJobSummaries": []}']

    class Failing(Source):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            super().list_page(parameters)
            return Page(body=bodies.pop(0))

    source = Failing()
    pages = cached(source)
    with pytest.raises(UnexpectedAnswerException):
        pages.list_page({"maxResults": 5})
    assert pages.list_page({"maxResults": 5}).jobs == []
    assert len(source.calls) == 2
