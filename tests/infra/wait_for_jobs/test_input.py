"""The input of an execution is checked before the first call."""

from typing import Any

import pytest

from tests.infra.wait_for_jobs.conftest import Waiter, page


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
def test_an_invalid_input_fails_by_name_without_a_call(wait: Waiter, given: Any) -> None:
    execution = wait(given=given)
    assert (execution.status, execution.error, execution.payloads) == ("FAILED", "InvalidInput", [])
    assert "timeoutSeconds is a whole number from 1 to 600000" in str(execution.cause)


@pytest.mark.parametrize(
    "given", [{"query": {}, "failOn": [], "timeoutSeconds": n} for n in (1, 600_000)], ids=str
)
def test_the_bounds_of_the_timeout_are_allowed(wait: Waiter, given: Any) -> None:
    assert wait([page()], given=given).status == "SUCCEEDED"
