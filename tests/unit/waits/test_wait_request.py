"""The request to wait: what is allowed, and every problem at once."""

from typing import Any

import pytest

from customization_jobs.callers import Caller, recognize
from customization_jobs.errors import ValidationException
from customization_jobs.waits.wait_request import WaitRequest
from tests.unit.waits.harness import CONTRACT


def parse(given: Any, **more: Any) -> WaitRequest:
    return WaitRequest.parse({"wait": given, **more}, CONTRACT)


def test_the_options_have_defaults() -> None:
    request = parse({"query": {}, "taskToken": "t"})
    assert (request.fail_on, request.at_least, request.follow, request.task_token) == ((), 0, False, "t")


def test_every_option_is_read() -> None:
    query = {"nameContains": "tone", "creationTimeAfter": "2026-03-01T00:00:00Z", "maxResults": 5}
    given = {"query": query, "failOn": ["Stopped"], "atLeast": 3, "follow": True, "taskToken": "t"}
    request = parse(given)
    assert request.given_query == query
    assert request.query.parameters["maxResults"] == 5
    assert (request.fail_on, request.at_least, request.follow) == (("Stopped",), 3, True)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"query": None}, "query: got None"),
        ({"query": {"nameContain": "x"}}, "nameContain: got an unknown name (did you mean nameContains?)"),
        ({"query": {"statusEquals": "Ended"}}, "statusEquals: got 'Ended'"),
        ({"query": {"nextToken": "secret"}}, "nextToken: got a token"),
        ({"failOn": "Failed"}, "failOn: got 'Failed'"),
        ({"failOn": ["Completed"]}, "failOn: got ['Completed']"),
        ({"failOn": [["Failed"]]}, "failOn: got [['Failed']]"),
        ({"atLeast": True}, "atLeast: got True"),
        ({"atLeast": -1}, "atLeast: got -1"),
        ({"atLeast": 10_001}, "atLeast: got 10001, allowed: a whole number from 0 to 10000"),
        ({"follow": "yes"}, "follow: got 'yes'"),
        ({"acceptGaps": True}, "acceptGaps: got True, allowed: only together with fleet"),
        ({"acceptGaps": "yes", "fleet": True}, "acceptGaps: got 'yes', allowed: true or false"),
        ({"taskToken": None}, "taskToken: got not a text"),
        ({"taskToken": ""}, "taskToken: got a text of 0 characters"),
        ({"taskToken": "x" * 2049}, "taskToken: got a text of 2049 characters"),
        ({"timeout": 5}, "timeout: got an unknown name"),
    ],
)
def test_each_problem_is_named(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationException) as error:
        parse({"query": {}, "taskToken": "t", **changes})
    assert problem in str(error.value)


def test_all_problems_are_named_at_once_and_no_token_is_shown() -> None:
    with pytest.raises(ValidationException) as error:
        parse({"query": 7, "failOn": 7, "atLeast": "x", "follow": 7, "taskToken": "s" * 3000}, extra=1)
    names = [each.parameter for each in error.value.problems]
    assert names == ["extra", "query", "failOn", "atLeast", "follow", "taskToken"]
    assert "sss" not in str(error.value)


@pytest.mark.parametrize("given", [None, 7, "text", []])
def test_a_wait_that_is_no_object_is_a_problem(given: Any) -> None:
    with pytest.raises(ValidationException, match="wait: got"):
        parse(given)


def test_a_wait_is_recognized_by_its_name_alone() -> None:
    assert recognize({"wait": {}}) is Caller.WAIT
    assert recognize({"wait": 7, "more": 1}) is Caller.WAIT
    assert recognize({"nameContains": "wait"}) is Caller.WORKFLOW


def test_relative_times_refer_to_the_registration_also_for_whoever_reads_the_query_later() -> None:
    query = {"creationTimeAfter": "-1d", "creationTimeBefore": "2096-03-01T00:00:00Z", "where.stuck": True}
    request = parse({"query": query, "taskToken": "t"})
    after = request.query.parameters["creationTimeAfter"]
    assert request.given_query == {**query, "creationTimeAfter": str(after).replace(" ", "T")}


@pytest.mark.parametrize("changes", [{"atLeast": 1}, {"follow": True}])
def test_jobs_that_appear_later_are_not_selected_by_filters_that_bedrock_lacks(
    changes: dict[str, Any],
) -> None:
    query = {"where.status": ["InProgress", "Stopping"], "creationTimeAfter": "-1d"}
    assert parse({"query": query, "taskToken": "t"}).query.search
    with pytest.raises(ValidationException) as error:
        parse({"query": query, "taskToken": "t", **changes})
    assert [each.parameter for each in error.value.problems] == ["where.status"]
