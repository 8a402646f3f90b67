import json
import math
import random
import tracemalloc
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.listing.pages import ANSWER_BYTES
from customization_jobs.reports.job_totals import MAX_STUCK_JOBS, WINDOW, JobTotals
from customization_jobs.reports.name_counts import OTHER_NAMES
from tests.fakes import NOW, Job, job, text

HOUR = timedelta(hours=1)
STATUSES = ("InProgress", "Completed", "Failed", "Stopping", "Stopped")
TYPES = ("FINE_TUNING", "DISTILLATION")
LIMITS = {"FINE_TUNING": 10 * 3600.0, "DISTILLATION": 30 * 3600.0}


def limit_of(each: Any) -> float:
    return LIMITS.get(each.get("customizationType"), 20 * 3600.0)


def job_totals() -> JobTotals:
    return JobTotals(NOW, limit_of, STATUSES, TYPES)


def totals(*jobs: Job, complete: bool = True) -> dict[str, Any]:
    running = job_totals()
    running.add(jobs)
    return running.to_json(complete=complete)


def model(name: str) -> str:
    return f"arn:aws:bedrock:us-east-1::foundation-model/{name}"


@st.composite
def any_jobs(draw: st.DrawFn) -> list[Job]:
    jobs = []
    for number in range(draw(st.integers(0, 60))):
        created = NOW - timedelta(seconds=draw(st.integers(0, 90 * 86_400)))
        fields: dict[str, Any] = {"baseModelArn": model(draw(st.sampled_from(["a.x", "a.y:1", "b.z"])))}
        if draw(st.booleans()):
            fields["customizationType"] = draw(st.sampled_from([*TYPES, "TELEPATHY"]))
        status = draw(st.sampled_from([*STATUSES, "Paused"]))
        if status in ("Completed", "Failed", "Stopped"):
            ended = created + timedelta(seconds=draw(st.integers(0, 40 * 86_400)))
            fields[draw(st.sampled_from(["endTime", "lastModifiedTime"]))] = text(ended)
        jobs.append(job(number, created=created, status=status, **fields))
    return jobs


# A slow machine is not a failure.
@settings(deadline=None)
@given(any_jobs(), st.randoms())
def test_the_totals_equal_those_computed_from_the_whole_list(
    jobs: list[Job], generator: random.Random
) -> None:
    shuffled = list(jobs)
    generator.shuffle(shuffled)
    running = job_totals()
    while shuffled:
        page, shuffled = shuffled[:7], shuffled[7:]
        running.add(page)
    answer = running.to_json(complete=True)

    assert answer["jobs"] == len(jobs)
    assert Counter(answer["byStatus"]) == Counter(each["status"] for each in jobs)
    assert Counter(answer["byCustomizationType"]) == Counter(
        each.get("customizationType", "NotReported") for each in jobs
    )
    assert Counter(answer["byBaseModel"]) == Counter(each["baseModelArn"].partition("/")[2] for each in jobs)

    in_progress = [each for each in jobs if each["status"] == "InProgress"]
    oldest = min(in_progress, key=lambda each: (each["creationTime"], each["jobArn"]), default=None)
    assert (answer["oldestInProgress"] or {}).get("jobArn") == (oldest or {}).get("jobArn")
    stuck = [each for each in in_progress if _age(each) > limit_of(each)]
    stuck.sort(key=lambda each: (_age(each) - limit_of(each), each["jobArn"]), reverse=True)
    assert answer["stuck"]["count"] == len(stuck)
    assert [each["jobArn"] for each in answer["stuck"]["jobs"]] == [
        each["jobArn"] for each in stuck[:MAX_STUCK_JOBS]
    ]

    ended = [each for each in jobs if _end(each) and NOW - _end(each) <= WINDOW]
    by_status = Counter(each["status"] for each in ended)
    window = answer["last30Days"]
    assert (window["ended"], Counter(window["byStatus"])) == (len(ended), by_status)
    decided = by_status["Completed"] + by_status["Failed"]
    assert window["successRate"] == (round(by_status["Completed"] / decided, 4) if decided else None)
    durations = sorted(
        (_end(each) - datetime.fromisoformat(each["creationTime"])).total_seconds()
        for each in ended
        if each["status"] == "Completed"
    )
    for percent in (50, 90, 99):
        seconds = window["completedDurationSeconds"][f"p{percent}"]
        if durations:
            exact = durations[max(1, math.ceil(percent * len(durations) / 100)) - 1]
            assert abs(seconds - exact) <= exact * 0.01 + 0.501
        else:
            assert seconds is None


def _age(each: Job) -> float:
    return (NOW - datetime.fromisoformat(each["creationTime"])).total_seconds()


