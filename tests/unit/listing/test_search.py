"""Searches against the truth: every job that matches throughout is found exactly once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import ValidationException
from customization_jobs.limits import Limits
from customization_jobs.listing.cursor import Cursor
from customization_jobs.listing.filters import JobFacts
from customization_jobs.listing.pages import collect
from customization_jobs.listing.query import QueryContract, Searching
from customization_jobs.timeouts import Deadline
from tests.contract.snapshot import operation
from tests.fakes import NOW, FakeBedrock, Job, job, text

STATUSES = ("InProgress", "Completed", "Failed", "Stopping", "Stopped")
ENDED = ("Completed", "Failed", "Stopped")
TYPES = ("FINE_TUNING", "DISTILLATION", None)
MODELS = ("amazon.nova-lite-v1:0:300k", "meta.llama3-2-1b-instruct-v1:0:128k")
LIMITS = Limits(default=7200, by_base_model={"nova-lite": 3600})
CATEGORIES = ("permissions", "size", None)
TAGS: tuple[Mapping[str, str] | None, ...] = ({"team": "search"}, {"team": "ads", "cost=center": "7"}, None)


# The jobs whose facts were read.
ASKED: list[str] = []


def facts_of(arns: Iterable[str]) -> dict[str, JobFacts]:
    asked = list(arns)
    ASKED.extend(asked)
    return {arn: facts(arn) for arn in asked if facts(arn) != JobFacts()}


def contract_at(now: datetime) -> QueryContract:
    return QueryContract(operation(), Searching(LIMITS, facts_of, reads_tags=True, now=lambda: now))


CONTRACT = contract_at(NOW)


class World:
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


def number_of(arn: str) -> int:
    return int(arn.rpartition("/")[2], 16)


def facts(arn: str) -> JobFacts:
    number = number_of(arn)
    return JobFacts(CATEGORIES[number % 3], TAGS[number // 3 % 3])


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    number = draw(st.integers(0, 10**6))
    created = NOW - timedelta(milliseconds=draw(st.integers(0, 5) | st.integers(0, 10 * 3_600_000)))
    status = draw(st.sampled_from(STATUSES))
    changed = created + timedelta(seconds=draw(st.integers(0, 7200)))
    customization_type = draw(st.sampled_from(TYPES))
    return job(
        number,
        created=created,
        status=status,
        baseModelArn=f"arn:aws:bedrock:us-east-1::foundation-model/{draw(st.sampled_from(MODELS))}",
        **({"customizationType": customization_type} if customization_type else {}),
        **(draw(st.sampled_from([{}, {"lastModifiedTime": text(changed)}]))),
        **({"endTime": text(changed)} if status in ENDED and draw(st.booleans()) else {}),
        **(draw(st.sampled_from([{}, {"customModelName": "tone-model"}, {"customModelArn": "arn:aws:x/y"}]))),
    )


TIMES = st.sampled_from(["-1h", "-P1D", "PT90M", text(NOW - timedelta(hours=2)), "2026-03-01T09:30[UTC]"])
DURATIONS = st.sampled_from(["0s", "30m", "PT1H", "2h"])
FILTERS: dict[str, st.SearchStrategy[Any]] = {
    "where.status": st.lists(st.sampled_from(STATUSES), min_size=1, max_size=3) | st.sampled_from(STATUSES),
    "where.customizationType": st.sampled_from(["FINE_TUNING", ["DISTILLATION", "IMPORTED"]]),
    "where.baseModel": st.sampled_from(["nova-lite", "meta.llama3-2-1b-instruct-v1:0:128k", "titan"]),
    "where.outputModel": st.sampled_from(["tone", "arn:aws:x/y"]),
    "where.lastModifiedAfter": TIMES,
    "where.lastModifiedBefore": TIMES,
    "where.endedAfter": TIMES,
    "where.endedBefore": TIMES,
    "where.durationAtLeast": DURATIONS,
    "where.durationAtMost": DURATIONS,
    "where.stuck": st.booleans(),
    "where.failureCategory": st.sampled_from(["permissions", ["unknown", "size"]]),
    "where.tag": st.sampled_from(["team", "team=ads", ["team=ads", "cost=center=7"], "team=sales"]),
    "creationTimeAfter": TIMES,
    "creationTimeBefore": TIMES,
    "statusEquals": st.sampled_from(STATUSES),
    "nameContains": st.just("support"),
    "sortOrder": st.sampled_from(["Ascending", "Descending"]),
    "maxResults": st.integers(1, 7),
}
SECONDS = {"-1h": 3600, "-P1D": 86400, "PT90M": 5400, "0s": 0, "30m": 1800, "PT1H": 3600, "2h": 7200}
PAYLOADS = st.fixed_dictionaries({}, optional=FILTERS).filter(
    lambda payload: any(name.startswith("where.") for name in payload)
)


def the_time(written: str) -> datetime:
    if written in SECONDS:
        return NOW - timedelta(seconds=SECONDS[written])
    return datetime.fromisoformat(written.replace("T09:30[UTC]", "T09:30:00Z")).astimezone(UTC)


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def expected(each: Job, name: str, value: Any) -> bool:  # noqa: C901, PLR0911, PLR0912 - the truth, spelled out
    """Whether a job matches one filter, in other words than the code's."""
    created = datetime.fromisoformat(each["creationTime"])
    modified = datetime.fromisoformat(each["lastModifiedTime"]) if "lastModifiedTime" in each else None
    has_ended = each["status"] in ENDED
    end = (datetime.fromisoformat(each["endTime"]) if "endTime" in each else modified) if has_ended else None
    age = (NOW - created).total_seconds()
    duration = ((end - created).total_seconds() if end else None) if has_ended else age
    known = facts(each["jobArn"])
    match name.removeprefix("where."):
        case "status" | "statusEquals":
            return each["status"] in listed(value)
        case "customizationType":
            return each.get("customizationType") in listed(value)
        case "baseModel":
            return value in each["baseModelArn"]
        case "outputModel":
            return value in each.get("customModelName", "") or value in each.get("customModelArn", "")
        case "lastModifiedAfter":
            return modified is not None and modified > the_time(value)
        case "lastModifiedBefore":
            return modified is not None and modified < the_time(value)
        case "endedAfter":
            return end is not None and end > the_time(value)
        case "endedBefore":
            return end is not None and end < the_time(value)
        case "durationAtLeast":
            return duration is not None and duration >= SECONDS[value]
        case "durationAtMost":
            return duration is not None and duration <= SECONDS[value]
        case "stuck":
            limit = 3600 if "nova-lite" in each["baseModelArn"] else 7200
            return (each["status"] == "InProgress" and age > limit) is value
        case "failureCategory":
            return each["status"] == "Failed" and (known.failure_category or "unknown") in listed(value)
        case "tag":
            pairs = {f"{key}={content}" for key, content in (known.tags or {}).items()}
            return all(tag in pairs or tag in (known.tags or {}) for tag in listed(value))
        case "creationTimeAfter":
            return created > the_time(value)
        case "creationTimeBefore":
            return created < the_time(value)
        case _:
            return True


