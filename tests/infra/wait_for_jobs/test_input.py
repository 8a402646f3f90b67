"""The input of an execution is checked before the first call."""

import json
from typing import Any

import jsonata  # type: ignore[import-untyped]
import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from customization_jobs.callers import Caller, recognize
from customization_jobs.listing.query import QueryContract
from tests.contract.snapshot import operation
from tests.infra.conftest import Synthesis
from tests.infra.wait_for_jobs.conftest import Waiter, ended
from tests.infra.wait_for_jobs.interpreter import Woken


@pytest.mark.parametrize(
    "given",
    [
        {},
        [],
        [{"query": {}}],
        "query",
        5,
        {"failOn": []},
        {"query": None},
        {"query": "InProgress"},
        {"query": [{}]},
        {"query": {"nextToken": "t"}},
        {"query": {"overview": True}},
        {"query": {"describe": True}},
        {"query": {"widgetContext": {}}},
        {"query": {"schedule": {}}},
        {"query": {"httpMethod": "GET", "path": "/overview", "requestContext": {}}},
        {"query": {"version": "2.0", "requestContext": {"http": {}}}},
        {"query": {"source": "aws.events", "detail-type": "Scheduled Event"}},
        {"query": {"nameContain": "x"}},
        {"query": {}, "failOn": "Failed"},
        {"query": {}, "failOn": ["Failed", "Completed"]},
        {"query": {}, "failOn": None},
        {"query": {}, "failOn": [["Failed"]]},
        {"query": {}, "failOn": [1, None, {}]},
        {"query": {}, "failOn": {}},
        {"query": {}, "failon": ["Failed"]},
        {"query": {}, "atLeast": -1},
        {"query": {}, "atLeast": 10_001},
        {"query": {}, "atLeast": 1.5},
        {"query": {}, "atLeast": True},
        {"query": {}, "atLeast": [1]},
        {"query": {}, "atLeast": None},
        {"query": {}, "follow": 1},
        {"query": {}, "follow": "true"},
        {"query": {}, "follow": None},
        {"query": {}, "follow": []},
        {"query": {}, "timeoutSeconds": 0},
        {"query": {}, "timeoutSeconds": 1.5},
        {"query": {}, "timeoutSeconds": "60"},
        {"query": {}, "timeoutSeconds": True},
        {"query": {}, "timeoutSeconds": []},
        {"query": {}, "timeoutSeconds": [60]},
        {"query": {}, "timeoutSeconds": {}},
        {"query": {}, "timeoutSeconds": None},
        {"query": {}, "timeoutSeconds": 2_592_001},
    ],
    ids=str,
)
def test_an_invalid_input_fails_by_name_without_a_call(wait: Waiter, given: Any) -> None:
    execution = wait(given=given)
    assert (execution.status, execution.error, execution.payloads) == ("FAILED", "InvalidInput", [])
    assert "timeoutSeconds is a whole number from 1 to 2592000" in str(execution.cause)


@pytest.mark.parametrize(
    "given", [{"query": {}, "failOn": [], "timeoutSeconds": n} for n in (1, 2_592_000)], ids=str
)
def test_the_bounds_of_the_timeout_are_allowed(wait: Waiter, given: Any) -> None:
    assert wait([Woken(ended())], given=given).status == "SUCCEEDED"


def test_the_cause_of_an_invalid_input_names_the_inputs_of_a_query(wait: Waiter) -> None:
    cause = str(wait(given={}).cause)
    assert (
        "query is required and may have creationTimeAfter, creationTimeBefore, statusEquals, nameContains, "
        "maxResults, sortBy, sortOrder, and filters that begin with where.;"
    ) in cause


def test_a_query_may_have_every_input_with_any_value_because_the_function_checks_the_values(
    wait: Waiter,
) -> None:
    query: dict[str, Any] = {
        "where.status": ["Failed", "Stopped"],
        "creationTimeAfter": None,
        "creationTimeBefore": [],
        "statusEquals": {},
        "nameContains": 1,
        "maxResults": "x",
        "sortBy": True,
        "sortOrder": "",
    }
    execution = wait([Woken(ended())], given={"query": query})
    (payload,) = execution.payloads
    assert payload["wait"]["query"] == query


TEXT = st.text(st.characters(codec="utf-8"), max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
INPUTS = tuple(name for name in QueryContract(operation()).inputs if name != "nextToken")
QUERIES = st.dictionaries(st.sampled_from(INPUTS), JSON, max_size=3)


@settings(max_examples=60, deadline=None)
@generated(
    given=JSON
    | st.fixed_dictionaries(
        {},
        optional={
            "query": JSON | QUERIES,
            "failOn": JSON | st.lists(st.sampled_from(("Failed", "Stopped")), max_size=2),
            "timeoutSeconds": JSON,
            "atLeast": JSON | st.integers(),
            "follow": JSON,
        },
    )
)
def test_the_check_decides_for_every_input(stack: Synthesis, given: Any) -> None:
    (choice,) = stack.definition()["States"]["Is the input valid?"]["Choices"]
    check = choice["Condition"].removeprefix("{%").removesuffix("%}")
    states = json.dumps({"input": given})
    assert isinstance(jsonata.Jsonata(f"($states := {states}; {check})").evaluate(None), bool)


@generated(query=QUERIES)
def test_the_function_takes_every_query_that_passes_the_check_for_one_of_a_workflow(
    query: dict[str, Any],
) -> None:
    assert recognize(query) is Caller.WORKFLOW
