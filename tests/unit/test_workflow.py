import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs.bedrock import Page
from customization_jobs.callers.overview import Overviews
from customization_jobs.callers.workflow import WorkflowCaller
from customization_jobs.errors import ThrottlingException, ValidationException
from customization_jobs.listing import ANSWER_BYTES
from customization_jobs.observability import Observability
from customization_jobs.query import QueryContract
from tests.fakes import NOW, FakeBedrock, FakeContext, job, text

LONGEST = {
    "statusDetails": {
        f"{part}Details": {"status": "InProgress", "creationTime": "x" * 30, "lastModifiedTime": "x" * 30}
        for part in ("validation", "dataProcessing", "training")
    },
    "customModelArn": "c" * 1011,
    "baseModelArn": "b" * 1011,
    "customModelName": "n" * 63,
    "customizationType": "REINFORCEMENT_FINE_TUNING",
}


@pytest.fixture
def source() -> FakeBedrock:
    statuses = ("InProgress", "Completed", "Failed")
    return FakeBedrock(
        [job(n, created=NOW - timedelta(minutes=n), status=statuses[n % 3]) for n in range(600)]
    )


@pytest.fixture
def caller(source: FakeBedrock, contract: QueryContract, observability: Observability) -> WorkflowCaller:
    overviews = Overviews(
        source, contract, observability, limit_of=lambda _: 3600.0, now=lambda: NOW, sleep=lambda _: None
    )
    return WorkflowCaller(source, contract, observability, reserve_seconds=25, overviews=lambda: overviews)


def ask(caller: WorkflowCaller, payload: Any, seconds: float = 60) -> dict[str, Any]:
    answer = caller.answer(payload, cast("Any", FakeContext(timedelta(seconds=seconds))))
    assert len(json.dumps(answer)) <= ANSWER_BYTES
    return answer


@pytest.mark.parametrize("payload", [None, {}])
def test_no_query_is_every_job(caller: WorkflowCaller, source: FakeBedrock, payload: Any) -> None:
    source.jobs = source.jobs[:30]
    answer = ask(caller, payload)
    assert answer == {
        "modelCustomizationJobSummaries": source.jobs,
        "counts": {"InProgress": 10, "Completed": 10, "Failed": 10, "Stopping": 0, "Stopped": 0},
    }


def test_a_query_selects(caller: WorkflowCaller) -> None:
    answer = ask(caller, {"statusEquals": "Failed"})
    assert answer["counts"] == {"InProgress": 0, "Completed": 0, "Failed": 200, "Stopping": 0, "Stopped": 0}


def test_an_unknown_status_is_counted_under_its_own_name(caller: WorkflowCaller, source: FakeBedrock) -> None:
    source.jobs = [job(1, status="Paused")]
    assert ask(caller, {})["counts"]["Paused"] == 1


def test_the_longest_jobs_still_fit_and_go_on(caller: WorkflowCaller, source: FakeBedrock) -> None:
    source.jobs = [{**each, **LONGEST} for each in source.jobs]
    seen: list[str] = []
    payload: dict[str, Any] = {}
    while True:
        answer = ask(caller, payload)
        seen += [each["jobArn"] for each in answer["modelCustomizationJobSummaries"]]
        if "nextToken" not in answer:
            break
        assert answer["stoppedBy"] == "bytes"
        payload = {"nextToken": answer["nextToken"]}
    assert seen == [each["jobArn"] for each in source.jobs]


def test_an_answer_with_the_longest_token_still_fits(
    contract: QueryContract, observability: Observability, source: FakeBedrock
) -> None:
    class LongTokens(FakeBedrock):
        def list_page(self, parameters: Mapping[str, Any]) -> Page:
            own = parameters.get("nextToken", "").strip(".")
            page = super().list_page({**parameters, "nextToken": own} if own else parameters)
            if page.next_token:
                page.answer["nextToken"] = page.next_token.ljust(2048, ".")
            return page

    # All jobs of one instant: the token has to name each that was delivered.
    source.jobs = [job(number, created=NOW, pad="x" * 1200) for number in range(600)]
    caller = WorkflowCaller(
        LongTokens(source.jobs),
        contract,
        observability,
        reserve_seconds=25,
        overviews=lambda: cast("Any", None),
    )
    answers: list[dict[str, Any]] = []
    payload: dict[str, Any] = {}
    while not answers or payload:
        answers.append(ask(caller, payload))
        payload = {"nextToken": answers[-1]["nextToken"]} if "nextToken" in answers[-1] else {}
    assert len(answers) >= 4
    sizes = [len(json.dumps(answer)) for answer in answers[:-1]]
    assert max(sizes) <= ANSWER_BYTES
    # Full to less than two jobs: nothing is held back for fear.
    assert min(sizes) > ANSWER_BYTES - 16_000
    seen = [each["jobArn"] for answer in answers for each in answer["modelCustomizationJobSummaries"]]
    assert sorted(seen) == [each["jobArn"] for each in source.jobs]


def test_the_deadline_leaves_a_token(caller: WorkflowCaller) -> None:
    answer = ask(caller, {}, seconds=20)
    assert (len(answer["modelCustomizationJobSummaries"]), answer["stoppedBy"]) == (200, "deadline")
    rest = ask(caller, {"nextToken": answer["nextToken"]})
    assert len(rest["modelCustomizationJobSummaries"]) == 400


