from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import Problem, ValidationException
from customization_jobs.watch.failure import Category
from customization_jobs.watch.job import Job, Phase
from customization_jobs.watch.observation import from_event, from_summary
from customization_jobs.watch.transition import FoundBy
from tests.fakes import job

TIME, LATER = "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"
DETAIL = {"jobArn": "arn:x/7", "jobStatus": "Paused"}


def test_a_summary_becomes_an_observation_by_a_sweep() -> None:
    summary = job(
        1,
        status="InProgress",
        customizationType="FINE_TUNING",
        statusDetails={
            "validationDetails": {"status": "Completed", "creationTime": TIME, "lastModifiedTime": LATER},
            "trainingDetails": {"status": "NotStarted"},
        },
    )
    observation = from_summary(summary)
    assert (observation.found_by, observation.failure) == (FoundBy.SWEEP, None)
    assert observation.job.arn == summary["jobArn"]
    assert (observation.job.customization_type, observation.job.end_time) == ("FINE_TUNING", None)
    assert observation.job.phases == {
        "validation": Phase("Completed", TIME, LATER),
        "training": Phase("NotStarted"),
    }


def test_bedrocks_event_becomes_an_observation_by_an_event(event: Callable[[str], Any]) -> None:
    bedrocks = event("bedrock-state-change")
    observation = from_event(bedrocks)
    assert observation.found_by is FoundBy.EVENT
    assert observation.job == Job(
        arn=bedrocks["resources"][0],
        name="support-tone-7",
        status="Failed",
        base_model_arn="arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
        creation_time=TIME,
        last_modified_time="2026-03-01T11:59:30Z",
        end_time="2026-03-01T11:59:30Z",
        custom_model_arn=bedrocks["detail"]["outputModelArn"],
        custom_model_name="support-tone",
    )
    assert observation.failure is not None
    assert observation.failure.category is Category.TOKEN_LIMIT


def test_an_event_needs_only_a_job_arn_and_a_status() -> None:
    assert from_event({"detail": DETAIL}).job == Job("arn:x/7", "7", "Paused")
    by_resource = {"resources": ["arn:x/7"], "detail": {"jobStatus": "Paused"}}
    assert from_event(by_resource).job == Job("arn:x/7", "7", "Paused")


def test_the_arn_in_the_detail_takes_precedence_over_the_resource() -> None:
    assert from_event({"detail": DETAIL, "resources": ["arn:y"]}).job.arn == "arn:x/7"


def test_the_time_of_an_event_stands_in_for_the_modification_time() -> None:
    assert from_event({"detail": DETAIL, "time": LATER}).job.last_modified_time == LATER
    detail = {**DETAIL, "lastModifiedTime": TIME}
    assert from_event({"detail": detail, "time": LATER}).job.last_modified_time == TIME


def test_the_phases_in_an_event_are_read() -> None:
    details = {"trainingDetails": {"status": "InProgress"}}
    phases = from_event({"detail": {**DETAIL, "statusDetails": details}}).job.phases
    assert phases == {"training": Phase("InProgress")}


@pytest.mark.parametrize(
    ("status", "message", "has_reason"),
    [("Failed", "x", True), ("Failed", "", False), ("Failed", None, False), ("Stopped", "x", False)],
)
def test_only_a_failed_job_has_a_reason(status: str, message: str | None, has_reason: bool) -> None:  # noqa: FBT001 - a case
    detail = {"jobArn": "a", "jobStatus": status, "failureMessage": message}
    failure = from_event({"detail": detail}).failure
    assert (failure is not None) is has_reason


@pytest.mark.parametrize(
    ("event", "missing"),
    [
        ({}, ["detail.jobArn", "detail.jobStatus"]),
        ({"detail": "text"}, ["detail.jobArn", "detail.jobStatus"]),
        ({"detail": {"jobArn": "a", "status": "Failed"}}, ["detail.jobStatus"]),
        ({"detail": {"jobStatus": "Failed", "jobArn": 5}, "resources": []}, ["detail.jobArn"]),
        ({"detail": {"jobStatus": "Failed"}, "resources": "arn:x"}, ["detail.jobArn"]),
    ],
)
def test_an_event_without_a_job_arn_or_a_status_is_rejected(
    event: dict[str, Any], missing: list[str]
) -> None:
    with pytest.raises(ValidationException) as rejected:
        from_event(event)
    assert rejected.value.problems == tuple(
        Problem(name, "nothing", "text, as in Bedrock's events") for name in missing
    )


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
_FIELDS = st.sampled_from(
    ["jobArn", "jobStatus", "jobName", "creationTime", "endTime", "statusDetails", "failureMessage"]
)


@given(st.dictionaries(_FIELDS, _JSON), _JSON, _JSON)
def test_any_event_is_accepted_or_rejected_with_a_reason(
    detail: dict[str, Any], resources: Any, time: Any
) -> None:
    try:
        observation = from_event({"detail": detail, "resources": resources, "time": time})
    except ValidationException:
        return
    assert observation.job.arn
    assert observation.job.status
    assert Job.from_json(observation.job.to_json()) == observation.job
