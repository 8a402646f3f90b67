import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.model import StructureShape

from local.common.service_model import service_model
from local.simulated_jobs.job import END_STATUSES, PHASES, Job
from local.simulated_jobs.sample_jobs import sample_jobs

if TYPE_CHECKING:
    from botocore.model import Shape

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
JOBS = sample_jobs(now=NOW)


def _violations(shape: "Shape", value: Any, path: str = "") -> list[str]:
    """List where `value` differs from the service model."""
    if isinstance(shape, StructureShape):
        absent = [f"{path}.{name} is absent" for name in shape.required_members if name not in value]
        unknown = [f"{path}.{name} is unknown" for name in value if name not in shape.members]
        inner = [
            _violations(shape.members[name], each, f"{path}.{name}")
            for name, each in value.items()
            if not unknown
        ]
        return [*absent, *unknown, *(problem for problems in inner for problem in problems)]
    if shape.type_name == "timestamp":
        return (
            [] if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value) else [f"{path} is {value}"]
        )
    limits: Any = shape.metadata
    valid = (
        re.fullmatch(limits.get("pattern", ".*"), value)
        and value in limits.get("enum", [value])
        and limits.get("min", 0) <= len(value) <= limits.get("max", len(value))
    )
    return [] if valid else [f"{path} is {value}"]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_each_summary_conforms_to_the_service_model(job: Job) -> None:
    assert _violations(service_model().shape_for("ModelCustomizationJobSummary"), job.summary()) == []


def test_every_status_type_and_phase_status_occurs() -> None:
    model = service_model()
    assert len(JOBS) >= 250
    assert {job.status for job in JOBS} == set(
        model.shape_for("ModelCustomizationJobStatus").metadata["enum"]
    )
    assert {job.customization_type for job in JOBS} == set(
        model.shape_for("CustomizationType").metadata["enum"]
    )
    assert len({job.base_model_id for job in JOBS}) >= 4
    phases = {phase.status for job in JOBS for phase in job.phases}
    assert phases == set(model.shape_for("JobStatusDetails").metadata["enum"])
    assert any(job.parent_model for job in JOBS)
    assert max(Counter(job.creation_time for job in JOBS).values()) == 2, "some jobs share a creation time"


def test_dates_span_three_months_and_are_consistent() -> None:
    created = [job.creation_time for job in JOBS]
    assert NOW - timedelta(days=90) <= min(created) < NOW - timedelta(days=80)
    assert all(
        job.creation_time <= job.last_modified_time <= NOW and (job.end_time or NOW) <= NOW for job in JOBS
    )


def test_names_and_identifiers_are_unique() -> None:
    assert len({job.name for job in JOBS}) == len({job.job_arn for job in JOBS}) == len(JOBS)


@pytest.mark.parametrize("status", ["InProgress", "Completed", "Failed", "Stopping", "Stopped"])
def test_the_fields_of_a_job_match_its_status(status: str) -> None:
    for job in (job for job in JOBS if job.status == status):
        summary = job.summary()
        assert ("endTime" in summary) == (status in END_STATUSES)
        assert ("customModelArn" in summary) == ("customModelName" in summary) == (status == "Completed")
        assert ("failureMessage" in job.detail()) == (status == "Failed")
        if job.phases:
            statuses = [summary["statusDetails"][name]["status"] for name in PHASES]
            reached = [phase for phase in statuses if phase != "NotStarted"]
            assert reached[-1] == status
            assert set(reached[:-1]) <= {"Completed"}
            assert statuses == [*reached, *["NotStarted"] * (3 - len(reached))]


def test_the_first_jobs_include_findings_for_a_sweep() -> None:
    jobs = sample_jobs(15, now=NOW)
    day = timedelta(hours=24)
    assert sum(job.status == "Failed" and NOW - (job.end_time or NOW) <= day for job in jobs) == 3
    assert sum(job.status == "InProgress" and NOW - job.creation_time > day for job in jobs) == 3


def test_the_same_arguments_give_the_same_jobs() -> None:
    assert sample_jobs(30, now=NOW) == JOBS[:30]
    assert sample_jobs(30, now=NOW, seed=1) != JOBS[:30]


def test_arns_contain_the_region_and_account() -> None:
    (job,) = sample_jobs(1, region="us-west-2", account="210987654321")
    assert job.job_arn.startswith("arn:aws:bedrock:us-west-2:210987654321:model-customization-job/")
