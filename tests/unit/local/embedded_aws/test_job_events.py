import json
from datetime import UTC, datetime

import pytest

from local.embedded_aws.job_events import DROP_EVERY, JobEvents, event_entry
from local.simulated_jobs.sample_jobs import sample_jobs

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_every_third_event_is_dropped_and_logged(capsys: pytest.CaptureFixture[str]) -> None:
    sent: list[object] = []
    events = JobEvents(sent.append)
    jobs = sample_jobs(9, now=NOW)
    for job in jobs:
        events.send(job)
    log = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in log] == ["sent", "sent", "dropped"] * 3
    assert [line["jobName"] for line in log] == [job.name for job in jobs]
    assert sent == [event_entry(job) for number, job in enumerate(jobs, 1) if number % DROP_EVERY]


def test_an_event_has_the_fields_of_bedrocks_events() -> None:
    job = next(job for job in sample_jobs(20, now=NOW) if job.status == "Failed")
    entry = event_entry(job)
    detail = json.loads(entry["Detail"])
    assert (entry["Source"], entry["DetailType"], entry["Resources"]) == (
        "aws.bedrock",
        "Model Customization Job State Change",
        [job.job_arn],
    )
    assert (detail["jobArn"], detail["jobStatus"]) == (job.job_arn, "Failed")
    assert detail["failureMessage"] == job.failure_message
    assert not {"status", "statusDetails"} & set(detail)
