import json
import re
from collections.abc import Mapping
from statistics import mean
from typing import Any

import pytest

from benchmarks.jobs import SPREADS, BadQueryError, JobIndex, Spread, creation_times


def page(index: JobIndex, **query: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(index.page(query))
    return answer


def walk(index: JobIndex, query: Mapping[str, str]) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    for _ in range(1000):
        answer = page(index, **query, **token)
        jobs += answer["modelCustomizationJobSummaries"]
        if "nextToken" not in answer:
            return jobs
        token = {"nextToken": answer["nextToken"]}
    raise AssertionError


def test_summaries_have_the_size_and_number_of_timestamps_that_the_report_states() -> None:
    written = [json.dumps(job, separators=(",", ":")) for job in walk(JobIndex(1000), {})]
    assert 1070 <= mean(map(len, written)) <= 1090
    assert mean(len(re.findall(r"\d\dT\d\d:", job)) for job in written) == pytest.approx(8.8, abs=0.1)


@pytest.mark.parametrize("spread", SPREADS)
def test_creation_times_are_in_order_and_as_many_as_requested(spread: Spread) -> None:
    times = creation_times(1000, spread)
    assert len(times) == 1000
    assert times == sorted(times)


def test_bunched_creation_times_share_instants() -> None:
    assert len(set(creation_times(1000, "bunched"))) < 500
    assert len(set(creation_times(1000, "even"))) == 1000


@pytest.mark.parametrize("size", ["1", "7", "1000"])
@pytest.mark.parametrize("order", ["Ascending", "Descending"])
def test_pages_hold_each_job_once_and_in_order(size: str, order: str) -> None:
    jobs = walk(JobIndex(50), {"maxResults": size, "sortOrder": order})
    assert len({job["jobArn"] for job in jobs}) == len(jobs) == 50
    times = [job["creationTime"] for job in jobs]
    assert times == sorted(times, reverse=order == "Descending")


def test_without_a_query_a_page_holds_the_newest_hundred_jobs() -> None:
    jobs = page(JobIndex(300))["modelCustomizationJobSummaries"]
    assert len(jobs) == 100
    assert jobs[0]["creationTime"] > jobs[-1]["creationTime"]


@pytest.mark.parametrize("order", ["Ascending", "Descending"])
def test_adjacent_windows_cover_every_job_and_their_bounds_are_inclusive(order: str) -> None:
    index = JobIndex(60)
    everything = walk(index, {"sortOrder": "Ascending"})
    border = everything[20]["creationTime"]
    query = {"maxResults": "7", "sortOrder": order}
    older = walk(index, {**query, "creationTimeBefore": border})
    newer = walk(index, {**query, "creationTimeAfter": border})
    assert len(older) == 21
    assert len(newer) == 40
    assert [job for job in older if job in newer] == [everything[20]]


def test_a_status_selects_only_jobs_with_that_status() -> None:
    index = JobIndex(200)
    failed = walk(index, {"statusEquals": "Failed", "maxResults": "5"})
    assert failed == [job for job in walk(index, {}) if job["status"] == "Failed"]
    assert failed


def test_an_empty_window_is_an_empty_page() -> None:
    answer = page(JobIndex(10), creationTimeAfter="2030-01-01T00:00:00Z")
    assert answer == {"modelCustomizationJobSummaries": []}


@pytest.mark.parametrize(
    "query",
    [
        {"nameContains": "a"},
        {"statusEquals": "Running"},
        {"maxResults": "0"},
        {"maxResults": "1001"},
        {"nextToken": "x"},
        {"creationTimeAfter": "today"},
    ],
)
def test_an_unsupported_query_is_rejected_instead_of_answered_wrongly(query: dict[str, str]) -> None:
    with pytest.raises(BadQueryError):
        JobIndex(10).page(query)


def test_of_the_jobs_that_change_those_in_progress_complete_and_the_others_are_new() -> None:
    before, after = (
        json.loads(JobIndex(100, running=3, changed=changed).page({"maxResults": "1000"}))[
            "modelCustomizationJobSummaries"
        ]
        for changed in (0, 5)
    )
    known = {job["jobArn"]: job for job in before}
    new = [job for job in after if job["jobArn"] not in known]
    changed = [job for job in after if job["jobArn"] in known and job != known[job["jobArn"]]]
    assert [job["status"] for job in new] == ["InProgress"] * 2
    assert [job["status"] for job in changed] == ["Completed"] * 3
    assert len(after) == len(before) + 2
    assert all("endTime" in job for job in changed)
