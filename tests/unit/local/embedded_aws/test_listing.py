from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.common.timestamps import format_timestamp
from local.embedded_aws.constraints import RequestError
from local.embedded_aws.listing import list_jobs
from local.simulated_jobs.job import Job
from local.simulated_jobs.sample_jobs import sample_jobs

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
JOBS = sample_jobs(now=NOW)


def _listed(query: dict[str, str], jobs: list[Job] = JOBS, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = list_jobs(jobs, {"maxResults": "1000", **query}, **options)[
        "modelCustomizationJobSummaries"
    ]
    return found


def _arns(jobs: list[dict[str, Any]]) -> list[str]:
    return [job["jobArn"] for job in jobs]


def test_the_default_is_the_newest_hundred_jobs() -> None:
    response = list_jobs(JOBS, {})
    times = [job["creationTime"] for job in response["modelCustomizationJobSummaries"]]
    assert len(times) == 100
    assert times == sorted(times, reverse=True)
    assert response["nextToken"]


def test_ascending_order_reverses_descending_order_even_among_equal_creation_times() -> None:
    assert _listed({"sortOrder": "Ascending"}) == _listed({})[::-1]


def test_bounds_are_compared_as_times_whatever_their_time_zone() -> None:
    job = next(job for job in JOBS if job.creation_time == NOW - timedelta(minutes=12))
    for text in ("2026-11-23T11:00:00Z", "2026-11-23T13:00:00+02:00", "2026-11-23t06:30:00.500-04:30"):
        assert job.job_arn in _arns(_listed({"creationTimeAfter": text}))
        assert job.job_arn not in _arns(_listed({"creationTimeBefore": text}))


@pytest.mark.parametrize("inclusive", [False, True])
def test_inclusive_bounds_are_optional(*, inclusive: bool) -> None:
    job = JOBS[0]
    bound = format_timestamp(job.creation_time)
    for name in ("creationTimeAfter", "creationTimeBefore"):
        assert (job.job_arn in _arns(_listed({name: bound}, inclusive_bounds=inclusive))) is inclusive


def test_filters_apply_before_paging() -> None:
    query = {"statusEquals": "Failed", "nameContains": "risk"}
    selected = _listed(query)
    assert selected == [job for job in _listed({}) if job["status"] == "Failed" and "risk" in job["jobName"]]
    small = list_jobs(JOBS, {**query, "maxResults": "2"})
    assert small["modelCustomizationJobSummaries"] == selected[:2]


def test_the_last_page_has_no_token() -> None:
    assert "nextToken" not in list_jobs(JOBS, {"maxResults": str(len(JOBS))})
    assert list_jobs([], {}) == {"modelCustomizationJobSummaries": []}


@given(
    size=st.integers(1, 40),
    order=st.sampled_from(["Ascending", "Descending"]),
    arrivals=st.integers(0, 10),
)
def test_new_jobs_neither_shift_a_page_nor_repeat_a_job(size: int, order: str, arrivals: int) -> None:
    jobs = sample_jobs(60, now=NOW)
    before = set(_arns(_listed({}, jobs)))
    query, listed = {"maxResults": str(size), "sortOrder": order}, list[str]()
    new = iter(sample_jobs(arrivals, now=NOW + timedelta(hours=1), seed=7))
    # More than enough pages, in case a token leads nowhere.
    for _ in range(100):
        response = list_jobs(jobs, query)
        listed += _arns(response["modelCustomizationJobSummaries"])
        if (arrival := next(new, None)) is not None:
            jobs.append(arrival)
        Random(size).shuffle(jobs)  # noqa: S311 - no secret
        if "nextToken" not in response:
            break
        query["nextToken"] = response["nextToken"]
    assert len(listed) == len(set(listed))
    assert before <= set(listed)


@pytest.mark.parametrize(
    ("query", "problem"),
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
        ({"nextToken": "unknown"}, "The provided nextToken is invalid."),
        ({"creationTimeAfter": "10/11/12"}, "ISO 8601"),
        ({"creationTimeBefore": "2026-11-23T12:00:00"}, "ISO 8601"),
        ({"creationTimeBefore": "2026-02-30T12:00:00Z"}, "ISO 8601"),
    ],
)
def test_an_invalid_request_is_rejected(query: dict[str, str], problem: str) -> None:
    with pytest.raises(RequestError) as rejected:
        list_jobs(JOBS, query)
    assert rejected.value.name == "ValidationException"
    assert problem in str(rejected.value)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(
        RequestError, match=r"^2 validation errors detected: .*maxResults.*sortBy|sortBy.*maxRes"
    ):
        list_jobs(JOBS, {"maxResults": "0", "sortBy": "Name"})