def _end(each: Job) -> Any:
    if each["status"] not in ("Completed", "Failed", "Stopped"):
        return None
    return datetime.fromisoformat(each.get("endTime") or each["lastModifiedTime"])


def test_the_totals_of_no_jobs_are_complete() -> None:
    assert totals() == {
        "asOf": "2026-03-01T12:00:00Z",
        "complete": True,
        "jobs": 0,
        "byStatus": dict.fromkeys(STATUSES, 0),
        "byCustomizationType": dict.fromkeys(TYPES, 0),
        "byBaseModel": {},
        "oldestInProgress": None,
        "stuck": {"count": 0, "jobs": []},
        "last30Days": {
            "since": "2026-01-30T12:00:00Z",
            "ended": 0,
            "byStatus": {"Completed": 0, "Failed": 0, "Stopped": 0},
            "successRate": None,
            "completedDurationSeconds": {"p50": None, "p90": None, "p99": None},
        },
    }


def test_a_stuck_job_is_listed_with_its_age_and_limit() -> None:
    answer = totals(
        job(1, created=NOW - 11 * HOUR, status="InProgress", customizationType="FINE_TUNING"),
        job(2, created=NOW - 11 * HOUR, status="InProgress", customizationType="DISTILLATION"),
        job(3, created=NOW - 99 * HOUR, status="Stopping"),
    )
    (stuck,) = answer["stuck"]["jobs"]
    assert stuck == {
        "jobArn": job(1)["jobArn"],
        "jobName": "support-tone-1",
        "status": "InProgress",
        "baseModelArn": job(1)["baseModelArn"],
        "customizationType": "FINE_TUNING",
        "creationTime": text(NOW - 11 * HOUR),
        "ageSeconds": 11 * 3600,
        "limitSeconds": 10 * 3600,
    }


def test_of_many_stuck_jobs_those_furthest_over_their_limits_are_listed() -> None:
    ages = random.Random(7).sample(range(100, 200), 100)  # noqa: S311 - not a secret
    answer = totals(*(job(age, created=NOW - age * HOUR, status="InProgress") for age in ages))
    assert answer["stuck"]["count"] == 100
    furthest = [each["ageSeconds"] // 3600 for each in answer["stuck"]["jobs"]]
    assert furthest == list(range(199, 199 - MAX_STUCK_JOBS, -1))


@pytest.mark.parametrize(("seconds_over", "stuck"), [(0, 0), (1, 1)])
def test_a_job_is_stuck_only_beyond_its_limit(seconds_over: int, stuck: int) -> None:
    created = NOW - 20 * HOUR - timedelta(seconds=seconds_over)
    assert totals(job(1, created=created, status="InProgress"))["stuck"]["count"] == stuck


def test_a_job_that_ends_during_the_scan_counts() -> None:
    ended = job(1, created=NOW - HOUR, status="Completed", endTime=text(NOW + timedelta(seconds=3)))
    assert totals(ended)["last30Days"]["ended"] == 1


def test_a_job_on_a_custom_model_counts_for_its_foundation_model() -> None:
    custom = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
    answer = totals(job(1), job(2, baseModelArn=custom), job(3, baseModelArn="arn:aws:bedrock:::what/ever"))
    assert answer["byBaseModel"] == {"amazon.nova-lite-v1:0:300k": 2, "arn:aws:bedrock:::what/ever": 1}


def test_the_size_of_the_answer_is_bounded() -> None:
    longest = [
        job(
            number,
            created=NOW - 100 * HOUR,
            status="InProgress",
            jobArn=f"{number:01011}",
            jobName="n" * 63,
            baseModelArn=model(f"{number:0383}"),
            customizationType=f"TYPE_{number}",
        )
        for number in range(5_000)
    ]
    answer = totals(*longest)
    assert len(json.dumps(answer)) < ANSWER_BYTES / 2
    assert answer["byBaseModel"][OTHER_NAMES] == 5_000 - 64
    assert sum(answer["byBaseModel"].values()) == sum(answer["byCustomizationType"].values()) == 5_000
    assert len(answer["stuck"]["jobs"]) == MAX_STUCK_JOBS


def test_memory_does_not_grow_with_the_number_of_jobs() -> None:
    def bytes_used(pages: int) -> int:
        running = job_totals()
        tracemalloc.start()
        for page in range(pages):
            running.add(
                job(
                    page * 100 + number,
                    created=NOW - timedelta(hours=number, seconds=page),
                    status=STATUSES[number % 5],
                    endTime=text(NOW - HOUR),
                )
                for number in range(100)
            )
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    bytes_used(1)
    few, many = bytes_used(20), bytes_used(100)
    assert many < few * 1.5 + 20_000
