"""Searches against a simple model: every job that matches throughout is found exactly once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import ValidationException
from customization_jobs.listing.cursor import Cursor
from customization_jobs.listing.filters import JobFacts
from customization_jobs.listing.pages import collect
from customization_jobs.listing.query import QueryContract, Searching
from customization_jobs.listing.scan import ParallelScan
from customization_jobs.listing.search import Position, SearchToken, parse_as_of
from customization_jobs.timeouts import Deadline
from tests.contract.snapshot import operation
from tests.fakes import NOW, FakeBedrock, Job, job, text
from tests.unit.listing.search_truth import (
    ENDED,
    JOBS,
    LIMITS,
    PAYLOADS,
    STATUSES,
    expected,
    facts,
    is_valid,
    jobs,
    number_of,
)

# The jobs whose facts were read.
ASKED: list[str] = []


def facts_of(arns: Iterable[str]) -> dict[str, JobFacts]:
    asked = list(arns)
    ASKED.extend(asked)
    return {arn: facts(arn) for arn in asked if facts(arn) != JobFacts()}


def contract_at(now: datetime) -> QueryContract:
    return QueryContract(operation(), Searching(LIMITS, facts_of, reads_tags=True, now=lambda: now))


CONTRACT = contract_at(NOW)


class SearchHarness:
    """Jobs, and what the watch's table knows of them."""

    def __init__(self, jobs: list[Job], *, page: int = 1000) -> None:
        self.source = FakeBedrock(jobs, largest_page=page)
        self.contract = CONTRACT
        ASKED.clear()

    def page(self, payload: Mapping[str, Any], seconds: float = 60) -> Page:
        query = self.contract.from_json(payload)
        source = query.source_from(self.source, Deadline(lambda: seconds))
        return source.list_page(query.parameters)

    def walk(self, payload: Mapping[str, Any], seconds: float = 60) -> Iterator[Page]:
        token: dict[str, Any] = {}
        for _ in range(1000):
            page = self.page({**payload, **token}, seconds)
            yield page
            if page.next_token is None:
                return
            token = {"nextToken": page.next_token}
        pytest.fail("The walk does not end.")


@settings(deadline=None)
@given(JOBS, PAYLOADS.filter(is_valid), st.integers(1, 8), st.sampled_from([0.0, 60.0]))
def test_walking_the_tokens_gives_each_match_exactly_once_in_order(
    all_jobs: list[Job], payload: dict[str, Any], page: int, seconds: float
) -> None:
    harness = SearchHarness(all_jobs, page=page)
    pages = list(harness.walk(payload, seconds))
    found = [each for page in pages for each in page.jobs]
    matching = [each for each in all_jobs if all(expected(each, *item) for item in payload.items())]
    assert sorted(each["jobArn"] for each in found) == sorted(each["jobArn"] for each in matching)
    seconds_of = [datetime.fromisoformat(each["creationTime"]).timestamp() // 1 for each in found]
    assert seconds_of == sorted(seconds_of, reverse=payload.get("sortOrder") != "Ascending")
    assert all(len(page.jobs) <= payload.get("maxResults", 100) for page in pages)
    if seconds:
        assert all(len(page.jobs) == payload.get("maxResults", 100) for page in pages[:-1]), "pages fill up"


# The statuses to which each can change.
LATER = {"InProgress": ("Stopping", *ENDED), "Stopping": ("Stopped", "Completed", "Failed")}


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[Job], dict[int, list[Job]]]:
    """Draw jobs, and which change, or arrive, before which call."""
    listed = draw(JOBS)
    at: dict[int, list[Job]] = {}
    for each in listed:
        if each["status"] in LATER and draw(st.booleans()):
            status = draw(st.sampled_from(LATER[each["status"]]))
            at.setdefault(draw(st.integers(1, 12)), []).append({**each, "status": status})
    known = {each["jobArn"] for each in listed}
    for number, each in draw(st.lists(st.tuples(st.integers(1, 12), jobs()), max_size=4)):
        if each["jobArn"] not in known:
            known.add(each["jobArn"])
            at.setdefault(number, []).append(each)
    return listed, at


