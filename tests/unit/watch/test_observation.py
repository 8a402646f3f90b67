from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import ValidationException
from customization_jobs.watch.failure import Category
from customization_jobs.watch.job import Job, Phase
from customization_jobs.watch.observation import from_event, from_summary
from customization_jobs.watch.transition import FoundBy
from tests.fakes import job

TIME = "2026-03-01T10:00:00Z"


def test_a_summary_is_read() -> None:
    summary = job(
        1,
        status="InProgress",
        customizationType="FINE_TUNING",
        statusDetails={
            "validationDetails": {"status": "Completed", "creationTime": TIME, "lastModifiedTime": TIME},
            "trainingDetails": {"status": "NotStarted"},
        },
    )
    seen = from_summary(summary)
    assert (seen.found_by, seen.failure) == (FoundBy.SWEEP, None)
    assert seen.job.arn == summary["jobArn"]
    assert (seen.job.customization_type, seen.job.end_time) == ("FINE_TUNING", None)
    assert seen.job.phases == {
        "validation": Phase("Completed", TIME, TIME),
        "training": Phase("NotStarted"),
    }
    assert seen.job.current_phase is None
    assert Job.from_json(seen.job.to_json()) == seen.job


def test_bedrocks_event_is_read(event: Callable[[str], Any]) -> None:
    told = event("bedrock-state-change")
    seen = from_event(told)
    assert seen.found_by is FoundBy.EVENT
    assert seen.job == Job(
        arn=told["resources"][0],
        name="support-tone-7",
        status="Failed",
        base_model_arn="arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
        creation_time=TIME,
        last_modified_time="2026-03-01T11:59:30Z",
        end_time="2026-03-01T11:59:30Z",
        custom_model_arn=told["detail"]["outputModelArn"],
        custom_model_name="support-tone",
    )
    assert seen.failure is not None
    assert seen.failure.category is Category.TOKEN_LIMIT


def test_little_of_an_event_has_to_be_there() -> None:
    seen = from_event({"resources": ["arn:x/7"], "detail": {"jobStatus": "Paused"}, "time": TIME})
    assert seen.job == Job("arn:x/7", "7", "Paused", last_modified_time=TIME)
    odd = {"jobArn": "a", "jobStatus": "Completed", "failureMessage": "", "creationTime": "Aug 28, 2024"}
    assert from_event({"detail": odd}).job == Job("a", "a", "Completed")


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({}, ["detail.jobArn", "detail.jobStatus"]),
        ({"detail": "text"}, ["detail.jobArn", "detail.jobStatus"]),
        ({"detail": {"jobArn": "a", "status": "Failed"}}, ["detail.jobStatus"]),
        ({"detail": {"jobStatus": "Failed", "jobArn": 5}, "resources": []}, ["detail.jobArn"]),
    ],
)
def test_an_event_without_a_job_or_a_status_is_refused(told: dict[str, Any], named: list[str]) -> None:
    with pytest.raises(ValidationException) as refused:
        from_event(told)
    assert [problem.parameter for problem in refused.value.problems] == named


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
_FIELDS = st.sampled_from(
    ["jobArn", "jobStatus", "jobName", "creationTime", "endTime", "statusDetails", "failureMessage"]
)


@given(st.dictionaries(_FIELDS, _JSON), _JSON, _JSON)
def test_any_event_is_read_or_refused_by_name(detail: dict[str, Any], resources: Any, time: Any) -> None:
    try:
        seen = from_event({"detail": detail, "resources": resources, "time": time})
    except ValidationException:
        return
    assert seen.job.arn
    assert seen.job.status
    assert Job.from_json(seen.job.to_json()) == seen.job
