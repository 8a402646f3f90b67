import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import Problem, UnexpectedAnswerException, ValidationException
from customization_jobs.failure_categories import Category
from customization_jobs.watch.job import Job, Phase
from customization_jobs.watch.observation import from_event, from_summary
from customization_jobs.watch.transition import FoundBy
from tests.fakes import job

TIME, LATER = "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"
REGION = "us-east-1"
ARN = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/7"
DETAIL = {"jobArn": ARN, "jobStatus": "Paused"}


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
    observation = from_event(bedrocks, REGION)
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
    assert from_event({"detail": DETAIL}, REGION).job == Job(ARN, "7", "Paused")
    by_resource = {"resources": [ARN], "detail": {"jobStatus": "Paused"}}
    assert from_event(by_resource, REGION).job == Job(ARN, "7", "Paused")


def test_the_arn_in_the_detail_takes_precedence_over_the_resource() -> None:
    assert from_event({"detail": DETAIL, "resources": ["arn:y"]}, REGION).job.arn == ARN


def test_the_time_of_an_event_stands_in_for_the_modification_time() -> None:
    assert from_event({"detail": DETAIL, "time": LATER}, REGION).job.last_modified_time == LATER
    detail = {**DETAIL, "lastModifiedTime": TIME}
    assert from_event({"detail": detail, "time": LATER}, REGION).job.last_modified_time == TIME


def test_the_phases_in_an_event_are_read() -> None:
    details = {"trainingDetails": {"status": "InProgress"}}
    phases = from_event({"detail": {**DETAIL, "statusDetails": details}}, REGION).job.phases
    assert phases == {"training": Phase("InProgress")}


@pytest.mark.parametrize(
    ("status", "message", "has_reason"),
    [("Failed", "x", True), ("Failed", "", False), ("Failed", None, False), ("Stopped", "x", False)],
)
def test_only_a_failed_job_has_a_reason(status: str, message: str | None, has_reason: bool) -> None:  # noqa: FBT001 - a case
    detail = {"jobArn": ARN, "jobStatus": status, "failureMessage": message}
    failure = from_event({"detail": detail}, REGION).failure
    assert (failure is not None) is has_reason


_REGION_ALLOWED = "us-east-1, the region whose jobs are watched"
_ARN_ALLOWED = "the ARN of a model customization job"
_STATUS_ALLOWED = "a status, such as InProgress"


@pytest.mark.parametrize(
    ("event", "problems"),
    [
        ({}, [("detail.jobArn", "None", _ARN_ALLOWED), ("detail.jobStatus", "None", _STATUS_ALLOWED)]),
        (
            {"detail": "text"},
            [("detail.jobArn", "None", _ARN_ALLOWED), ("detail.jobStatus", "None", _STATUS_ALLOWED)],
        ),
        ({"detail": {"jobArn": ARN, "status": "Failed"}}, [("detail.jobStatus", "None", _STATUS_ALLOWED)]),
        ({"detail": {**DETAIL, "jobStatus": "\ud800"}}, [("detail.jobStatus", r"'\ud800'", _STATUS_ALLOWED)]),
        ({"detail": {"jobStatus": "Failed", "jobArn": 5}}, [("detail.jobArn", "5", _ARN_ALLOWED)]),
        (
            {"detail": {"jobStatus": "Failed"}, "resources": ["arn:aws:s3:::b"]},
            [("detail.jobArn", "'arn:aws:s3:::b'", _ARN_ALLOWED)],
        ),
        ({"detail": DETAIL, "region": "us-west-2"}, [("region", "'us-west-2'", _REGION_ALLOWED)]),
        ({"detail": DETAIL, "region": 7}, [("region", "7", _REGION_ALLOWED)]),
        (
            {"detail": {**DETAIL, "jobArn": ARN.replace(REGION, "eu-west-1")}},
            [("region", "'eu-west-1'", _REGION_ALLOWED)],
        ),
    ],
)
def test_an_event_that_is_not_about_a_job_of_the_region_is_rejected(
    event: dict[str, Any], problems: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(ValidationException) as rejected:
        from_event(event, REGION)
    assert rejected.value.problems == tuple(Problem(*each) for each in problems)


@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        (None, "None: jobArn: got None, allowed: the ARN of a model customization job; status: got None, "),
        ("text", "'text': jobArn: got None, "),
        ({"jobName": "tone", "status": "Failed"}, "'tone': jobArn: got None, allowed: the ARN "),
        ({"jobArn": ARN + "\n", "status": "Failed"}, "jobArn: got 'arn:aws:bedrock:"),
        ({"jobArn": ARN * 20, "status": "Failed"}, "jobArn: got 'arn:aws:bedrock:"),
        ({"jobArn": ARN}, f"'{ARN}': status: got None, allowed: a status, such as InProgress"),
        ({"jobArn": ARN, "status": "In Progress"}, "status: got 'In Progress', "),
    ],
)
def test_a_summary_without_the_arn_or_the_status_of_a_job_is_rejected(summary: Any, reason: str) -> None:
    with pytest.raises(UnexpectedAnswerException) as error:
        from_summary(summary)
    assert str(error.value).startswith("Bedrock listed a job that cannot be watched, ")
    assert reason in str(error.value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
_FIELDS = st.sampled_from(
    ["jobArn", "jobStatus", "jobName", "creationTime", "endTime", "statusDetails", "failureMessage"]
)


@given(
    st.dictionaries(
        st.text(max_size=8) | st.sampled_from(sorted(job(1, endTime="", statusDetails=""))), _JSON
    )
)
def test_any_summary_is_accepted_or_rejected_with_a_reason(fields: dict[str, Any]) -> None:
    with contextlib.suppress(UnexpectedAnswerException):
        from_summary(fields)
    # The ARN and the status suffice.
    observation = from_summary({**fields, "jobArn": ARN, "status": "Failed"})
    assert Job.from_json(json.loads(json.dumps(observation.job.to_json()))) == observation.job
    assert json.dumps(observation.job.to_json(), ensure_ascii=False).encode()


@given(st.dictionaries(_FIELDS, _JSON), _JSON, _JSON)
def test_any_event_is_accepted_or_rejected_with_a_reason(
    detail: dict[str, Any], resources: Any, time: Any
) -> None:
    try:
        observation = from_event({"detail": detail, "resources": resources, "time": time}, REGION)
    except ValidationException:
        return
    assert observation.job.arn
    assert observation.job.status
    assert Job.from_json(observation.job.to_json()) == observation.job


@pytest.mark.parametrize(
    ("account", "region", "refused"),
    [
        ("222233334444", "us-east-1", "a job of 222233334444/us-east-1, the source of the event"),
        ("111122223333", "us-west-2", "us-west-2, the region whose jobs are watched"),
    ],
)
def test_with_the_account_of_an_event_its_job_must_be_of_the_same_source(
    account: str, region: str, refused: str
) -> None:
    assert from_event({"detail": DETAIL}, REGION, "111122223333").job.arn == ARN
    with pytest.raises(ValidationException, match=refused):
        from_event({"detail": DETAIL}, region, account)


@pytest.mark.parametrize("part", ["111122223333", "us-east-1"])
def test_with_the_account_of_an_event_its_job_must_name_its_source(part: str) -> None:
    event = {"detail": {**DETAIL, "jobArn": ARN.replace(part, "")}}
    assert from_event(event, REGION).job.status == "Paused"
    with pytest.raises(ValidationException, match="the source of the event"):
        from_event(event, REGION, "111122223333")