@settings(deadline=None)
@given(changes(), PAYLOADS.filter(is_valid), st.integers(1, 4), st.sampled_from([0.0, 60.0]))
def test_each_job_that_matches_throughout_is_found_once_even_if_its_status_changes_meanwhile(
    drawn: tuple[list[Job], dict[int, list[Job]]], payload: dict[str, Any], page: int, seconds: float
) -> None:
    listed, at = drawn
    harness = SearchHarness(list(listed), page=page)

    def change(source: FakeBedrock) -> None:
        changed = {each["jobArn"]: each for each in at.get(len(source.calls), ())}
        source.jobs[:] = [changed.pop(each["jobArn"], each) for each in source.jobs]
        source.jobs.extend(changed.values())

    harness.source.before_page = change
    found = [each["jobArn"] for page in harness.walk(payload, seconds) for each in page.jobs]
    assert len(found) == len(set(found))
    changed = {each["jobArn"]: each for some in at.values() for each in some}
    throughout = {
        each["jobArn"]
        for each in listed
        for state in [(each, changed.get(each["jobArn"], each))]
        if all(expected(job, *item) for job in state for item in payload.items())
    }
    assert throughout <= set(found)


@pytest.mark.parametrize(("before", "after"), [(early, late) for early in LATER for late in LATER[early]])
def test_a_job_that_changes_between_two_statuses_that_match_is_found(before: str, after: str) -> None:
    for call in range(1, 6):
        harness = SearchHarness(
            [job(n, status=before, created=NOW - timedelta(hours=n)) for n in range(4)], page=2
        )

        def change(source: FakeBedrock, call: int = call) -> None:
            if len(source.calls) == call:
                source.jobs[:] = [{**each, "status": after} for each in source.jobs]

        harness.source.before_page = change
        payload = {"where.status": sorted({before, after, "Failed"})}
        assert len([each for page in harness.walk(payload) for each in page.jobs]) == 4


@settings(deadline=None)
@given(JOBS, PAYLOADS.filter(is_valid), st.integers(600, 3000))
def test_a_workflow_receives_each_match_exactly_once(
    all_jobs: list[Job], payload: dict[str, Any], room: int
) -> None:
    harness = SearchHarness(all_jobs, page=4)
    found: list[str] = []
    token: str | None = None
    for _ in range(200):
        # As `WorkflowEntryPoint` does.
        cursor = Cursor.from_token(token, harness.contract.inputs["nextToken"]) if token else None
        page_token = {"nextToken": cursor.page_token} if cursor and cursor.page_token else {}
        query = harness.contract.from_json({**payload, **page_token}).ordered().without_token()
        deadline = Deadline(lambda: 60)
        source = query.source_from(harness.source, deadline)
        listing = collect(
            source, query, cursor or Cursor.start(query), deadline, answer_bytes=4 * 1024 + room + 60 * 40
        )
        found += [each["jobArn"] for each in listing.jobs]
        if listing.cursor is None:
            break
        token = listing.cursor.to_token()
    matching = [each for each in all_jobs if all(expected(each, *item) for item in payload.items())]
    assert sorted(found) == sorted(each["jobArn"] for each in matching)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(STATUSES)), min_size=4, max_size=16),
    st.sets(st.sampled_from(STATUSES), min_size=2),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from(["Ascending", "Descending"]),
    st.sampled_from([0.0, 60.0]),
    st.integers(0, 20),
)
def test_jobs_of_the_same_second_are_found_once_and_in_order_whatever_bounds_include(
    drawn: list[tuple[int, str]],
    statuses: set[str],
    page: int,
    inclusive: bool,  # noqa: FBT001 - drawn
    order: str,
    seconds: float,
    call: int,
) -> None:
    listed = [
        job(n, status=status, created=NOW - timedelta(seconds=ago)) for n, (ago, status) in enumerate(drawn)
    ]
    harness = SearchHarness(list(listed), page=page)
    harness.source.inclusive = inclusive

    def end_all(source: FakeBedrock) -> None:
        if len(source.calls) == call:
            source.jobs[:] = [
                {**each, "status": "Completed"} if each["status"] in LATER else each for each in source.jobs
            ]

    harness.source.before_page = end_all
    payload: dict[str, Any] = {"sortOrder": order, "maxResults": 3}
    payload["where.status"] = sorted({*statuses, "Completed"})
    found = [each for page in harness.walk(payload, seconds) for each in page.jobs]
    arns = [each["jobArn"] for each in found]
    assert len(arns) == len(set(arns))
    assert set(arns) >= {each["jobArn"] for each in listed if each["status"] in payload["where.status"]}
    times = [each["creationTime"] for each in found]
    assert times == sorted(times, reverse=order == "Descending")


