"""The state machine polls page by page until no job is active."""

from typing import Any

import pytest

from tests.infra.wait_for_jobs.conftest import NO_JOBS, Waiter, page


def test_succeeds_immediately_with_the_counts_if_no_job_is_active(wait: Waiter) -> None:
    execution = wait([page(Completed=3, Failed=1, Stopped=2)], query={"nameContains": "tune"})
    assert execution.status == "SUCCEEDED"
    assert execution.output == {"counts": NO_JOBS | {"Completed": 3, "Failed": 1, "Stopped": 2}}
    assert execution.payloads == [{"nameContains": "tune"}]
    assert execution.waits == []


def test_the_function_receives_the_execution_as_correlation_id(wait: Waiter) -> None:
    (context,) = wait([page()]).contexts
    assert context["custom"]["correlationId"].startswith("arn:aws:states:us-east-1:123456789012:execution:")


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_waits_while_a_job_is_active(wait: Waiter, status: str) -> None:
    execution = wait([page(**{status: 1}), page(Completed=1)])
    assert (execution.status, execution.waits) == ("SUCCEEDED", [30])


def test_the_delay_doubles_up_to_the_longest(wait: Waiter) -> None:
    execution = wait([*[page(InProgress=1)] * 8, page(Completed=1)])
    assert execution.status == "SUCCEEDED"
    assert execution.waits == [30, 60, 120, 240, 480, 600, 600, 600]


def test_all_pages_are_read_and_their_counts_added(wait: Waiter) -> None:
    execution = wait(
        [page("a", Completed=2, Failed=1), page("b", Completed=3), page(Completed=1, Failed=1, Paused=4)],
        query={"statusEquals": "Completed", "maxResults": 3},
    )
    assert execution.output == {"counts": NO_JOBS | {"Completed": 6, "Failed": 2, "Paused": 4}}
    query = {"statusEquals": "Completed", "maxResults": 3}
    assert execution.payloads == [query, {**query, "nextToken": "a"}, {**query, "nextToken": "b"}]
    assert execution.waits == []


def test_an_active_job_ends_a_poll_and_the_next_starts_with_the_first_page(wait: Waiter) -> None:
    execution = wait(
        [page("a", Completed=5), page("b", InProgress=1), page("c", Completed=6), page(Completed=1)]
    )
    assert execution.output == {"counts": NO_JOBS | {"Completed": 7}}
    assert execution.payloads == [{}, {"nextToken": "a"}, {}, {"nextToken": "c"}]
    assert execution.waits == [30]


def test_a_query_that_selects_no_job_succeeds(wait: Waiter) -> None:
    assert wait([page()]).output == {"counts": NO_JOBS}


def test_the_summaries_are_not_passed_on(wait: Waiter) -> None:
    answer: dict[str, Any] = page(InProgress=1)
    answer["modelCustomizationJobSummaries"] = [{"jobName": "x" * 1000}] * 200
    execution = wait([answer, page(Completed=1)])
    passed_on = [
        event["stateExitedEventDetails"]["output"]
        for event in execution.events
        if "stateExitedEventDetails" in event
    ]
    assert max(map(len, passed_on)) < 200
