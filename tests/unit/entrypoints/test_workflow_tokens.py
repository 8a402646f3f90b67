"""The `nextToken` of a workflow."""

from dataclasses import replace
from typing import Any

import pytest

from customization_jobs.entrypoints.workflow import WorkflowEntryPoint
from customization_jobs.errors import ValidationException
from customization_jobs.listing.cursor import Cursor, fingerprint
from customization_jobs.listing.delivered import Delivered
from customization_jobs.listing.query import JobQuery
from tests.fakes import FakeBedrock
from tests.unit.entrypoints.conftest import invoke


def test_max_results_limits_a_page_and_can_change_between_pages(workflow: WorkflowEntryPoint) -> None:
    answer = invoke(workflow, {"maxResults": 5})
    assert (len(answer["modelCustomizationJobSummaries"]), answer["stoppedBy"]) == (5, "maxResults")
    further = invoke(workflow, {"maxResults": 7, "nextToken": answer["nextToken"]})
    names = [each["jobName"] for each in further["modelCustomizationJobSummaries"]]
    assert names == [f"support-tone-{n}" for n in range(5, 12)]


@pytest.mark.parametrize(
    "other", [{"statusEquals": "Failed"}, {"sortOrder": "Ascending"}, {"nameContains": "support"}]
)
def test_a_token_of_another_query_is_rejected(workflow: WorkflowEntryPoint, other: dict[str, str]) -> None:
    token = invoke(workflow, {"maxResults": 5})["nextToken"]
    with pytest.raises(ValidationException) as raised:
        invoke(workflow, {**other, "nextToken": token})
    assert str(raised.value) == (
        f"nextToken: got a token of {len(token)} characters, "
        "allowed: the nextToken of an earlier answer to the same query"
    )


def test_the_explicit_default_order_is_the_same_query(workflow: WorkflowEntryPoint) -> None:
    token = invoke(workflow, {"maxResults": 5})["nextToken"]
    explicit = {"sortBy": "CreationTime", "sortOrder": "Descending", "maxResults": 5}
    assert invoke(workflow, {**explicit, "nextToken": token})["stoppedBy"] == "maxResults"


def test_a_damaged_token_is_reported_by_name_and_not_shown(workflow: WorkflowEntryPoint) -> None:
    token = invoke(workflow, {"maxResults": 5})["nextToken"]
    for index in range(len(token)):
        damaged = token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :]
        with pytest.raises(ValidationException) as raised:
            invoke(workflow, {"maxResults": 5, "nextToken": damaged})
        assert [problem.parameter for problem in raised.value.problems] == ["nextToken"]
        assert damaged not in str(raised.value)
    allowed = "the nextToken of an earlier answer to the same query"
    assert str(raised.value) == f"nextToken: got a token of {len(token)} characters, allowed: {allowed}"


@pytest.mark.parametrize("page_token", ["secret\r\nX-Injected: 1", "s" * 5_000_000, "s" * 2049, ""])
def test_a_forged_token_whose_page_token_bedrock_does_not_allow_is_refused(
    workflow: WorkflowEntryPoint, source: FakeBedrock, page_token: str
) -> None:
    cursor = Cursor.start(JobQuery({}).ordered())
    token = replace(cursor, page_token=page_token).to_token()
    with pytest.raises(ValidationException, match=r"^nextToken: got a token of \d+ characters") as raised:
        invoke(workflow, {"nextToken": token})
    assert len(str(raised.value)) < 200
    assert "secret" not in str(raised.value)
    assert source.calls == []


def test_a_forged_token_with_7800_ids_is_refused(workflow: WorkflowEntryPoint, source: FakeBedrock) -> None:
    ids = [number.to_bytes(8, "big") for number in range(7800)]
    token = Cursor(fingerprint(JobQuery({}).ordered()), "page-2", Delivered(ids)).to_token()
    with pytest.raises(ValidationException, match=r"^nextToken: got a token of"):
        invoke(workflow, {"nextToken": token})
    assert source.calls == []


@pytest.mark.parametrize("token", ["", "bedrocks-own", None, 7])
def test_an_invalid_token_is_reported_with_the_other_problems(
    workflow: WorkflowEntryPoint, token: Any
) -> None:
    with pytest.raises(ValidationException) as raised:
        invoke(workflow, {"maxResults": 0, "nextToken": token})
    assert [problem.parameter for problem in raised.value.problems] == ["maxResults", "nextToken"]


def test_a_valid_token_of_an_invalid_query_is_not_reported(workflow: WorkflowEntryPoint) -> None:
    token = invoke(workflow, {"statusEquals": "Failed", "maxResults": 5})["nextToken"]
    with pytest.raises(ValidationException) as raised:
        invoke(workflow, {"statusEquals": "failed", "nextToken": token})
    assert [problem.parameter for problem in raised.value.problems] == ["statusEquals"]
