"""Waiting for jobs: with a task if the client supports tasks, otherwise by repeated calls."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import ValidationException
from customization_jobs.mcp.messages import ProtocolError
from customization_jobs.mcp.tasks import TTL, Task
from tests.fakes import job
from tests.unit.conftest import Wire
from tests.unit.mcp.conftest import TASKS, Agent, Timelines
from tests.unit.mcp.test_tools import ARN, page, timeline

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAIT = {"name": "wait_for_jobs", "extensions": TASKS}


def test_without_tasks_the_result_says_when_to_ask_again(agent: Agent, wire: Wire) -> None:
    wire.answer(page(job(1, status="InProgress"), job(2, status="Stopping"), job(3)))
    data = agent.data("wait_for_jobs", nameContains="a")
    assert (data["ended"], data["running"], data["askAgainAfterSeconds"]) == (False, 2, 60)
    wire.answers.clear()
    wire.answer(page(job(1, status="Failed")))
    data = agent.data("wait_for_jobs", nameContains="a")
    assert (data["ended"], data["running"], data["byStatus"]["Failed"]) == (True, 0, 1)
    assert "askAgainAfterSeconds" not in data


def test_a_job_is_waited_for_by_its_timeline(agent: Agent, timelines: Timelines) -> None:
    timelines.by_arn[ARN] = timeline("Stopping", expectedEnd={"reason": "x"})
    data = agent.data("wait_for_jobs", job=ARN)
    assert (data["ended"], data["job"]["status"], data["expectedEnd"]) == (False, "Stopping", {"reason": "x"})
    timelines.by_arn[ARN] = timeline("Stopped")
    assert agent.data("wait_for_jobs", job=ARN)["ended"] is True


def test_jobs_that_were_not_all_read_have_not_ended(agent: Agent, wire: Wire) -> None:
    wire.answer(page(job(1), nextToken="t"))
    agent.time_left = timedelta(seconds=1)
    data = agent.data("wait_for_jobs")
    assert (data["complete"], data["running"], data["ended"]) == (False, 0, False)


def test_a_job_and_filters_exclude_each_other(agent: Agent) -> None:
    assert "stuck: got a filter beside job, allowed: either job, or filters" in agent.error(
        "wait_for_jobs", job=ARN, stuck=True
    )


def test_a_client_with_tasks_gets_one_that_ends_with_the_result(agent: Agent, timelines: Timelines) -> None:
    timelines.by_arn[ARN] = timeline("InProgress")
    task = agent.stateless("tools/call", arguments={"job": ARN}, **WAIT)["result"]
    assert (task["resultType"], task["status"], task["pollIntervalMs"]) == ("task", "working", 60_000)
    assert task["statusMessage"] == "1 job has not ended."
    polled = agent.stateless("tasks/get", TASKS, taskId=task["taskId"])["result"]
    assert (polled["resultType"], polled["status"]) == ("complete", "working")
    assert (polled["taskId"], polled["createdAt"]) == (task["taskId"], task["createdAt"])
    timelines.by_arn[ARN] = timeline("Completed")
    ended = agent.stateless("tasks/get", TASKS, taskId=task["taskId"])["result"]
    assert (ended["resultType"], ended["status"], ended["result"]["resultType"]) == (
        *("complete", "completed"),
        "complete",
    )
    assert ended["result"]["structuredContent"]["data"]["ended"] is True


def test_a_wait_that_has_ended_already_is_no_task(agent: Agent, timelines: Timelines) -> None:
    timelines.by_arn[ARN] = timeline("Completed")
    assert agent.stateless("tools/call", arguments={"job": ARN}, **WAIT)["result"]["resultType"] == "complete"


def test_a_client_without_tasks_gets_none(agent: Agent, timelines: Timelines) -> None:
    timelines.by_arn[ARN] = timeline("InProgress")
    task_id = agent.stateless("tools/call", arguments={"job": ARN}, **WAIT)["result"]["taskId"]
    result = agent.stateless("tools/call", name="wait_for_jobs", arguments={"job": ARN})["result"]
    assert result["resultType"] == "complete"
    answer = agent.stateless("tasks/get", taskId=task_id)
    assert (agent.status, answer["error"]["code"]) == (400, -32021)
    assert answer["error"]["data"] == {"requiredCapabilities": {"extensions": TASKS}}


def test_relative_times_of_a_task_refer_to_its_creation(agent: Agent, wire: Wire) -> None:
    wire.answer(page(job(1, status="InProgress")))
    created = datetime.now(UTC) - timedelta(days=3)
    task = Task("wait_for_jobs", {"creationTimeAfter": "-1d"}, created)
    agent.stateless("tasks/get", TASKS, taskId=task.id)
    sent = wire.requests[0].url.partition("creationTimeAfter=")[2].partition("&")[0]
    assert sent.startswith((created - timedelta(days=1)).strftime("%Y-%m-%dT%H%%3A%M"))


def test_an_error_that_can_pass_keeps_a_task_working(agent: Agent, wire: Wire) -> None:
    wire.answer(b'{"message": "slow down"}', 429, {"x-amzn-ErrorType": "ThrottlingException"})
    task_id = Task("wait_for_jobs", {}, datetime.now(UTC)).id
    task = agent.stateless("tasks/get", TASKS, taskId=task_id)["result"]
    assert (task["status"], task["statusMessage"]) == ("working", "ThrottlingException: slow down")


def test_an_error_that_cannot_pass_ends_a_task_with_it(agent: Agent) -> None:
    task_id = Task("wait_for_jobs", {"statu": 1}, datetime.now(UTC)).id
    task = agent.stateless("tasks/get", TASKS, taskId=task_id)["result"]
    assert (task["status"], task["result"]["isError"]) == ("completed", True)
    assert task["statusMessage"] == "The tool failed: ValidationException. The result says why."
    assert task["result"]["content"][0]["text"].startswith("ValidationException: statu: ")


@pytest.mark.parametrize("method", ["tasks/cancel", "tasks/update"])
def test_a_task_can_be_forgotten_and_asks_for_no_input(agent: Agent, method: str) -> None:
    task_id = Task("wait_for_jobs", {}, datetime.now(UTC)).id
    assert agent.stateless(method, TASKS, taskId=task_id)["result"]["resultType"] == "complete"
    assert agent.stateless(method, TASKS, taskId="x")["error"]["code"] == -32602


def test_a_call_that_is_too_long_for_the_id_of_a_task_is_refused(agent: Agent, wire: Wire) -> None:
    wire.answer(page(job(1, status="InProgress")))
    answer = agent.stateless("tools/call", arguments={"tag": ["k=" + "x" * 250] * 8}, **WAIT)
    assert answer["result"]["isError"] is True


@given(
    tool=st.text(max_size=20),
    arguments=st.dictionaries(st.text(max_size=9), st.integers() | st.text(max_size=9), max_size=4),
    created=st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
)
def test_the_id_of_a_task_has_its_call(tool: str, arguments: Any, created: datetime) -> None:
    task = Task(tool, arguments, created)
    assert Task.from_id(task.id, task.created + timedelta(days=1)) == task


@pytest.mark.parametrize(
    "content",
    [[], [1, {}, 0], ["a", [], 0], ["a", {}, "0"], ["a", {}, None], ["a", {}, 1e300], {}, None, "[" * 900],
    ids=str,
)
def test_anything_else_is_no_id_of_a_task(content: Any) -> None:
    made_up = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    for task_id in (made_up, made_up[:-1] + "ö", "x" * 9000, "\ud800", None, 5):
        with pytest.raises(ProtocolError, match="taskId is not"):
            Task.from_id(task_id, NOW)


def test_a_task_expires() -> None:
    task_id = Task("a", {}, NOW).id
    Task.from_id(task_id, NOW + TTL - timedelta(seconds=1))
    for now in (NOW + TTL, NOW - timedelta(hours=1)):
        with pytest.raises(ProtocolError, match="expired"):
            Task.from_id(task_id, now)


def test_the_id_of_a_task_fits_into_a_header() -> None:
    assert len(Task("a", {"b": "x" * 1400}, NOW).id) <= 2048
    with pytest.raises(ValidationException, match="fewer or shorter arguments"):
        _ = Task("a", {"b": "x" * 1600}, NOW).id
