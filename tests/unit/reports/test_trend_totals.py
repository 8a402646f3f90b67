import json
import math
import random
import tracemalloc
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.listing.filters import JobFacts
from customization_jobs.reports.name_counts import OTHER_NAMES
from customization_jobs.reports.trend_totals import MAX_TYPES, TRENDS_FIELDS, WEEKS
from tests.fakes import NOW, Job, job, text
from tests.unit.reports.trends import TYPES, trend_totals, trends

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
# A Monday.
MONDAY = datetime(2026, 2, 23, tzinfo=UTC)
FIRST_MONDAY = MONDAY - 13 * 7 * DAY


def ended(at: datetime, number: int = 0, *, status: str = "Completed", **fields: Any) -> Job:
    return job(number, created=at - DAY, status=status, endTime=text(at), **fields)


def weeks(answer: dict[str, Any]) -> dict[str, int]:
    """Return the weeks in which jobs ended, and how many."""
    return {name: sum(counts.values()) for name, counts in answer["byWeek"].items() if any(counts.values())}


@st.composite
def any_jobs(draw: st.DrawFn) -> list[Job]:
    jobs = []
    for number in range(draw(st.integers(0, 60))):
        created = NOW - timedelta(seconds=draw(st.integers(0, 130 * 86_400)))
        fields: dict[str, Any] = {}
        if draw(st.booleans()):
            fields["customizationType"] = draw(st.sampled_from([*TYPES, "TELEPATHY"]))
        status = draw(st.sampled_from(["InProgress", "Stopping", "Completed", "Failed", "Stopped", "Paused"]))
        if status in ("Completed", "Failed", "Stopped"):
            at = created + timedelta(seconds=draw(st.integers(0, 40 * 86_400)))
            fields[draw(st.sampled_from(["endTime", "lastModifiedTime"]))] = text(at)
        jobs.append(job(number, created=created, status=status, **fields))
    return jobs


# A slow machine is not a failure.
@settings(deadline=None)
@given(any_jobs(), st.randoms())
def test_the_trends_equal_those_computed_from_the_whole_list(
    jobs: list[Job], generator: random.Random
) -> None:
    known = {each["jobArn"]: JobFacts("size") for each in jobs[::2]}
    shuffled = list(jobs)
    generator.shuffle(shuffled)
    totals = trend_totals(facts_of=lambda arns: {arn: known[arn] for arn in arns if arn in known})
    while shuffled:
        page, shuffled = shuffled[:7], shuffled[7:]
        totals.add(page)
    answer = totals.to_json(complete=True)

    by_week: Counter[tuple[str, str]] = Counter()
    durations: defaultdict[str, list[float]] = defaultdict(list)
    failed = []
    for each in jobs:
        if each["status"] not in ("Completed", "Failed", "Stopped"):
            continue
        at = datetime.fromisoformat(each.get("endTime") or each["lastModifiedTime"])
        if at < FIRST_MONDAY:
            continue
        # A job that ends after now belongs to the current week.
        week = min(at, MONDAY + 6 * DAY)
        by_week[f"{week:%G-W%V}", each["status"]] += 1
        if each["status"] == "Completed":
            seconds = (at - datetime.fromisoformat(each["creationTime"])).total_seconds()
            durations[each.get("customizationType", "NotReported")].append(seconds)
        if each["status"] == "Failed":
            failed.append(each["jobArn"])

    assert answer["jobs"] == len(jobs)
    found = {
        (name, status): number
        for name, counts in answer["byWeek"].items()
        for status, number in counts.items()
        if number
    }
    assert found == dict(by_week)
    shown = answer["completedDurationSeconds"]
    assert {name for name, each in shown.items() if each["jobs"]} == set(durations)
    for name, exact in durations.items():
        exact.sort()
        assert shown[name]["jobs"] == len(exact)
        for percent in (50, 90, 99):
            expected = exact[max(1, math.ceil(percent * len(exact) / 100)) - 1]
            assert abs(shown[name][f"p{percent}"] - expected) <= expected * 0.01 + 0.501
    categories = Counter("size" if arn in known else "unknown" for arn in failed)
    assert Counter(answer["failures"]["byCategory"]) == categories
    assert answer["failures"]["notRecorded"] == categories["unknown"]


