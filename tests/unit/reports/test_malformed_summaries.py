"""Whole reports on jobs of which Bedrock sends some malformed."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customization_jobs.limits import Limits
from customization_jobs.listing.malformed import malformed_fields
from customization_jobs.listing.query import QueryContract
from customization_jobs.observability import Observability
from customization_jobs.reports.job_totals import JobTotals
from customization_jobs.reports.overview import OverviewReport
from customization_jobs.reports.sweep import SweepReport
from customization_jobs.timeouts import Deadline
from customization_jobs.watch.sweep_observer import WatchObserver
from tests.fakes import NOW, FakeBedrock, Job, job, text
from tests.unit.conftest import Lines, metric_values
from tests.unit.listing.helpers import contents
from tests.unit.observers import FakeObserver
from tests.unit.reports.mangled import mangled_summaries
from tests.unit.watch.harness import WatchHarness

LIMIT_OF = Limits(3600, {"FINE_TUNING": 7200}, {"nova-lite": 5400}).of_summary
STATUSES = ("InProgress", "Failed", "Completed")
JOBS = [
    job(
        number,
        status=STATUSES[number % 3],
        created=NOW - timedelta(hours=number),
        lastModifiedTime=text(NOW - timedelta(minutes=number)),
    )
    for number in range(20)
]
ENOUGH = Deadline(lambda: 60.0)


@st.composite
def sources(draw: st.DrawFn) -> FakeBedrock:
    """Draw a Bedrock that sends up to four of the jobs malformed."""
    numbers = draw(st.sets(st.integers(0, len(JOBS) - 1), max_size=4))
    mangled = {JOBS[number]["jobArn"]: draw(mangled_summaries([JOBS[number]])) for number in sorted(numbers)}
    return FakeBedrock(
        list(JOBS),
        largest_page=draw(st.integers(3, 25)),
        sent=lambda each: mangled.get(each["jobArn"], each),
    )


def well_formed(source: FakeBedrock) -> list[Job]:
    """Return the well-formed summaries that a source sends."""
    return [sent for sent in map(source.sent, source.jobs) if not malformed_fields(sent)]


def normalized(totals: dict[str, Any]) -> str:
    """Return totals as text that does not depend on the order of the jobs."""
    return json.dumps(totals, sort_keys=True)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=sources())
def test_an_overview_is_that_of_the_well_formed_jobs(
    contract: QueryContract, observability: Observability, source: FakeBedrock
) -> None:
    report = OverviewReport(
        source, contract, observability, limit_of=LIMIT_OF, now=lambda: NOW, sleep=lambda _: None
    )
    answer = report.make(contract.from_json({}), ENOUGH)
    expected = JobTotals(NOW, LIMIT_OF, contract.statuses, contract.customization_types)
    expected.add(well_formed(source))
    malformed = len(JOBS) - len(well_formed(source))
    assert normalized(answer) == normalized(expected.to_json(complete=True, malformed=malformed))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=sources())
def test_a_sweep_counts_the_well_formed_jobs_and_passes_every_job_to_its_observer_once(
    contract: QueryContract, observability: Observability, source: FakeBedrock
) -> None:
    observer = FakeObserver()
    report = SweepReport(
        source,
        contract,
        observability,
        region="us-east-1",
        limit_of=LIMIT_OF,
        now=lambda: NOW,
        observer=lambda _: observer,
    )
    answer = report.run("all-jobs", contract.from_json({}), ENOUGH)
    expected = well_formed(source)
    assert (answer["complete"], answer["jobs"]) == (True, len(expected))
    assert answer.get("malformed", 0) == len(JOBS) - len(expected)
    assert contents(observer.observed[1:]) == contents(map(source.sent, source.jobs))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=sources())
def test_the_watch_records_every_well_formed_job_whose_status_is_one_word(
    contract: QueryContract, observability: Observability, source: FakeBedrock
) -> None:
    harness = WatchHarness()
    report = SweepReport(
        source,
        contract,
        observability,
        region="us-east-1",
        limit_of=LIMIT_OF,
        now=lambda: NOW,
        observer=lambda deadline: WatchObserver(
            harness.watch(), deadline, observability, region="us-east-1", now=lambda: NOW
        ),
    )
    assert report.run("all-jobs", contract.from_json({}), ENOUGH)["complete"] is True
    for each in well_formed(source):
        # Text such as " " is counted as an unknown status, but is not recorded.
        is_word = re.fullmatch("[!-~]{1,64}", each["status"]) is not None
        assert (harness.record(each["jobArn"]) is not None) == is_word


@pytest.mark.parametrize("count", [0, 2])
def test_a_sweep_counts_malformed_jobs_as_a_metric_and_logs_each_once(
    contract: QueryContract,
    observability: Observability,
    lines: Callable[[], tuple[Lines, Lines]],
    count: int,
) -> None:
    malformed = {JOBS[number]["jobArn"] for number in range(5, 5 + count)}
    source = FakeBedrock(
        list(JOBS),
        largest_page=6,
        sent=lambda each: {**each, "creationTime": "nope"} if each["jobArn"] in malformed else each,
    )
    report = SweepReport(
        source,
        contract,
        observability,
        region="us-east-1",
        limit_of=LIMIT_OF,
        now=lambda: NOW,
        observer=lambda _: FakeObserver(),
    )
    answer = report.run("all-jobs", contract.from_json({}), ENOUGH)
    assert answer.get("malformed") == (count or None)
    metrics, logged = lines()
    assert metric_values(metrics, "Status").get(("MalformedJobs",)) == (count or None)
    named = [line["jobArn"] for line in logged if line["message"] == "Malformed job summary"]
    assert sorted(named) == sorted(malformed)
