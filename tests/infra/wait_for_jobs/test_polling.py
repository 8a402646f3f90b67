"""What the state machine does, by running its definition; Bedrock's time and Lambda are stand-ins."""

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from customization_jobs.errors import ERRORS, CustomizationJobsError, ThrottlingException, ValidationException
from infra.settings import POLLS_IN_ONE_EXECUTION
from infra.wait_for_jobs import RETRIED_ERRORS
from tests.infra.conftest import Synthesis
from tests.infra.interpreter import Answer, Execution, LambdaServiceError, run

Waiter = Callable[..., Execution]
STATUSES = ("InProgress", "Completed", "Failed", "Stopping", "Stopped")


def page(token: str | None = None, /, **counts: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "modelCustomizationJobSummaries": [{"jobName": "left behind"}],
        "counts": dict.fromkeys(STATUSES, 0) | counts,
    }
    return answer | ({"nextToken": token, "stoppedBy": "bytes"} if token else {})


@pytest.fixture
def wait(stack: Synthesis) -> Waiter:
    definition = stack.definition()

    def execute(answers: Iterable[Answer] = (), /, given: Any = None, **more: Any) -> Execution:
        remaining = iter(answers)
        return run(definition, {"query": {}, **more} if given is None else given, lambda _: next(remaining))

    return execute


def test_succeeds_at_once_with_the_counts_when_nothing_is_under_way(wait: Waiter) -> None:
    execution = wait([page(Completed=3, Failed=1, Stopped=2)], query={"nameContains": "tune"})
    assert execution.status == "SUCCEEDED"
    assert execution.output == {
        "counts": dict.fromkeys(STATUSES, 0) | {"Completed": 3, "Failed": 1, "Stopped": 2}
    }
    assert execution.payloads == [{"nameContains": "tune"}]
    assert execution.waits == []


def test_the_function_is_told_which_execution_asks(wait: Waiter) -> None:
    (context,) = wait([page()]).contexts
    assert context["custom"]["correlationId"].startswith("arn:aws:states:us-east-1:123456789012:execution:")


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_waits_while_a_job_is_under_way(wait: Waiter, status: str) -> None:
    execution = wait([page(**{status: 1}), page(Completed=1)])
    assert (execution.status, execution.waits) == ("SUCCEEDED", [30])


def test_waits_grow_up_to_the_longest(wait: Waiter) -> None:
    execution = wait([*[page(InProgress=1)] * 8, page(Completed=1)])
    assert execution.status == "SUCCEEDED"
    assert execution.waits == [30, 60, 120, 240, 480, 600, 600, 600]


def test_pages_are_walked_by_their_tokens_and_their_counts_added_up(wait: Waiter) -> None:
    execution = wait(
        [page("a", Completed=2, Failed=1), page("b", Completed=3), page(Completed=1, Failed=1, Paused=4)],
        query={"statusEquals": "Completed", "maxResults": 3},
    )
    assert execution.output == {
        "counts": dict.fromkeys(STATUSES, 0) | {"Completed": 6, "Failed": 2, "Paused": 4}
    }
    query = {"statusEquals": "Completed", "maxResults": 3}
    assert execution.payloads == [query, {**query, "nextToken": "a"}, {**query, "nextToken": "b"}]
    assert execution.waits == []


def test_one_job_under_way_ends_the_walk_and_the_next_begins_anew(wait: Waiter) -> None:
    execution = wait(
        [page("a", Completed=5), page("b", InProgress=1), page("c", Completed=6), page(Completed=1)]
    )
    assert execution.output == {"counts": dict.fromkeys(STATUSES, 0) | {"Completed": 7}}
    assert execution.payloads == [{}, {"nextToken": "a"}, {}, {"nextToken": "c"}]
    assert execution.waits == [30]


def test_a_query_that_selects_no_job_succeeds(wait: Waiter) -> None:
    assert wait([page()]).output == {"counts": dict.fromkeys(STATUSES, 0)}