def test_max_results_is_a_page_and_can_change_on_the_way(caller: WorkflowCaller) -> None:
    answer = ask(caller, {"maxResults": 5})
    assert (len(answer["modelCustomizationJobSummaries"]), answer["stoppedBy"]) == (5, "maxResults")
    further = ask(caller, {"maxResults": 7, "nextToken": answer["nextToken"]})
    names = [each["jobName"] for each in further["modelCustomizationJobSummaries"]]
    assert names == [f"support-tone-{n}" for n in range(5, 12)]


@pytest.mark.parametrize(
    "other", [{"statusEquals": "Failed"}, {"sortOrder": "Ascending"}, {"nameContains": "support"}]
)
def test_a_token_of_another_query_is_refused(caller: WorkflowCaller, other: dict[str, str]) -> None:
    token = ask(caller, {"maxResults": 5})["nextToken"]
    with pytest.raises(ValidationException, match="an earlier answer to the same query") as refused:
        ask(caller, {**other, "nextToken": token})
    assert token not in str(refused.value)


def test_the_default_order_spelt_out_is_the_same_query(caller: WorkflowCaller) -> None:
    token = ask(caller, {"maxResults": 5})["nextToken"]
    spelt = {"sortBy": "CreationTime", "sortOrder": "Descending", "maxResults": 5}
    assert ask(caller, {**spelt, "nextToken": token})["stoppedBy"] == "maxResults"


@pytest.mark.parametrize("token", ["", "bedrocks-own", None, 7])
def test_what_is_no_token_is_told_with_the_other_problems(caller: WorkflowCaller, token: Any) -> None:
    with pytest.raises(ValidationException) as refused:
        ask(caller, {"maxResults": 0, "nextToken": token})
    assert [problem.parameter for problem in refused.value.problems] == ["maxResults", "nextToken"]


def test_a_good_token_beside_a_bad_query_is_not_blamed(caller: WorkflowCaller) -> None:
    token = ask(caller, {"statusEquals": "Failed", "maxResults": 5})["nextToken"]
    with pytest.raises(ValidationException) as refused:
        ask(caller, {"statusEquals": "failed", "nextToken": token})
    assert [problem.parameter for problem in refused.value.problems] == ["statusEquals"]


def test_an_error_of_bedrock_is_raised_by_its_name(caller: WorkflowCaller, source: FakeBedrock) -> None:
    def throttle(_: FakeBedrock) -> None:
        raise ThrottlingException("slow down")

    source.before_page = throttle
    with pytest.raises(ThrottlingException):
        ask(caller, {})


def test_an_overview_sums_up_all_jobs(caller: WorkflowCaller, source: FakeBedrock) -> None:
    answer = ask(caller, {"overview": True})
    assert (answer["complete"], answer["jobs"]) == (True, 600)
    assert answer["byStatus"]["Failed"] == 200
    assert answer["stuck"]["count"] == sum(n > 60 and n % 3 == 0 for n in range(600))
    assert {call["maxResults"] for call in source.calls} == {1000}


def test_other_inputs_beside_it_select_the_jobs(caller: WorkflowCaller) -> None:
    after = text(NOW - timedelta(minutes=100))
    answer = ask(caller, {"overview": True, "statusEquals": "Failed", "creationTimeAfter": after})
    assert answer["jobs"] == answer["byStatus"]["Failed"] == 33


def test_an_overview_that_the_deadline_cut_says_so(caller: WorkflowCaller, source: FakeBedrock) -> None:
    source.largest_page = 100
    answer = ask(caller, {"overview": True}, seconds=20)
    assert (answer["complete"], answer["jobs"]) == (False, 100)


@pytest.mark.parametrize("asked", [False, None, 1, "true", {}])
def test_an_overview_is_asked_for_by_true_alone(caller: WorkflowCaller, asked: Any) -> None:
    with pytest.raises(ValidationException, match=r"overview: got .*, allowed: true") as refused:
        ask(caller, {"overview": asked, "maxResults": 5, "statusEqual": "Failed"})
    named = [problem.parameter for problem in refused.value.problems]
    assert named == ["overview", "maxResults", "statusEqual"]


def test_a_part_of_the_listing_cannot_be_summed_up(caller: WorkflowCaller) -> None:
    parts = {"maxResults": 5, "nextToken": "t", "sortBy": "CreationTime", "sortOrder": "Ascending"}
    with pytest.raises(ValidationException) as refused:
        ask(caller, {"overview": True, **parts})
    assert [problem.parameter for problem in refused.value.problems] == list(parts)
    assert {problem.sent for problem in refused.value.problems} == {"an input that selects no jobs"}


def test_throttled_an_overview_waits_no_longer_than_it_has_time(
    source: FakeBedrock,
    contract: QueryContract,
    observability: Observability,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source.largest_page = 100
    left, waited = [10.0], []
    # The longest wait that chance can bring: 2 s, 4 s, 8 s, ...
    monkeypatch.setattr("random.uniform", lambda _, most: most)

    def throttle(bedrock: FakeBedrock) -> None:
        if len(bedrock.calls) > 1:
            raise ThrottlingException("slow down")

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        left[0] -= seconds

    source.before_page = throttle
    overviews = Overviews(
        source, contract, observability, limit_of=lambda _: 3600.0, now=lambda: NOW, sleep=sleep
    )
    answer = overviews.make(contract.from_json({}), lambda: left[0])
    assert not answer["complete"]
    assert waited == [2.0, 4.0, 4.0]