def test_several_statuses_take_a_walk_each_and_other_filters_bound_the_creation_time() -> None:
    harness = SearchHarness([job(n, created=NOW - timedelta(hours=n)) for n in range(3)])
    harness.page({"where.status": ["Failed", "Stopped"], "where.lastModifiedBefore": "-1h"})
    assert [(call["statusEquals"], call["creationTimeBefore"]) for call in harness.source.calls] == [
        ("Failed", NOW - timedelta(hours=1)),
        ("Stopped", NOW - timedelta(hours=1)),
    ]


def test_only_failed_jobs_are_looked_up_for_their_category() -> None:
    harness = SearchHarness([job(n, status=STATUSES[n % 5]) for n in range(10)])
    harness.page({"where.failureCategory": "permissions", "where.customizationType": "FINE_TUNING"})
    assert ASKED == []
    harness.page({"where.failureCategory": "permissions"})
    assert sorted(map(number_of, ASKED)) == [2, 7]


def test_a_query_without_filters_is_bedrocks_own() -> None:
    harness = SearchHarness([job()])
    query = harness.contract.from_json({"statusEquals": "Completed", "creationTimeAfter": "2026-01-01[UTC]"})
    assert query.search is None
    assert query.source_from(harness.source, Deadline(lambda: 60)) is harness.source
    assert query.parameters["creationTimeAfter"] == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_relative_time_refers_to_the_first_page_on_every_page() -> None:
    harness = SearchHarness([job(n, created=NOW - timedelta(minutes=10 * n)) for n in range(12)])
    first = harness.page({"creationTimeAfter": "-1h", "maxResults": 4})
    later = contract_at(NOW + timedelta(minutes=15))
    query = later.from_json({"creationTimeAfter": "-1h", "nextToken": first.next_token})
    assert query.parameters["creationTimeAfter"] == NOW - timedelta(hours=1)
    rest = query.source_from(harness.source, Deadline(lambda: 60)).list_page(query.parameters)
    assert [number_of(each["jobArn"]) for each in [*first.jobs, *rest.jobs]] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "change",
    [
        {"where.status": "Stopped"},
        {"sortOrder": "Ascending"},
        {"creationTimeAfter": "-2d"},
        {"where.stuck": False},
    ],
)
def test_a_token_belongs_to_its_query(change: dict[str, Any]) -> None:
    harness = SearchHarness([job(n, status="Failed") for n in range(3)])
    payload = {"where.status": "Failed", "maxResults": 1}
    token = harness.page(payload).next_token
    assert harness.page({**payload, "maxResults": 2, "nextToken": token}).next_token
    for wrong in ({**payload, **change, "nextToken": token}, {**payload, "nextToken": "search.abc"}):
        with pytest.raises(ValidationException, match="the nextToken of an earlier answer to the same query"):
            harness.page(wrong)


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_token_that_was_changed_is_refused(place: int, change: int) -> None:
    harness = SearchHarness([job(n) for n in range(2)])
    token = str(harness.page({"where.status": "Completed", "maxResults": 1}).next_token)
    changed = bytearray(token.encode())
    changed[place % len(changed)] ^= change
    with pytest.raises(ValidationException):
        harness.page({"where.status": "Completed", "nextToken": changed.decode("latin-1")})


@pytest.mark.parametrize("order", ["Ascending", "Descending"])
@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("seconds", [0, 60])
@pytest.mark.parametrize(
    "mangled", [None, 5, "text", [], {"jobArn": 7, "status": ["Failed"], "creationTime": {}}]
)
def test_a_malformed_summary_matches_no_filter_on_what_it_lacks(
    mangled: Any, seconds: float, place: int, order: str
) -> None:
    harness = SearchHarness(
        [job(n, status="Failed", created=NOW - timedelta(hours=n)) for n in range(6)], page=2
    )
    harness.source.sent = lambda each: mangled if number_of(each["jobArn"]) == place else each
    payload = {"where.status": "Failed", "maxResults": 2, "sortOrder": order}
    found = [number_of(each["jobArn"]) for page in harness.walk(payload, seconds) for each in page.jobs]
    assert sorted(found) == [n for n in range(6) if n != place]