@pytest.mark.parametrize(
    ("fail_on", "counts", "error"),
    [
        (["Failed"], {"Failed": 2}, "JobsFailed"),
        (["Stopped"], {"Stopped": 2}, "JobsStopped"),
        (["Failed", "Stopped"], {"Stopped": 2, "Completed": 1}, "JobsStopped"),
        (["Stopped", "Failed"], {"Failed": 2, "Stopped": 1}, "JobsFailed"),
    ],
)
def test_fails_by_name_where_the_caller_asked_for_it(
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
def test_what_the_caller_did_not_ask_for_is_no_failure(
    wait: Waiter, fail_on: list[str], counts: dict[str, int]
) -> None:
    assert wait([page(**counts)], failOn=fail_on).status == "SUCCEEDED"


def test_times_out_by_name_with_a_last_look_at_the_deadline(wait: Waiter) -> None:
    execution = wait(itertools.repeat(page(InProgress=2, Stopping=1)), timeoutSeconds=100)
    assert (execution.status, execution.error) == ("FAILED", "WaitTimedOut")
    assert execution.cause == "The time is up; at least 3 jobs are InProgress or Stopping."
    # 30, 60, and what is left of 100.
    assert execution.waits[:2] == [30, 60]
    assert 100 <= sum(execution.waits) + 1 <= 102


def test_a_job_that_ends_by_the_last_look_counts(wait: Waiter) -> None:
    execution = wait([page(InProgress=1), page(InProgress=1), page(Completed=1)], timeoutSeconds=40)
    assert execution.status == "SUCCEEDED"


def test_the_configured_time_limit_holds_where_the_caller_gives_none(other_stack: Synthesis) -> None:
    execution = run(other_stack.definition(), {"query": {}}, lambda _: page(InProgress=1))
    assert execution.error == "WaitTimedOut"
    assert abs(sum(execution.waits) - 2 * 3600) <= 2
    assert execution.waits[:8] == [5, 10, 20, 40, 80, 160, 300, 300]


@pytest.mark.parametrize(
    "error",
    [
        LambdaServiceError("TooManyRequestsException"),
        *(error("again") for error in ERRORS if error.retry_helps),
    ],
    ids=str,
)
def test_what_passes_is_retried(wait: Waiter, error: Exception) -> None:
    execution = wait([error, error, page(Completed=1)])
    assert (execution.status, len(execution.retries), len(execution.payloads)) == ("SUCCEEDED", 2, 3)


def test_throttling_that_lasts_is_passed_on_by_name(wait: Waiter) -> None:
    execution = wait(itertools.repeat(ThrottlingException("too fast")))
    assert (execution.status, execution.error) == ("FAILED", "ThrottlingException")
    assert "too fast" in str(execution.cause)
    assert len(execution.payloads) == 7


@pytest.mark.parametrize("error", [error("no") for error in ERRORS if not error.retry_helps], ids=repr)
def test_what_a_retry_does_not_mend_is_passed_on_at_once(wait: Waiter, error: CustomizationJobsError) -> None:
    execution = wait([error])
    assert (execution.status, execution.error, execution.retries) == ("FAILED", type(error).__name__, [])


def test_the_cause_is_the_functions_own(wait: Waiter) -> None:
    assert "nameContain: got 'x'" in str(wait([ValidationException("nameContain: got 'x'")]).cause)


@pytest.mark.parametrize(
    "given",
    [
        {},
        [],
        "query",
        {"failOn": []},
        {"query": None},
        {"query": "InProgress"},
        {"query": [{}]},
        {"query": {"nextToken": "t"}},
        {"query": {}, "failOn": "Failed"},
        {"query": {}, "failOn": ["Failed", "Completed"]},
        {"query": {}, "failOn": None},
        {"query": {}, "failon": ["Failed"]},
        {"query": {}, "timeoutSeconds": 0},
        {"query": {}, "timeoutSeconds": 1.5},
        {"query": {}, "timeoutSeconds": "60"},
        {"query": {}, "timeoutSeconds": True},
        {"query": {}, "timeoutSeconds": 600_001},
    ],
    ids=str,
)
def test_a_malformed_input_fails_by_name_before_anything_is_asked(wait: Waiter, given: Any) -> None:
    execution = wait(given=given)
    assert (execution.status, execution.error, execution.payloads) == ("FAILED", "InvalidInput", [])
    assert "timeoutSeconds is a whole number from 1 to 600000" in str(execution.cause)


@pytest.mark.parametrize(
    "given", [{"query": {}, "failOn": [], "timeoutSeconds": n} for n in (1, 600_000)], ids=str
)
def test_the_bounds_of_the_input_are_allowed(wait: Waiter, given: Any) -> None:
    assert wait([page()], given=given).status == "SUCCEEDED"


def test_state_stays_small_whatever_a_page_holds(wait: Waiter) -> None:
    answer = page(InProgress=1)
    answer["modelCustomizationJobSummaries"] = [{"jobName": "x" * 1000}] * 200
    execution = wait([answer, page(Completed=1)])
    passed_on = [
        event["stateExitedEventDetails"]["output"]
        for event in execution.events
        if "stateExitedEventDetails" in event
    ]
    assert max(map(len, passed_on)) < 200


def test_the_longest_wait_fits_into_an_executions_history(wait: Waiter) -> None:
    twice, thrice = (len(wait([*[page(InProgress=1)] * n, page()]).events) for n in (2, 3))
    paged = len(wait([page(InProgress=1), page(InProgress=1), page("a"), page()]).events)
    # Each poll with room for two more pages; 25,000 events end an execution.
    assert POLLS_IN_ONE_EXECUTION * (thrice - twice + 2 * (paged - twice)) <= 25_000


def test_retries_are_jittered_bounded_and_whole(stack: Synthesis) -> None:
    (retry,) = stack.definition()["States"]["List the jobs"]["Retry"]
    assert retry == {
        "ErrorEquals": list(RETRIED_ERRORS),
        "IntervalSeconds": 2,
        "MaxAttempts": 6,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    }
    assert {error.__name__ for error in ERRORS if error.retry_helps} < set(RETRIED_ERRORS)
    assert "Lambda.TooManyRequestsException" in RETRIED_ERRORS


def test_the_hard_limit_lies_well_above_the_longest_wait(stack: Synthesis) -> None:
    definition = stack.definition()
    assert definition["TimeoutSeconds"] >= stack.settings.wait_limit_seconds + 3600
    assert definition["QueryLanguage"] == "JSONata"


def test_logs_and_traces_without_execution_data(stack: Synthesis) -> None:
    machine = stack.only("AWS::StepFunctions::StateMachine")
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    assert len(logging["Destinations"]) == 1