def is_valid(payload: Mapping[str, Any]) -> bool:
    pairs = ("creationTime", "where.lastModified", "where.ended")
    times = all(
        the_time(payload[f"{name}After"]) <= the_time(payload[f"{name}Before"])
        for name in pairs
        if f"{name}After" in payload and f"{name}Before" in payload
    )
    return times and SECONDS[payload.get("where.durationAtLeast", "0s")] <= SECONDS.get(
        payload.get("where.durationAtMost", ""), 10**9
    )


JOBS = st.lists(jobs(), max_size=25, unique_by=lambda each: each["jobArn"])


@settings(deadline=None)
@given(JOBS, PAYLOADS.filter(is_valid), st.integers(1, 8), st.sampled_from([0.0, 60.0]))
def test_walking_the_tokens_gives_each_match_exactly_once_in_order(
    all_jobs: list[Job], payload: dict[str, Any], page: int, seconds: float
) -> None:
    world = World(all_jobs, page=page)
    pages = list(world.walk(payload, seconds))
    found = [each for page in pages for each in page.jobs]
    matching = [each for each in all_jobs if all(expected(each, *item) for item in payload.items())]
    assert sorted(each["jobArn"] for each in found) == sorted(each["jobArn"] for each in matching)
    seconds_of = [datetime.fromisoformat(each["creationTime"]).timestamp() // 1 for each in found]
    assert seconds_of == sorted(seconds_of, reverse=payload.get("sortOrder") != "Ascending")
    assert all(len(page.jobs) <= payload.get("maxResults", 100) for page in pages)
    if seconds:
        assert all(len(page.jobs) == payload.get("maxResults", 100) for page in pages[:-1]), "pages fill up"


@given(
    JOBS, PAYLOADS.filter(is_valid), st.lists(st.tuples(st.integers(0, 30), jobs()), max_size=6), st.data()
)
def test_jobs_that_arrive_or_change_meanwhile_repeat_and_hide_no_other(
    all_jobs: list[Job], payload: dict[str, Any], arrivals: list[tuple[int, Job]], data: st.DataObject
) -> None:
    known = {each["jobArn"] for each in all_jobs}
    arriving = {arn: (number, each) for number, each in arrivals if (arn := each["jobArn"]) not in known}
    changing = data.draw(st.sets(st.sampled_from(sorted(known)), max_size=5)) if known else set()
    world = World(list(all_jobs), page=3)

    def change(source: FakeBedrock) -> None:
        for arn, (number, each) in list(arriving.items()):
            if number <= len(source.calls):
                source.jobs.append(each)
                del arriving[arn]
        if len(source.calls) == 3:
            source.jobs[:] = [
                {**each, "status": "Completed"} if each["jobArn"] in changing else each
                for each in source.jobs
            ]

    world.source.before_page = change
    found = [each["jobArn"] for page in world.walk(payload, 0) for each in page.jobs]
    assert len(found) == len(set(found))
    throughout = {
        each["jobArn"]
        for each in all_jobs
        if each["jobArn"] not in changing and all(expected(each, *item) for item in payload.items())
    }
    assert throughout <= set(found)


@settings(deadline=None)
@given(JOBS, PAYLOADS.filter(is_valid), st.integers(600, 3000))
def test_a_workflow_receives_each_match_exactly_once(
    all_jobs: list[Job], payload: dict[str, Any], room: int
) -> None:
    world = World(all_jobs, page=4)
    found: list[str] = []
    token: str | None = None
    for _ in range(200):
        # As `WorkflowEntryPoint` does.
        cursor = Cursor.from_token(token, world.contract.inputs["nextToken"]) if token else None
        page_token = {"nextToken": cursor.page_token} if cursor and cursor.page_token else {}
        query = world.contract.from_json({**payload, **page_token}).ordered().without_token()
        deadline = Deadline(lambda: 60)
        source = query.source_from(world.source, deadline)
        listing = collect(
            source, query, cursor or Cursor.start(query), deadline, answer_bytes=4 * 1024 + room + 60 * 40
        )
        found += [each["jobArn"] for each in listing.jobs]
        if listing.cursor is None:
            break
        token = listing.cursor.to_token()
    matching = [each for each in all_jobs if all(expected(each, *item) for item in payload.items())]
    assert sorted(found) == sorted(each["jobArn"] for each in matching)


def test_several_statuses_take_a_walk_each_and_other_filters_bound_the_creation_time() -> None:
    world = World([job(n, created=NOW - timedelta(hours=n)) for n in range(3)])
    world.page({"where.status": ["Failed", "Stopped"], "where.lastModifiedBefore": "-1h"})
    assert [(call["statusEquals"], call["creationTimeBefore"]) for call in world.source.calls] == [
        ("Failed", NOW - timedelta(hours=1)),
        ("Stopped", NOW - timedelta(hours=1)),
    ]


def test_only_failed_jobs_are_looked_up_for_their_category() -> None:
    world = World([job(n, status=STATUSES[n % 5]) for n in range(10)])
    world.page({"where.failureCategory": "permissions", "where.customizationType": "FINE_TUNING"})
    assert ASKED == []
    world.page({"where.failureCategory": "permissions"})
    assert sorted(map(number_of, ASKED)) == [2, 7]


def test_a_query_without_filters_is_bedrocks_own() -> None:
    world = World([job()])
    query = world.contract.from_json({"statusEquals": "Completed", "creationTimeAfter": "2026-01-01[UTC]"})
    assert query.search is None
    assert query.source_from(world.source, Deadline(lambda: 60)) is world.source
    assert query.parameters["creationTimeAfter"] == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_relative_time_refers_to_the_first_page_on_every_page() -> None:
    world = World([job(n, created=NOW - timedelta(minutes=10 * n)) for n in range(12)])
    first = world.page({"creationTimeAfter": "-1h", "maxResults": 4})
    later = contract_at(NOW + timedelta(minutes=15))
    query = later.from_json({"creationTimeAfter": "-1h", "nextToken": first.next_token})
    assert query.parameters["creationTimeAfter"] == NOW - timedelta(hours=1)
    rest = query.source_from(world.source, Deadline(lambda: 60)).list_page(query.parameters)
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
    world = World([job(n, status="Failed") for n in range(3)])
    payload = {"where.status": "Failed", "maxResults": 1}
    token = world.page(payload).next_token
    assert world.page({**payload, "maxResults": 2, "nextToken": token}).next_token
    for wrong in ({**payload, **change, "nextToken": token}, {**payload, "nextToken": "search.abc"}):
        with pytest.raises(ValidationException, match="the nextToken of an earlier answer to the same query"):
            world.page(wrong)


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_token_that_was_changed_is_refused(place: int, change: int) -> None:
    world = World([job(n) for n in range(2)])
    token = str(world.page({"where.status": "Completed", "maxResults": 1}).next_token)
    changed = bytearray(token.encode())
    changed[place % len(changed)] ^= change
    with pytest.raises(ValidationException):
        world.page({"where.status": "Completed", "nextToken": changed.decode("latin-1")})


@pytest.mark.parametrize(
    "mangled", [None, 5, "text", [], {"jobArn": 7, "status": ["Failed"], "creationTime": {}}]
)
def test_a_malformed_summary_matches_no_filter_on_what_it_lacks(mangled: Any) -> None:
    world = World([job(n, status="Failed", created=NOW - timedelta(hours=n)) for n in range(4)], page=2)
    world.source.sent = lambda each: mangled if number_of(each["jobArn"]) == 1 else each
    for seconds in (0, 60):
        found = [each for page in world.walk({"where.status": "Failed"}, seconds) for each in page.jobs]
        assert [number_of(each["jobArn"]) for each in found] == [0, 2, 3]


def test_every_problem_of_a_search_is_reported_with_the_nearest_known_name() -> None:
    with pytest.raises(ValidationException) as raised:
        World([]).contract.from_json(
            {
                "where.statuses": "Failed",
                "where.status": "failed",
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
        "where.status: got 'failed'",
        "where.stuck: got 'yes'",
        "where.durationAtLeast: got '2 hours'",
        "where.tag: got '=x'",
        "where.baseModel: got ''",
        "where.endedAfter: got '2026-01-01[Europe/Berlim]'",
        "maxResult: got an unknown name (did you mean maxResults?)",
        "where.lastModifiedAfter: got -1h with where.lastModifiedBefore -2h",
    ]
    message = str(raised.value)
    assert "(did you mean Failed?)" in message
    assert "(no time zone is named Europe/Berlim, did you mean Europe/Berlin?)" in message


def test_filters_that_need_the_watch_say_so_without_it() -> None:
    contract = QueryContract(operation())
    with pytest.raises(ValidationException) as raised:
        contract.from_json({"where.failureCategory": "size", "where.tag": "team"})
    assert [problem.parameter for problem in raised.value.problems] == ["where.failureCategory", "where.tag"]
    assert "WATCH_TABLE" in str(raised.value)
    assert "jobTags" in str(raised.value)


def test_a_url_repeats_or_separates_several_values() -> None:
    contract = World([]).contract
    from_json = contract.from_json(
        {"where.status": ["Failed", "Stopped"], "where.tag": ["team=ads", "a"], "where.stuck": True}
    )
    for statuses in (["Failed", "Stopped"], ["Stopped,Failed"]):
        given = {"where.status": statuses, "where.tag": ["team=ads", "a"], "where.stuck": ["true"]}
        assert contract.from_text(given) == from_json
    with pytest.raises(ValidationException, match="maxResults: got 2 values, allowed: one value"):
        contract.from_text({"where.status": ["Failed"], "maxResults": ["1", "2"]})
