"""The examples, as users run them: signed for API Gateway, against a stack with a fleet."""

import csv
import io
import json
import math
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from examples.boto3_client import explain
from local.common.http_client import call
from tests.contract.real_clients.client.conftest import REGION, ROOT, Done, run

if TYPE_CHECKING:
    from local.processes.process_group import ProcessGroup
    from tests.contract.real_clients.client.signed_gateway import SignedGateway

EXAMPLES = ROOT / "examples"
BOTO3 = (sys.executable, str(EXAMPLES / "boto3_client.py"))
AWS_CLI = (str(EXAMPLES / "aws_cli.sh"),)
CURL = (str(EXAMPLES / "curl.sh"),)
JAVASCRIPT = ("node", str(EXAMPLES / "javascript.mjs"))
ALL = {"boto3": BOTO3, "aws": AWS_CLI, "curl": CURL, "javascript": JAVASCRIPT}
RunExample = Callable[..., Done]


@pytest.fixture
def example(variables: Mapping[str, str], home: Path, gateway: "SignedGateway") -> RunExample:
    """Run an example with the variables that its comment sets; they may be replaced."""
    assert home

    def run_example(command: tuple[str, ...], *arguments: str, **replaced: str) -> Done:
        own = {"AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS": gateway.url, "AWS_REGION": REGION}
        return run({**variables, **own, **replaced}, *command, *arguments)

    return run_example


def last_weeks(fleet: "ProcessGroup", status: str) -> list[str]:
    """Return the names of last week's jobs with a status."""
    url = f"{fleet.gateway.url}/model-customization-jobs?statusEquals={status}&creationTimeAfter=-7d"
    return [each["jobName"] for each in call(url).json()["modelCustomizationJobSummaries"]]


@pytest.fixture
def failed_jobs(fleet: "ProcessGroup") -> list[str]:
    return last_weeks(fleet, "Failed")


def output_of(done: Done) -> list[str]:
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_boto3_lists_failures_with_their_reasons(example: RunExample, failed_jobs: list[str]) -> None:
    rows = [line.split("\t") for line in output_of(example(BOTO3))]
    assert [name for name, _, _ in rows] == failed_jobs
    assert len(rows) > 1
    assert all(": " in reason for *_, reason in rows)


def test_boto3_waits_for_a_job(example: RunExample, fleet: "ProcessGroup") -> None:
    job = last_weeks(fleet, "Completed")[0]
    assert output_of(example(BOTO3, job)) == [f"{job} has completed."]


def test_boto3_explains_why_a_wait_failed(example: RunExample, failed_jobs: list[str]) -> None:
    done = example(BOTO3, failed_jobs[0])
    assert done.returncode == 1
    assert "Waiter JobCompleted failed" in done.stdout
    # The job failed before the watch started.
    assert done.stdout.splitlines()[-1] == "unknown: no reason is recorded"


@pytest.mark.parametrize(
    ("transitions", "reason"),
    [
        (
            [
                {"kind": "Discovered", "details": {}},
                {"kind": "Failed", "details": {"failure": {"category": "size", "remedy": "Shorten it."}}},
            ],
            "size: Shorten it.",
        ),
        ([{"kind": "Completed", "details": {}}], "it has no recorded failure"),
    ],
)
def test_boto3_explains_a_failure_by_its_category_and_remedy(
    transitions: list[dict[str, Any]], reason: str
) -> None:
    jobs: Any = SimpleNamespace(
        get_model_customization_job_timeline=lambda jobIdentifier: {  # noqa: N803 - the name of the API
            "job": {"jobName": jobIdentifier},
            "transitions": transitions,
        },
        exceptions=SimpleNamespace(ResourceNotFoundException=KeyError),
    )
    assert explain(jobs, "tuning") == reason


def test_boto3_prints_an_error_by_its_name(
    example: RunExample, fail_bedrock: Callable[..., None], fleet: "ProcessGroup"
) -> None:
    done = example(BOTO3, "no-such-job")
    assert (done.returncode, done.stderr[:27]) == (2, "ResourceNotFoundException: ")
    fail_bedrock(error="AccessDeniedException")
    done = example(BOTO3)
    assert (done.returncode, done.stderr[:23]) == (2, "AccessDeniedException: ")
    assert fleet


def test_the_aws_cli_lists_failures_and_explains_the_latest(
    example: RunExample, failed_jobs: list[str]
) -> None:
    title, *rows, why, reason = output_of(example(AWS_CLI))
    assert title == "Failures of the last week:"
    assert [row.split("\t")[0] for row in rows] == failed_jobs
    assert why == f"Why {failed_jobs[0]} failed:"
    assert reason


@pytest.mark.parametrize("command", [AWS_CLI, CURL], ids=["aws", "curl"])
def test_a_shell_waits_until_jobs_have_ended(
    command: tuple[str, ...], example: RunExample, failed_jobs: list[str]
) -> None:
    assert "Failed" in "".join(output_of(example(command, failed_jobs[0])))


def test_curl_writes_all_pages_as_csv(
    example: RunExample, failed_jobs: list[str], gateway: "SignedGateway"
) -> None:
    before = len(gateway.passed)
    done = example(CURL, PAGE_SIZE="2")
    assert (done.returncode, done.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline=""), strict=True))
    assert [row["jobName"] for row in rows] == failed_jobs
    assert {*rows[0]} == {"jobName", "endTime", "baseModelArn"}
    assert len(gateway.passed) - before == math.ceil(len(failed_jobs) / 2) > 1


def test_javascript_lists_failures_and_totals(example: RunExample, failed_jobs: list[str]) -> None:
    *rows, totals = output_of(example(JAVASCRIPT))
    assert [row.split("\t")[0] for row in rows] == failed_jobs
    name, _, by_status = totals.partition(": ")
    assert name == "Fine-tuning of the last week"
    assert sum(json.loads(by_status).values()) > 0


@pytest.mark.parametrize("name", ALL)
def test_an_example_reports_a_wrong_signature(name: str, example: RunExample) -> None:
    done = example(ALL[name], AWS_SECRET_ACCESS_KEY="another")
    assert done.returncode != 0
    assert "signature" in done.stderr


@pytest.mark.parametrize("name", ALL)
def test_an_example_runs_against_the_local_run(name: str, example: RunExample, fleet: "ProcessGroup") -> None:
    local: dict[str, Any] = {
        "AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS": fleet.gateway.url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "",
    }
    assert output_of(example(ALL[name], **local))


@pytest.mark.parametrize("script", [*EXAMPLES.glob("*.sh")], ids=lambda path: path.name)
def test_a_shell_example_needs_no_more_than_a_posix_shell(script: Path) -> None:
    done = subprocess.run(["sh", "-n", script], capture_output=True, text=True, check=False)  # noqa: S607 - any shell
    assert (done.returncode, done.stderr) == (0, "")
