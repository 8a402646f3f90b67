"""Executions that fail: by the caller's choice, by the deadline, or by an error of the function."""

import itertools
from collections.abc import Iterator

import pytest

from customization_jobs.errors import ERRORS, CustomizationJobsError, ThrottlingException, ValidationException
from infra.constructs.wait_for_jobs import FUNCTION_FAILED
from tests.infra.conftest import Synthesis
from tests.infra.state_machines.interpreter import LambdaServiceError
from tests.infra.wait_for_jobs.conftest import Waiter, ended, page
from tests.infra.wait_for_jobs.interpreter import (
    Answer,
    Heartbeats,
    Refused,
    Silence,
    Woken,
    run,
)
from tests.infra.wait_for_jobs.test_waiting import states


@pytest.mark.parametrize(
    ("fail_on", "counts", "error"),
    [
        (["Failed"], {"Failed": 2}, "JobsFailed"),
        (["Stopped"], {"Stopped": 2}, "JobsStopped"),
        (["Failed", "Stopped"], {"Stopped": 2, "Completed": 1}, "JobsStopped"),
        (["Stopped", "Failed"], {"Failed": 2, "Stopped": 1}, "JobsFailed"),
    ],
)
def test_jobs_with_a_status_of_fail_on_fail_a_poll(
    wait: Waiter, fail_on: list[str], counts: dict[str, int], error: str
) -> None:
    execution = wait([Silence(), page(**counts)], failOn=fail_on)
    status = error.removeprefix("Jobs")
    assert (execution.status, execution.error) == ("FAILED", error)
    assert execution.cause == f"All jobs have ended, 2 of them with the status {status}."


@pytest.mark.parametrize(
    ("fail_on", "counts"),
    [([], {"Failed": 1, "Stopped": 1}), (["Failed"], {"Stopped": 1}), (["Stopped"], {"Failed": 1})],
)
def test_jobs_with_another_status_do_not_fail_the_execution(
    wait: Waiter, fail_on: list[str], counts: dict[str, int]
) -> None:
    assert wait([Silence(), page(**counts)], failOn=fail_on).status == "SUCCEEDED"


@pytest.mark.parametrize("error", ["JobsFailed", "JobsStopped", "NoSuchJobs", "WaitExpired"])
def test_a_failure_that_the_watch_answers_keeps_its_name_and_its_cause(wait: Waiter, error: str) -> None:
    execution = wait([Refused(error, "All jobs have ended, 2 of them badly.")])
    assert (execution.status, execution.error) == ("FAILED", error)
    assert execution.cause == "All jobs have ended, 2 of them badly."
    # The alarm on failed executions leaves out every other Fail state.
    assert FUNCTION_FAILED not in states(execution)


def test_an_execution_times_out_after_a_last_poll_at_the_deadline(wait: Waiter) -> None:
    execution = wait([Heartbeats(), page(InProgress=2, Stopping=1)], timeoutSeconds=100)
    assert (execution.status, execution.error) == ("FAILED", "WaitTimedOut")
    assert execution.cause == "The wait timed out; at least 3 jobs are InProgress or Stopping."
    assert execution.waits == [100]


def test_an_execution_that_finds_too_few_jobs_fails_at_the_deadline(wait: Waiter) -> None:
    execution = wait([Heartbeats(), page("a", Completed=1), page(Failed=1)], timeoutSeconds=100, atLeast=3)
    assert (execution.status, execution.error) == ("FAILED", "NoSuchJobs")
    assert execution.cause == "Jobs that match the query: 2; atLeast is 3."


def test_the_shortest_timeout_leaves_time_for_a_heartbeat(wait: Waiter) -> None:
    execution = wait([Heartbeats(), page(InProgress=1)], timeoutSeconds=1)
    assert (execution.error, execution.waits) == ("WaitTimedOut", [2])


def test_the_configured_timeout_applies_to_an_input_without_one(other_stack: Synthesis) -> None:
    answers: Iterator[Answer] = itertools.cycle([Silence(), page(InProgress=1)])
    execution = run(other_stack.definition(), {"query": {}}, lambda _: next(answers))
    assert execution.error == "WaitTimedOut"
    assert sum(execution.waits) == 2 * 3600


@pytest.mark.parametrize(
    "error",
    [
        LambdaServiceError("TooManyRequestsException"),
        *(error("again") for error in ERRORS if error.retry_helps),
    ],
    ids=str,
)
def test_transient_errors_are_retried(wait: Waiter, error: Exception) -> None:
    execution = wait([error, error, Woken(ended(Completed=1))])
    assert (execution.status, len(execution.retries), len(execution.payloads)) == ("SUCCEEDED", 2, 3)


def test_transient_errors_of_a_poll_are_retried(wait: Waiter) -> None:
    error = ThrottlingException("again")
    execution = wait([Silence(), error, error, page(Completed=1)])
    assert (execution.status, len(execution.retries), len(execution.payloads)) == ("SUCCEEDED", 2, 4)


def test_an_error_of_a_poll_fails_the_execution_by_its_name(wait: Waiter) -> None:
    execution = wait([Silence(), ValidationException("no")])
    assert (execution.error, execution.cause) == ("ValidationException", "no")


def test_persistent_throttling_fails_the_execution_by_its_name(wait: Waiter) -> None:
    execution = wait(itertools.repeat(ThrottlingException("too fast")))
    assert (execution.status, execution.error) == ("FAILED", "ThrottlingException")
    assert "too fast" in str(execution.cause)
    assert len(execution.payloads) == 7


@pytest.mark.parametrize("error", [error("no") for error in ERRORS if not error.retry_helps], ids=repr)
def test_permanent_errors_fail_the_execution_without_a_retry(
    wait: Waiter, error: CustomizationJobsError
) -> None:
    execution = wait([error])
    assert (execution.status, execution.error, execution.retries) == ("FAILED", type(error).__name__, [])


@pytest.mark.parametrize(
    "message", ["maxResults: got 0", "{", '{"errorMessage": "inner"}', "two\nlines", 'quotes " and \\']
)
def test_the_cause_is_the_functions_message_without_its_stack_trace(wait: Waiter, message: str) -> None:
    execution = wait([ValidationException(message)])
    assert (execution.error, execution.cause) == ("ValidationException", message)


def test_the_cause_of_an_error_of_lambda_itself_is_its_own_text(wait: Waiter) -> None:
    execution = wait(itertools.repeat(LambdaServiceError("TooManyRequestsException")))
    assert execution.error == "Lambda.TooManyRequestsException"
    assert "refused" in str(execution.cause)
