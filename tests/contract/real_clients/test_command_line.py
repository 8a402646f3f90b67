import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess

    from local.processes.process_group import ProcessGroup
    from tests.contract.real_clients.conftest import RunTool, SetFault

HOW_TO_INSTALL = "It is in requirements.txt: `make test` installs it, or: pip install awscli"


class Aws:
    """`aws bedrock list-model-customization-jobs --endpoint-url ...`."""

    def __init__(self, run_tool: "RunTool", url: str) -> None:
        self._run = partial(run_tool, "aws", how_to_install=HOW_TO_INSTALL)
        self._url = url

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = (
            "bedrock",
            "list-model-customization-jobs",
            "--endpoint-url",
            self._url,
            "--output",
            "json",
        )
        return self._run(*command, *arguments)

    def listed(self, *arguments: str) -> dict[str, Any]:
        done = self(*arguments)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@pytest.fixture(scope="module")
def aws(run_tool: "RunTool", stack: "ProcessGroup") -> Aws:
    return Aws(run_tool, stack.gateway.url)


def test_it_lists_every_job_in_small_pages(aws: Aws) -> None:
    jobs = aws.listed("--page-size", "50")["modelCustomizationJobSummaries"]
    assert len({job["jobArn"] for job in jobs}) == len(jobs) == 260


def test_it_stops_and_resumes(aws: Aws) -> None:
    first = aws.listed("--max-items", "30", "--page-size", "20")
    rest = aws.listed("--starting-token", first["NextToken"])
    arns = [job["jobArn"] for page in (first, rest) for job in page["modelCustomizationJobSummaries"]]
    assert len(first["modelCustomizationJobSummaries"]) == 30
    assert len(set(arns)) == len(arns) == 260


def test_it_passes_filters_on(aws: Aws) -> None:
    answer = aws.listed(
        "--status-equals", "Stopping", "--sort-by", "CreationTime", "--sort-order", "Ascending"
    )
    assert [job["status"] for job in answer["modelCustomizationJobSummaries"]] == ["Stopping", "Stopping"]


def test_it_prints_an_error_with_its_name(aws: Aws, set_fault: "SetFault") -> None:
    set_fault(error="AccessDeniedException", message="No such permission.")
    done = aws()
    assert done.returncode != 0
    assert "(AccessDeniedException)" in done.stderr
    assert "Bedrock denied the call." in done.stderr
    assert "No such permission." not in done.stderr


def test_it_invokes_the_function(run_tool: "RunTool", stack: "ProcessGroup") -> None:
    done = run_tool(
        "aws",
        "lambda",
        "invoke",
        "--endpoint-url",
        stack.gateway.url,
        "--function-name",
        "customization-jobs",
        "--payload",
        '{"statusEquals": "InProgress"}',
        "/dev/stdout",
        how_to_install=HOW_TO_INSTALL,
    )
    assert done.returncode == 0, done.stderr
    answer, end = json.JSONDecoder().raw_decode(done.stdout)
    assert answer["counts"]["InProgress"] == 6
    assert json.loads(done.stdout[end:]) == {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
