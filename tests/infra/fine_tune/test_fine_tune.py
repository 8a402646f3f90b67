"""The example of a Step Functions definition is valid, and executions can take each of its paths."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from customization_jobs.failure_categories import Category
from local.state_machine.definition import read_definition
from tests.infra.fine_tune.bedrock_integration import CreatedJobs, job_arn
from tests.infra.state_machines.interpreter import EXECUTION
from tests.infra.test_checks import asl_validator
from tests.infra.wait_for_jobs.conftest import ended
from tests.infra.wait_for_jobs.interpreter import Answer, Execution, Refused, Silence, Woken, run

FILE = Path(__file__).parents[3] / "examples" / "fine_tune.asl.json"
TOPIC = "arn:aws:sns:us-east-1:123456789012:tuning"
ARNS = {
    "CustomizationRoleArn": "arn:aws:iam::123456789012:role/customization",
    "WatchFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:watch:live",
    "TopicArn": TOPIC,
}
GIVEN = {
    "baseModel": "amazon.nova-micro-v1:0:128k",
    "trainingData": "s3://bucket/train.jsonl",
    "output": "s3://bucket/output/",
}
ANOTHER = {"jobArn": "arn:another", "jobName": "another", "status": "Failed"}


@pytest.fixture
def jobs() -> CreatedJobs:
    return CreatedJobs()


def definition() -> dict[str, Any]:
    return read_definition(FILE, ARNS)


def execute(jobs: CreatedJobs, *answers: Answer) -> Execution:
    """Execute the definition, with answers to its waits."""
    remaining = iter(answers)

    def create_topic() -> None:
        boto3.client("sns", region_name="us-east-1").create_topic(Name=TOPIC.rpartition(":")[2])

    with jobs.patched():
        execution = run(definition(), GIVEN, lambda _: next(remaining), prepare=create_topic)
    assert next(remaining, None) is None, "each answer was needed"
    return execution


def published(execution: Execution) -> dict[str, Any]:
    """Return what was published to the topic, which must be one message."""
    (message,) = (
        json.loads(event["taskScheduledEventDetails"]["parameters"])
        for event in execution.events
        if event.get("taskScheduledEventDetails", {}).get("resourceType") == "sns"
    )
    assert message.pop("TopicArn") == TOPIC
    found: dict[str, Any] = message
    return found


def failed(category: str, number: int = 1) -> Woken:
    """Return the watch's answer to a wait for a job that failed."""
    failure = {
        "category": category,
        "message": "Why.",
        "remedy": "What helps.",
        "link": "https://example.com",
        "retryHelps": category == Category.TRANSIENT,
    }
    job = {"jobArn": job_arn(number), "jobName": "tuning", "status": "Failed", "failure": failure}
    return Woken({**ended(Failed=2), "endedBadly": [ANOTHER, job]})


def test_it_is_valid(tmp_path: Path) -> None:
    result = asl_validator(definition(), tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_job_that_completes_is_published(jobs: CreatedJobs) -> None:
    execution = execute(jobs, Woken({**ended(Completed=1, Failed=1), "endedBadly": [ANOTHER]}))
    assert (execution.status, execution.output) == (
        "SUCCEEDED",
        {"jobArn": job_arn(1), "status": "Completed"},
    )
    assert published(execution) == {"Subject": "Fine-tuning completed", "Message": job_arn(1)}
    (request,) = jobs.requests
    name = f"{EXECUTION}-1"
    assert request == {
        "jobName": name,
        "customModelName": name,
        "clientRequestToken": name,
        "roleArn": ARNS["CustomizationRoleArn"],
        "customizationType": "FINE_TUNING",
        "baseModelIdentifier": GIVEN["baseModel"],
        "trainingDataConfig": {"s3Uri": GIVEN["trainingData"]},
        "outputDataConfig": {"s3Uri": GIVEN["output"]},
        "hyperParameters": {"epochCount": "2"},
    }
    assert execution.payloads == [{"wait": {"query": {"nameContains": name}, "atLeast": 1}}]


@pytest.mark.parametrize("category", [each for each in Category if each != Category.TRANSIENT])
def test_a_failure_is_published_with_its_category_and_remedy(category: str, jobs: CreatedJobs) -> None:
    execution = execute(jobs, failed(category))
    assert (execution.status, execution.error) == ("FAILED", "Failed")
    assert execution.cause == f"{job_arn(1)}: Why."
    assert published(execution) == {
        "Subject": "Fine-tuning ended with Failed",
        "Message": f"{job_arn(1)}\nWhy.\nWhat helps.",
        "MessageAttributes": {"category": {"DataType": "String", "StringValue": category}},
    }
    assert len(jobs.requests) == 1


def test_a_transient_failure_is_tried_again_under_another_name(jobs: CreatedJobs) -> None:
    execution = execute(jobs, failed(Category.TRANSIENT), Woken(ended(Completed=1)))
    assert (execution.status, execution.output["jobArn"]) == ("SUCCEEDED", job_arn(2))
    assert [each["jobName"] for each in jobs.requests] == [f"{EXECUTION}-1", f"{EXECUTION}-2"]
    assert [each["wait"]["query"]["nameContains"] for each in execution.payloads] == [
        f"{EXECUTION}-1",
        f"{EXECUTION}-2",
    ]


def test_a_failure_that_is_no_longer_transient_after_three_attempts_is_published(jobs: CreatedJobs) -> None:
    execution = execute(jobs, *[failed(Category.TRANSIENT, number) for number in (1, 2, 3)])
    assert (execution.status, execution.error) == ("FAILED", "Failed")
    assert published(execution)["Message"].startswith(job_arn(3))
    assert len(jobs.requests) == 3


def test_a_job_that_was_stopped_is_published(jobs: CreatedJobs) -> None:
    stopped = {"jobArn": job_arn(1), "jobName": "tuning", "status": "Stopped"}
    execution = execute(jobs, Woken({**ended(Stopped=1), "endedBadly": [stopped]}))
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "Stopped", job_arn(1))
    assert published(execution) == {
        "Subject": "Fine-tuning ended with Stopped",
        "Message": job_arn(1),
        "MessageAttributes": {"category": {"DataType": "String", "StringValue": "none"}},
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Refused("NoSuchJobs", "none"), "NoSuchJobs"),
        (Refused("WaitExpired", "expired"), "WaitExpired"),
        (Silence(), "TimedOut"),
    ],
)
def test_a_wait_without_an_end_is_published(answer: Answer, error: str, jobs: CreatedJobs) -> None:
    execution = execute(jobs, answer)
    assert (execution.status, execution.error) == ("FAILED", error)
    assert published(execution)["Subject"] == f"Fine-tuning ended with {error}"


def test_a_registration_is_retried(jobs: CreatedJobs) -> None:
    class WatchUnavailableException(Exception):  # noqa: N818 - its name is matched
        pass

    execution = execute(jobs, WatchUnavailableException("busy"), Woken(ended(Completed=1)))
    assert execution.status == "SUCCEEDED"
    assert len(execution.retries) == 1
    assert len(jobs.requests) == 1
