from datetime import UTC, datetime
from typing import Any

import pytest

from customization_jobs.watch.job import Job, Phase, ended_at

TIME, LATER, END = "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z", "2026-03-01T12:00:00Z"
COMPLETE = Job(
    arn="arn:x/7",
    name="n",
    status="Completed",
    phases={"validation": Phase("Completed", TIME, LATER), "training": Phase("NotStarted")},
    base_model_arn="arn:base",
    customization_type="FINE_TUNING",
    creation_time=TIME,
    last_modified_time=LATER,
    end_time=END,
    custom_model_arn="arn:custom",
    custom_model_name="custom",
)
COMPLETE_JSON = {
    "jobArn": "arn:x/7",
    "jobName": "n",
    "status": "Completed",
    "phases": {
        "validation": {"status": "Completed", "creationTime": TIME, "lastModifiedTime": LATER},
        "training": {"status": "NotStarted"},
    },
    "baseModelArn": "arn:base",
    "customizationType": "FINE_TUNING",
    "creationTime": TIME,
    "lastModifiedTime": LATER,
    "endTime": END,
    "customModelArn": "arn:custom",
    "customModelName": "custom",
}
MINIMAL = Job("arn:x/7", "n", "InProgress")
MINIMAL_JSON = {"jobArn": "arn:x/7", "jobName": "n", "status": "InProgress"}


@pytest.mark.parametrize(("job", "written"), [(COMPLETE, COMPLETE_JSON), (MINIMAL, MINIMAL_JSON)])
def test_a_job_is_written_without_unknown_fields_and_read_again(job: Job, written: dict[str, object]) -> None:
    assert job.to_json() == written
    assert Job.from_json(written) == job


@pytest.mark.parametrize("name", [{}, {"jobName": ""}, {"jobName": 7}])
@pytest.mark.parametrize("arn", ["arn:x/m/7", "7"])
def test_a_job_without_a_name_is_named_by_its_arn(arn: str, name: dict[str, object]) -> None:
    assert Job.from_fields({"jobArn": arn, "status": "Failed", **name}, {}).name == "7"


@pytest.mark.parametrize("malformed", [None, 7, "", "yesterday", {}])
def test_malformed_optional_fields_are_ignored(malformed: object) -> None:
    fields = dict.fromkeys(COMPLETE_JSON, malformed) | MINIMAL_JSON
    texts = ("baseModelArn", "customizationType", "customModelArn", "customModelName")
    if malformed == "yesterday":
        fields |= dict.fromkeys(texts)
    assert Job.from_json(fields) == MINIMAL


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        ({"status": "InProgress", "creationTime": "soon", "lastModifiedTime": 7}, Phase("InProgress")),
        ({"status": ""}, None),
        ({"creationTime": TIME}, None),
        ("InProgress", None),
    ],
)
def test_a_phase_needs_only_a_status(phase: object, expected: Phase | None) -> None:
    written = {**MINIMAL_JSON, "phases": {"training": phase}}
    assert Job.from_json(written).phases == ({"training": expected} if expected else {})


@pytest.mark.parametrize(
    ("statuses", "current"),
    [
        ((), None),
        (("NotStarted", "NotStarted", "NotStarted"), None),
        (("InProgress", "NotStarted", "NotStarted"), "validation"),
        (("Completed", "Stopping", "NotStarted"), "dataProcessing"),
        (("Completed", "Completed", "Warming"), "training"),
        (("InProgress", "InProgress", "NotStarted"), "dataProcessing"),
        (("Completed", "Failed", "Stopped"), None),
    ],
)
def test_the_current_phase_is_the_last_that_has_started_and_not_ended(
    statuses: tuple[str, ...], current: str | None
) -> None:
    names = ("validation", "dataProcessing", "training")
    phases = dict(zip(names, map(Phase, statuses), strict=False))
    assert Job("arn:x/7", "n", "InProgress", phases).current_phase == current


@pytest.mark.parametrize(
    ("times", "last_change"),
    [
        ({"end_time": END, "last_modified_time": LATER, "creation_time": TIME}, END),
        ({"last_modified_time": LATER, "creation_time": TIME}, LATER),
        ({"creation_time": TIME}, TIME),
        ({}, None),
    ],
)
def test_the_last_change_is_the_most_specific_known_time(
    times: dict[str, str], last_change: str | None
) -> None:
    assert Job("arn:x/7", "n", "InProgress", **times).last_change == last_change  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "ended"),
    [
        (
            {
                "status": "Completed",
                "endTime": "2026-03-01T12:00:00Z",
                "creationTime": "2026-03-01T11:00:00Z",
            },
            12,
        ),
        ({"status": "Failed", "endTime": "soon", "lastModifiedTime": "2026-03-01T13:00:00Z"}, 13),
        ({"status": "Stopped", "endTime": 7, "creationTime": "2026-03-01T11:00:00Z"}, 11),
        ({"status": "Completed"}, None),
        ({"status": "InProgress", "endTime": "2026-03-01T12:00:00Z"}, None),
        ({"status": "Stopping", "lastModifiedTime": "2026-03-01T12:00:00Z"}, None),
        ({"status": ["Completed"], "endTime": "2026-03-01T12:00:00Z"}, None),
        ("Completed", None),
    ],
)
def test_the_end_of_a_listed_job_is_its_last_known_change(fields: Any, ended: int | None) -> None:
    assert ended_at(fields) == (ended and datetime(2026, 3, 1, ended, tzinfo=UTC))
