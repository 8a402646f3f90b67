from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.constraints import RequestError
from local.jobs import Job, wire_time
from local.pages import page
from local.seed import believable_jobs

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
JOBS = believable_jobs(now=NOW)


def _listed(query: dict[str, str], jobs: list[Job] = JOBS, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page(jobs, {"maxResults": "1000", **query}, **options)[
        "modelCustomizationJobSummaries"
    ]
    return found


def _arns(jobs: list[dict[str, Any]]) -> list[str]:
    return [job["jobArn"] for job in jobs]


def test_newest_first_and_a_hundred_by_default() -> None:
    answer = page(JOBS, {})
    times = [job["creationTime"] for job in answer["modelCustomizationJobSummaries"]]
    assert len(times) == 100
    assert times == sorted(times, reverse=True)
    assert answer["nextToken"]


def test_ascending_is_descending_backwards_for_jobs_of_the_same_instant_too() -> None:
    assert _listed({"sortOrder": "Ascending"}) == _listed({})[::-1]


def test_a_job_made_just_now_is_after_one_hour_ago_in_every_zone() -> None:
    job = next(job for job in JOBS if job.creation_time == NOW - timedelta(minutes=12))
    for text in ("2026-11-23T11:00:00Z", "2026-11-23T13:00:00+02:00", "2026-11-23t06:30:00.500-04:30"):
        assert job.job_arn in _arns(_listed({"creationTimeAfter": text}))
        assert job.job_arn not in _arns(_listed({"creationTimeBefore": text}))


@pytest.mark.parametrize("inclusive", [False, True])
def test_whether_a_bound_is_inclusive_is_a_switch(*, inclusive: bool) -> None:
    job = JOBS[0]
    bound = wire_time(job.creation_time)
    for name in ("creationTimeAfter", "creationTimeBefore"):
        assert (job.job_arn in _arns(_listed({name: bound}, inclusive_bounds=inclusive))) is inclusive


def test_filters_come_before_the_page() -> None:
    query = {"statusEquals": "Failed", "nameContains": "risk"}
    every = _listed(query)
    assert every == [job for job in _listed({}) if job["status"] == "Failed" and "risk" in job["jobName"]]
    small = page(JOBS, {**query, "maxResults": "2"})
    assert small["modelCustomizationJobSummaries"] == every[:2]


def test_the_last_page_has_no_token() -> None:
    assert "nextToken" not in page(JOBS, {"maxResults": str(len(JOBS))})
    assert page([], {}) == {"modelCustomizationJobSummaries": []}


@given(
    size=st.integers(1, 40),
    order=st.sampled_from(["Ascending", "Descending"]),
    arrivals=st.lists(st.integers(0, 60), max_size=10),
)
def test_arrivals_neither_shift_a_page_nor_repeat_a_job(size: int, order: str, arrivals: list[int]) -> None:
    jobs = believable_jobs(60, now=NOW)
    before = set(_arns(_listed({}, jobs)))
    query, met = {"maxResults": str(size), "sortOrder": order}, list[str]()
    new = iter(believable_jobs(len(arrivals), now=NOW + timedelta(hours=1), seed=7))
    # More pages than there are jobs: a token that led nowhere would never end.
    for _ in range(100):
        answer = page(jobs, query)
        met += _arns(answer["modelCustomizationJobSummaries"])
        if (arrived := next(new, None)) is not None:
            jobs.append(arrived)
        Random(size).shuffle(jobs)  # noqa: S311 - no secret
        if "nextToken" not in answer:
            break
        query["nextToken"] = answer["nextToken"]
    assert len(met) == len(set(met))
    assert before <= set(met)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (
            {"maxResults": "0"},
            "'maxResults' failed to satisfy constraint: Member must have value greater than",
        ),
        (
            {"maxResults": "1001"},
            "'maxResults' failed to satisfy constraint: Member must have value less than",
        ),
        ({"maxResults": "ten"}, "'maxResults' failed to satisfy constraint: Member must be an integer"),
        ({"statusEquals": "Paused"}, "enum value set: [InProgress, Completed, Failed, Stopping, Stopped]"),
        ({"sortBy": "Name"}, "enum value set: [CreationTime]"),
        ({"sortOrder": "ascending"}, "enum value set: [Ascending, Descending]"),
        ({"nameContains": "-2026"}, "regular expression pattern"),
        ({"nameContains": "a" * 64}, "length less than or equal to 63"),
        ({"nextToken": ""}, "length greater than or equal to 1"),
        ({"nextToken": "never-given"}, "The provided nextToken is invalid."),
        ({"creationTimeAfter": "10/11/12"}, "ISO 8601"),
        ({"creationTimeBefore": "2026-11-23T12:00:00"}, "ISO 8601"),
        ({"creationTimeBefore": "2026-02-30T12:00:00Z"}, "ISO 8601"),
    ],
)
def test_a_bad_request_is_refused(query: dict[str, str], told: str) -> None:
    with pytest.raises(RequestError) as refused:
        page(JOBS, query)
    assert refused.value.name == "ValidationException"
    assert told in str(refused.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(
        RequestError, match=r"^2 validation errors detected: .*maxResults.*sortBy|sortBy.*maxRes"
    ):
        page(JOBS, {"maxResults": "0", "sortBy": "Name"})
