from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import MAX_PROBLEMS, Problem
from customization_jobs.listing.fields import FieldNames, Fields, pop_form, shape_names
from customization_jobs.listing.query import QueryContract

NAMES = ("jobName", "status", "details", "details.a", "details.a.status", "details.b", "endTime")
ALLOWED = "jobName, status, details, endTime, and what is below them, such as details.b"


def test_the_names_of_a_summary_are_those_of_bedrocks_model(contract: QueryContract) -> None:
    names = shape_names(contract.summary)
    assert [name for name in names if "." not in name] == [
        *("jobArn", "baseModelArn", "jobName", "status", "statusDetails", "lastModifiedTime", "creationTime"),
        *("endTime", "customModelArn", "customModelName", "customizationType"),
    ]
    assert "statusDetails.trainingDetails.status" in names
    assert names.index("statusDetails") < names.index("statusDetails.trainingDetails")


def test_selected_fields_keep_their_order_and_their_values() -> None:
    job: dict[str, Any] = {"a": {"b": [1], "c": 2}, "d": None, "e": {"f": {}}, "unknown": 1}
    assert Fields(["d", "a.b", "e"]).of(job) == {"a": {"b": [1]}, "d": None, "e": {"f": {}}}
    assert list(Fields(["d", "a.b"]).of(job)) == ["a", "d"]


@pytest.mark.parametrize("names", [["a", "a.b"], ["a.b", "a"], ["a", "a"]])
def test_a_whole_object_contains_what_is_below_it(names: list[str]) -> None:
    assert Fields(names).of({"a": {"b": 1, "c": 2}}) == {"a": {"b": 1, "c": 2}}


@pytest.mark.parametrize("job", [None, "text", 5, [{"status": 1}]])
def test_a_summary_that_is_no_object_is_returned_as_it_is(job: Any) -> None:
    assert Fields(["status"]).of(job) == job


@pytest.mark.parametrize("below", ["text", None, 5, [], {}, {"c": 1}])
def test_an_object_without_a_selected_field_is_left_out(below: Any) -> None:
    assert Fields(["a.b.c", "d"]).of({"a": below, "d": 1}) == {"d": 1}


_LEAVES = st.none() | st.integers() | st.text(max_size=3)
_OBJECTS = st.recursive(_LEAVES, lambda below: st.dictionaries(st.sampled_from("abc"), below), max_leaves=12)
_PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(".".join)


def _paths(value: Any, path: str = "") -> dict[str, Any]:
    """Return each single value by its path; empty objects are single values."""
    if not isinstance(value, dict) or not value:
        return {path.removesuffix("."): value}
    found: dict[str, Any] = {}
    for name, below in value.items():
        found |= _paths(below, f"{path}{name}.")
    return found


@given(job=st.dictionaries(st.sampled_from("abc"), _OBJECTS), names=st.lists(_PATHS, min_size=1))
def test_exactly_the_named_fields_are_kept(job: dict[str, Any], names: list[str]) -> None:
    kept = {
        path: value
        for path, value in _paths(job).items()
        if path and any(f"{path}.".startswith(f"{name}.") for name in names)
    }
    selected = Fields(names).of(job)
    assert (_paths(selected) if selected else {}) == kept


def test_each_unknown_name_is_a_problem_with_the_nearest_known_one() -> None:
    fields, problems = FieldNames(NAMES).select_text(["jobNam,status", "x", "", "Details.A"])
    assert fields.names == ("status",)
    assert problems == [
        Problem("fields", "the unknown name 'jobNam' (did you mean jobName?)", ALLOWED),
        Problem("fields", "the unknown name 'x'", ALLOWED),
        Problem("fields", "the unknown name ''", ALLOWED),
        Problem("fields", "the unknown name 'Details.A' (did you mean details.a?)", ALLOWED),
    ]


def test_problems_beyond_those_that_are_shown_are_counted() -> None:
    _, problems = FieldNames(NAMES).select_text([",".join("x" * 5000)])
    assert len(problems) == 5000
    assert sum(bool(str(each.sent)) for each in problems) == MAX_PROBLEMS


@pytest.mark.parametrize("given_fields", [None, [], "status", {"status": 1}, [1], ["status", None]])
def test_in_json_fields_are_a_list_of_names(given_fields: Any) -> None:
    query = {"fields": given_fields, "maxResults": 1}
    _, (problem,) = pop_form(query, lambda: FieldNames(NAMES))
    assert (problem.parameter, problem.allowed) == ("fields", f"a list of one or more of {ALLOWED}")
    assert query == {"maxResults": 1}


def test_without_fields_everything_is_sent() -> None:
    form, problems = pop_form({"maxResults": 1}, lambda: pytest.fail("the names are not needed"))
    assert (form({"a": 1}), problems) == ({"a": 1}, [])


def test_what_an_answer_cannot_do_without_is_always_sent() -> None:
    fields, _ = FieldNames(["jobs", "stuck", "complete"], always=["complete"]).select(["jobs"])
    assert fields.of({"jobs": 1, "stuck": 2, "complete": True}) == {"jobs": 1, "complete": True}


@pytest.mark.parametrize(
    ("selected", "columns"),
    [
        (None, ["jobName", "status", "details.a.status", "details.b", "endTime"]),
        (["endTime", "status", "endTime"], ["endTime", "status"]),
        (["details", "jobName"], ["details.a.status", "details.b", "jobName"]),
        (["details.b", "details.a"], ["details.b", "details.a.status"]),
        (["details.b", "details"], ["details.b", "details.a.status"]),
    ],
)
def test_columns_are_single_values_in_the_order_of_the_model_or_of_the_selection(
    selected: list[str] | None, columns: list[str]
) -> None:
    assert FieldNames(NAMES).columns(None if selected is None else Fields(selected)) == columns
