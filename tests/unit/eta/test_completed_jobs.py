import tracemalloc
from datetime import timedelta
from typing import Any

import pytest

from customization_jobs.eta.completed_jobs import CompletedJobs
from customization_jobs.eta.history import MAX_JOBS, CompletedJob
from tests.fakes import NOW, job
from tests.unit.eta.histories import completed

TYPE = "#durations/FINE_TUNING"
MODEL = f"{TYPE}/amazon.nova-lite-v1:0:300k"


def test_a_completed_job_belongs_to_its_type_and_to_its_model() -> None:
    jobs = CompletedJobs()
    jobs.add([completed(1), job(2, status="InProgress"), completed(3, status="Failed")])
    read = CompletedJob.from_summary(completed(1))
    assert jobs.by_key() == {TYPE: (read,), MODEL: (read,)}


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        (
            {"customizationType": None},
            {"#durations/NotReported", MODEL.replace("FINE_TUNING", "NotReported")},
        ),
        ({"baseModelArn": None}, {TYPE}),
        ({"baseModelArn": 5, "customizationType": []}, {"#durations/NotReported"}),
    ],
)
def test_unknown_properties_are_no_obstacle(fields: dict[str, Any], keys: set[str]) -> None:
    jobs = CompletedJobs()
    jobs.add([completed(1, **fields)])
    assert set(jobs.by_key()) == keys


def test_malformed_summaries_are_ignored() -> None:
    jobs = CompletedJobs()
    malformed: list[Any] = [None, 5, "text", [], {}, {"status": "Completed"}]
    jobs.add(malformed)
    assert jobs.by_key() == {}


def test_the_memory_is_bounded_in_both_directions() -> None:
    jobs = CompletedJobs()
    count = 5 * MAX_JOBS
    jobs.add(completed(n, ended=NOW + timedelta(minutes=n)) for n in range(count))
    jobs.add(completed(n, customizationType=f"TYPE_{n}") for n in range(count))
    kept = jobs.by_key()
    assert len(kept) == 100
    assert [each.end for each in kept[TYPE]] == [
        int(NOW.timestamp()) + 60 * n for n in range(count - 1, count - 1 - MAX_JOBS, -1)
    ]


def test_the_memory_does_not_grow_with_the_number_of_jobs() -> None:
    jobs = CompletedJobs()
    summaries = (completed(n, ended=NOW + timedelta(minutes=n)) for n in range(4000))
    tracemalloc.start()
    jobs.add(summaries)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 600_000
