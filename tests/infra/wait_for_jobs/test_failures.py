"""Executions that fail: by the caller's choice, by the deadline, or by an error of the function."""

import itertools

import pytest

from customization_jobs.errors import ERRORS, CustomizationJobsError, ThrottlingException, ValidationException
from tests.infra.conftest import Synthesis
from tests.infra.wait_for_jobs.conftest import Waiter, page
from tests.infra.wait_for_jobs.interpreter import LambdaServiceError, run


@pytest.mark.parametrize(
    ("fail_on", "counts", "error"),
    [
        (["Failed"], {"Failed": 2}, "JobsFailed"),
        (["Stopped"], {"Stopped": 2}, "JobsStopped"),
        (["Failed", "Stopped"], {"Stopped": 2, "Completed": 1}, "JobsStopped"),
        (["Stopped", "Failed"], {"Failed": 2, "Stopped": 1}, "JobsFailed"),
    ],
)
def test_jobs_with_a_status_of_fail_on_fail_the_execution(
    wait: Waiter, fail_on: list[str], counts: dict[str, int], error: str
) -> None:
    execution = wait([page(InProgress=1), page(**counts)], failOn=fail_on)
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
    assert wait([page(**counts)], failOn=fail_on).status == "SUCCEEDED"


def test_an_execution_times_out_after_a_last_poll_at_the_deadline(wait: Waiter) -> None:
    execution = wait(itertools.repeat(page(InProgress=2, Stopping=1)), timeoutSeconds=100)
    assert (execution.status, execution.error) == ("FAILED", "WaitTimedOut")
    assert execution.cause == "The wait timed out; at least 3 jobs are InProgress or Stopping."
    # 30, 60, and the rest of 100.
    assert execution.waits == [30, 60, 10]


def test_jobs_that_end_before_the_last_poll_count_as_ended(wait: Waiter) -> None:
    execution = wait([page(InProgress=1), page(InProgress=1), page(Completed=1)], timeoutSeconds=40)
    assert execution.status == "SUCCEEDED"


def test_the_configured_timeout_applies_to_an_input_without_one(other_stack: Synthesis) -> None:
    execution = run(other_stack.definition(), {"query": {}}, lambda _: page(InProgress=1))
    assert execution.error == "WaitTimedOut"
    assert sum(execution.waits) == 2 * 3600
    assert execution.waits[:8] == [5, 10, 20, 40, 80, 160, 300, 300]


@pytest.mark.parametrize(
    "error",
    [
        LambdaServiceError("TooManyRequestsException"),
        *(error("again") for error in ERRORS if error.retry_helps),
    ],
    ids=str,
)
def test_transient_errors_are_retried(wait: Waiter, error: Exception) -> None:
    execution = wait([error, error, page(Completed=1)])
    assert (execution.status, len(execution.retries), len(execution.payloads)) == ("SUCCEEDED", 2, 3)


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
