from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.listing.filters import JobFacts
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.trends import TrendsReport
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, job, text
from tests.unit.conftest import Lines

ENOUGH = Deadline(lambda: 60.0)
HOUR = timedelta(hours=1)
JOBS = [
    job(
        n,
        created=NOW - 2 * n * HOUR,
        status=("Completed", "Failed", "InProgress")[n % 3],
        endTime=text(NOW - n * HOUR),
    )
    for n in range(90)
]


def report(
    source: FakeBedrock, contract: QueryContract, observability: Observability, **parts: Any
) -> TrendsReport:
    return TrendsReport(source, contract, observability, now=lambda: NOW, sleep=lambda _: None, **parts)


@pytest.mark.parametrize("page_size", [1, 7, 1000])
def test_all_jobs_are_read_once_whatever_the_pages(
    contract: QueryContract, observability: Observability, page_size: int
) -> None:
    source = FakeBedrock(JOBS, largest_page=page_size)
    trends = report(source, contract, observability, facts_of=lambda _: {})
    answer = trends.make(contract.from_json({}), ENOUGH)
    assert (answer["complete"], answer["jobs"]) == (True, 90)
    assert sum(counts["Failed"] for counts in answer["byWeek"].values()) == 30
    assert answer["failures"]["notRecorded"] == 30
    assert answer["completedDurationSeconds"]["NotReported"]["jobs"] == 30


def test_jobs_are_selected_also_by_filters_that_bedrock_lacks(
    contract: QueryContract, observability: Observability
) -> None:
    trends = report(FakeBedrock(JOBS), contract, observability)
    query = trends.contract.from_json({"statusEquals": "Completed", "where.durationAtLeast": "PT60H"})
    answer = trends.make(query, ENOUGH)
    assert answer["jobs"] == 10
    assert sum(counts["Completed"] for counts in answer["byWeek"].values()) == 10


def test_trends_cut_by_the_deadline_are_incomplete(
    contract: QueryContract, observability: Observability
) -> None:
    source = FakeBedrock(JOBS, largest_page=10)
    deadline = Deadline(lambda: 4.0 - len(source.calls))
    answer = report(source, contract, observability).make(contract.from_json({}), deadline)
    assert answer["complete"] is False
    assert 0 < answer["jobs"] < 90


def test_malformed_summaries_are_left_out_and_counted(
    contract: QueryContract, observability: Observability
) -> None:
    source = FakeBedrock(JOBS, sent=lambda each: {**each, "creationTime": 5} if each is JOBS[0] else each)
    answer = report(source, contract, observability).make(contract.from_json({}), ENOUGH)
    assert (answer["jobs"], answer["malformed"], answer["complete"]) == (89, 1, True)


def test_a_table_that_does_not_answer_is_logged_and_costs_only_the_reasons(
    contract: QueryContract, observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    def fail(_: Any) -> Any:
        error = WatchUnavailableException("no answer")
        error.log_details = "timeout"
        raise error

    answer = report(FakeBedrock(JOBS), contract, observability, facts_of=fail).make(
        contract.from_json({}), ENOUGH
    )
    assert answer["failures"]["byCategory"]["unknown"] == 30
    assert (answer["complete"], answer["failures"]["recordsRead"]) == (True, False)
    _, (line,) = lines()
    assert (line["level"], line["message"]) == ("WARNING", "Records of jobs were not read")
    assert (line["error"], line["reason"], line["details"]) == (
        "WatchUnavailableException",
        "no answer",
        "timeout",
    )


# A slow machine is not a failure.
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(0, 89)), st.integers(1, 40))
def test_each_reason_is_that_of_its_job(
    contract: QueryContract, observability: Observability, known: set[int], page_size: int
) -> None:
    facts = {JOBS[number]["jobArn"]: JobFacts("transient") for number in known}
    trends = report(
        FakeBedrock(JOBS, largest_page=page_size),
        contract,
        observability,
        facts_of=lambda arns: {arn: facts[arn] for arn in arns if arn in facts},
    )
    answer = trends.make(contract.from_json({}), ENOUGH)
    assert answer["failures"]["byCategory"]["transient"] == sum(number % 3 == 1 for number in known)