@pytest.mark.parametrize("order", ["Ascending", "Descending"])
@pytest.mark.parametrize("created", [None, "yesterday", "0001-01-01T00:00:00+10:00", "1000-01-01T00:00:00Z"])
@pytest.mark.parametrize("place", range(6))
def test_a_job_without_a_time_hides_no_other(place: int, created: str | None, order: str) -> None:
    harness = SearchHarness(
        [job(n, status="Failed", created=NOW - timedelta(hours=n)) for n in range(6)], page=2
    )
    harness.source.sent = lambda each: (
        {**each, "creationTime": created} if number_of(each["jobArn"]) == place else each
    )
    for seconds in (0, 60):
        payload = {"where.status": "Failed", "maxResults": 2, "sortOrder": order}
        pages = list(harness.walk(payload, seconds))
        assert {number_of(each["jobArn"]) for page in pages for each in page.jobs} >= {*range(6)} - {place}
    query = harness.contract.from_json(payload)
    deadline = Deadline(lambda: 60)
    scan = ParallelScan(query.scan_source_from(harness.source, deadline), query.parameters, deadline)
    assert {number_of(each["jobArn"]) for some in scan for each in some} >= {*range(6)} - {place}


@settings(deadline=None)
@given(JOBS, PAYLOADS.filter(is_valid), st.integers(1, 8))
def test_a_scan_finds_each_match_exactly_once(
    all_jobs: list[Job], payload: dict[str, Any], page: int
) -> None:
    harness = SearchHarness(all_jobs, page=page)
    selecting = harness.contract.selecting()
    query = selecting.from_json({name: payload[name] for name in payload if name in selecting.inputs})
    deadline = Deadline(lambda: 60)
    scan = ParallelScan(query.scan_source_from(harness.source, deadline), query.parameters, deadline)
    found = [each["jobArn"] for some in scan for each in some]
    matching = [each for each in all_jobs if all(expected(each, *item) for item in payload.items())]
    assert sorted(found) == sorted(each["jobArn"] for each in matching)
    assert scan.complete


@pytest.mark.parametrize(
    "payload",
    [{"creationTimeAfter": "-30d"}, {"where.customizationType": "FINE_TUNING"}, {"where.stuck": False}],
)
def test_filters_cost_a_scan_few_further_calls(payload: dict[str, Any]) -> None:
    harness = SearchHarness(
        [job(n, created=NOW - timedelta(minutes=n), customizationType="FINE_TUNING") for n in range(5000)]
    )
    deadline = Deadline(lambda: 60)
    query = harness.contract.from_json(payload)
    scan = ParallelScan(query.scan_source_from(harness.source, deadline), query.parameters, deadline)
    assert sum(map(len, scan)) == 5000
    # 10 full pages; those read before the oldest job is known are read again.
    assert len(harness.source.calls) <= 25


def test_the_deadline_ends_a_page_before_a_further_call() -> None:
    harness = SearchHarness([job(n, created=NOW - timedelta(minutes=n)) for n in range(100)], page=2)
    page = harness.page({"where.outputModel": "nowhere"}, seconds=0)
    assert (page.jobs, len(harness.source.calls)) == ([], 1)
    assert page.next_token


def test_bounds_that_follow_are_sent_only_if_bedrock_accepts_them() -> None:
    harness = SearchHarness([job()])
    assert (
        harness.page({"where.endedAfter": "1000-01-01T00:00:00Z", "where.durationAtMost": "36500d"}).jobs
        == []
    )
    assert "creationTimeAfter" not in harness.source.calls[0]
    harness.source.calls.clear()
    contradicting = {"creationTimeAfter": "2026-02-01T00:00:00Z", "where.endedBefore": "2026-01-01[UTC]"}
    assert harness.page(contradicting).answer == {"modelCustomizationJobSummaries": []}
    assert harness.source.calls == []