def test_the_trends_of_no_jobs_are_complete() -> None:
    answer = trends()
    none = {"Completed": 0, "Failed": 0, "Stopped": 0}
    assert answer == {
        "asOf": "2026-03-01T12:00:00Z",
        "complete": True,
        "jobs": 0,
        "since": "2025-11-24T00:00:00Z",
        "currentWeek": "2026-W09",
        "byWeek": {
            **{f"2025-W{week}": none for week in range(48, 53)},
            **{f"2026-W{week:02}": none for week in range(1, 10)},
        },
        "completedDurationSeconds": {
            name: {"jobs": 0, "p50": None, "p90": None, "p99": None} for name in TYPES
        },
        "failures": {
            "byCategory": dict.fromkeys(
                (
                    "permissions",
                    "data-format",
                    "size",
                    "token-limit",
                    "license-check",
                    "transient",
                    "unknown",
                ),
                0,
            ),
            "notRecorded": 0,
            "recordsRead": False,
        },
    }
    assert set(answer) | {"malformed"} == set(TRENDS_FIELDS)
    assert list(answer["byWeek"])[-1] == answer["currentWeek"]
    assert trends(malformed=2)["malformed"] == 2


@pytest.mark.parametrize(
    ("at", "week"),
    [
        (FIRST_MONDAY - SECOND, None),
        (FIRST_MONDAY, "2025-W48"),
        (MONDAY - SECOND, "2026-W08"),
        (MONDAY, "2026-W09"),
        (datetime(2025, 12, 28, 23, 59, 59, tzinfo=UTC), "2025-W52"),
        (datetime(2025, 12, 29, tzinfo=UTC), "2026-W01"),
        # Sunday evening in UTC.
        (datetime(2026, 2, 23, 1, tzinfo=timezone(timedelta(hours=2))), "2026-W08"),
        # After the time of the report, and in the next week.
        (NOW + SECOND, "2026-W09"),
        (MONDAY + 8 * DAY, "2026-W09"),
    ],
)
def test_a_job_counts_in_the_week_in_which_it_ended(at: datetime, week: str | None) -> None:
    assert weeks(trends([ended(at)])) == ({week: 1} if week else {})


@pytest.mark.parametrize("now", [MONDAY, MONDAY - SECOND, MONDAY + 3 * DAY, datetime(2027, 1, 3, tzinfo=UTC)])
def test_the_weeks_are_at_least_90_days_and_all_but_the_last_are_complete(now: datetime) -> None:
    answer = trends([ended(now - 90 * DAY)], now=now)
    assert sum(weeks(answer).values()) == 1
    assert len(answer["byWeek"]) == WEEKS
    since = datetime.fromisoformat(answer["since"])
    assert (since.weekday(), since.hour, since.tzinfo) == (0, 0, UTC)
    assert 91 * DAY <= now - since < 98 * DAY


def test_weeks_are_those_of_utc_wherever_the_clock_is() -> None:
    # Sunday evening in UTC.
    now = datetime(2026, 2, 23, 1, tzinfo=timezone(timedelta(hours=2)))
    answer = trends(now=now)
    assert (answer["currentWeek"], list(answer["byWeek"])[-1]) == ("2026-W08", "2026-W08")


def test_a_year_with_53_weeks_has_a_name_for_each() -> None:
    names = list(trends(now=datetime(2027, 1, 8, tzinfo=UTC))["byWeek"])
    assert names[-3:] == ["2026-W52", "2026-W53", "2027-W01"]


def test_only_completed_jobs_have_durations() -> None:
    jobs = [ended(NOW, n, status=status) for n, status in enumerate(["Failed", "Stopped", "Completed"])]
    found = trends(jobs)["completedDurationSeconds"]
    assert {name: each["jobs"] for name, each in found.items()} == dict.fromkeys(TYPES, 0) | {
        "NotReported": 1
    }
    assert found["NotReported"]["p50"] == 86_400


def test_the_size_of_the_answer_is_bounded() -> None:
    jobs = [
        ended(
            NOW - n % 98 * DAY,
            n,
            customizationType=f"{n}{'x' * 900}",
            status="Completed" if n % 2 else "Failed",
        )
        for n in range(3_000)
    ]
    answer = trends(jobs, facts_of=lambda arns: {arn: JobFacts(arn * 20) for arn in arns})
    assert len(json.dumps(answer)) < 50_000
    durations = answer["completedDurationSeconds"]
    assert len(durations) == MAX_TYPES
    completed = sum(counts["Completed"] for counts in answer["byWeek"].values())
    assert sum(each["jobs"] for each in durations.values()) == completed
    assert durations[OTHER_NAMES]["jobs"] > 0


def test_memory_does_not_grow_with_the_number_of_jobs() -> None:
    def bytes_used(pages: int) -> int:
        totals = trend_totals(facts_of=lambda _: {})
        tracemalloc.start()
        for page in range(pages):
            totals.add(
                ended(
                    NOW - timedelta(hours=number, seconds=page),
                    page * 100 + number,
                    status=("Completed", "Failed")[number % 2],
                )
                for number in range(100)
            )
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    bytes_used(1)
    few, many = bytes_used(20), bytes_used(100)
    assert many < few * 1.5 + 20_000