@pytest.mark.parametrize(
    ("payload", "expected_answers"),
    [
        ({"where.status": "Failed"}, 1),
        ({"where.endedAfter": "2026-01-01[UTC]"}, 1),
        ({"creationTimeAfter": "-7d"}, 2),
        ({"where.stuck": False}, 2),
    ],
)
def test_a_token_has_a_time_only_if_what_is_found_depends_on_it(
    payload: dict[str, Any], expected_answers: int
) -> None:
    harness = SearchHarness([job(n, status="Failed", endTime=text(NOW)) for n in range(3)])
    tokens = set()
    for harness.contract in map(contract_at, (NOW, NOW + timedelta(seconds=1))):
        tokens.add(harness.page({**payload, "maxResults": 1}).next_token)
    assert None not in tokens
    assert len(tokens) == expected_answers


@pytest.mark.parametrize("second", [-1, 10**30, 253402300799, 0.5, "7", None])
@pytest.mark.parametrize("payload", [{"where.status": "Failed"}, {"creationTimeAfter": "-7d"}])
def test_a_forged_place_is_refused(second: Any, payload: dict[str, Any]) -> None:
    harness = SearchHarness([])
    search = harness.contract.from_json(payload).search
    assert search
    forged = SearchToken(search.fingerprint, NOW, Position(second, "0" * 16)).encode()
    with pytest.raises(ValidationException, match="nextToken"):
        harness.page({**payload, "nextToken": forged})


@pytest.mark.parametrize("as_of", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "now", 7])
def test_a_forged_time_is_refused(as_of: Any) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        parse_as_of(as_of)


def test_every_problem_of_a_search_is_reported_with_the_nearest_known_name() -> None:
    with pytest.raises(ValidationException) as raised:
        SearchHarness([]).contract.from_json(
            {
                "where.statuses": "Failed",
                "where.status": ["failed", "Stoped"],
                "where.stuck": "yes",
                "where.durationAtLeast": "2 hours",
                "where.tag": "=x",
                "where.baseModel": "",
                "where.endedAfter": "2026-01-01[Europe/Berlim]",
                "where.lastModifiedAfter": "-1h",
                "where.lastModifiedBefore": "-2h",
                "maxResult": 5,
            }
        )
    described = [str(problem).partition(", allowed:")[0] for problem in raised.value.problems]
    assert described == [
        "where.statuses: got an unknown name (did you mean where.status?)",
        "where.status: got ['failed', 'Stoped']",
        "where.stuck: got 'yes'",
        "where.durationAtLeast: got '2 hours'",
        "where.tag: got '=x'",
        "where.baseModel: got ''",
        "where.endedAfter: got '2026-01-01[Europe/Berlim]'",
        "maxResult: got an unknown name (did you mean maxResults?)",
        "where.lastModifiedAfter: got -1h with where.lastModifiedBefore -2h",
    ]
    message = str(raised.value)
    assert "(did you mean Failed, Stopped?)" in message
    assert "(no time zone is named Europe/Berlim, did you mean Europe/Berlin?)" in message


def test_filters_that_need_the_watch_say_so_without_it() -> None:
    contract = QueryContract(operation())
    with pytest.raises(ValidationException) as raised:
        contract.from_json({"where.failureCategory": "size", "where.tag": "team"})
    assert [problem.parameter for problem in raised.value.problems] == ["where.failureCategory", "where.tag"]
    assert "WATCH_TABLE" in str(raised.value)
    assert "jobTags" in str(raised.value)


def test_a_url_repeats_or_separates_several_values() -> None:
    contract = SearchHarness([]).contract
    from_json = contract.from_json(
        {"where.status": ["Failed", "Stopped"], "where.tag": ["team=ads", "a"], "where.stuck": True}
    )
    for statuses in (["Failed", "Stopped"], ["Stopped,Failed"]):
        given = {"where.status": statuses, "where.tag": ["team=ads", "a"], "where.stuck": ["true"]}
        assert contract.from_text(given) == from_json
    with pytest.raises(ValidationException, match="maxResults: got 2 values, allowed: one value"):
        contract.from_text({"where.status": ["Failed"], "maxResults": ["1", "2"]})
