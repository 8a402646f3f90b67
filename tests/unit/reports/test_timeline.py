from dataclasses import dataclass, field
from typing import Any

import pytest

from customization_jobs.aws.bedrock import Page
from customization_jobs.errors import (
    BedrockTimeoutException,
    ResourceNotFoundException,
    ThrottlingException,
    ValidationException,
)
from customization_jobs.listing.query import QueryContract
from customization_jobs.reports.timeline import TimelineReport
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, job

RECORDED = {"job": {"status": "Completed"}, "stuck": [], "transitions": []}
JOB = job(7)


@dataclass
class FakeTimelines:
    """Timelines in memory, by ARN."""

    recorded: dict[str, Any] = field(default_factory=lambda: {JOB["jobArn"]: RECORDED})

    def get(self, job_arn: str) -> Any:
        return self.recorded.get(job_arn)


@pytest.fixture
def source() -> FakeBedrock:
    longer = [job(number, jobName=f"support-tone-7-{number}") for number in range(20, 60)]
    return FakeBedrock([*longer, JOB], largest_page=10)


@pytest.fixture
def report(source: FakeBedrock, contract: QueryContract) -> TimelineReport:
    return TimelineReport(source, contract, FakeTimelines())


ENOUGH = Deadline(lambda: 1.0)


def test_an_arn_is_found_without_a_call_to_bedrock(report: TimelineReport, source: FakeBedrock) -> None:
    assert report.find(JOB["jobArn"], ENOUGH) == RECORDED
    assert source.calls == []


def test_a_name_finds_the_job_with_exactly_that_name(report: TimelineReport, source: FakeBedrock) -> None:
    assert report.find("support-tone-7", ENOUGH) == RECORDED
    assert source.calls[0] == {
        "nameContains": "support-tone-7",
        "maxResults": 1000,
        "sortBy": "CreationTime",
        "sortOrder": "Descending",
    }
    assert len(source.calls) == 5


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        (job(8)["jobArn"], "No timeline is recorded for the job arn:"),
        ("support-tone-7-20", "No timeline is recorded for the job support-tone-7-20"),
        ("support-tone", "There is no job named support-tone."),
        ("arn:#baseline", "No timeline is recorded"),
    ],
)
def test_an_unknown_job_is_not_found(report: TimelineReport, identifier: str, message: str) -> None:
    with pytest.raises(ResourceNotFoundException, match=message):
        report.find(identifier, ENOUGH)


def test_without_a_table_no_timeline_is_found(source: FakeBedrock, contract: QueryContract) -> None:
    with pytest.raises(ResourceNotFoundException, match="WATCH_TABLE"):
        TimelineReport(source, contract, None).find(JOB["jobArn"], ENOUGH)


@pytest.mark.parametrize(
    "identifier", ["#baseline", "a b", "a/b", "-", "n" * 64, "arn:a b", "arn:" + "a" * 1008]
)
def test_an_invalid_identifier_is_rejected(
    report: TimelineReport, source: FakeBedrock, identifier: str
) -> None:
    with pytest.raises(ValidationException, match="the name or the ARN") as raised:
        report.find(identifier, ENOUGH)
    assert raised.value.problems[0].parameter == "jobIdentifier"
    assert source.calls == []


def test_the_deadline_ends_the_search_for_a_name(report: TimelineReport, source: FakeBedrock) -> None:
    seconds_left = iter([5.0, 2.0, -1.0])
    with pytest.raises(BedrockTimeoutException, match="by name took too long"):
        report.find("support-tone-7", Deadline(lambda: next(seconds_left)))
    assert len(source.calls) == 3


def test_of_two_jobs_with_one_name_the_newer_is_found(source: FakeBedrock, contract: QueryContract) -> None:
    newer = {**job(8, created=NOW.replace(year=2027)), "jobName": "support-tone-7"}
    source.jobs.append(newer)
    timelines = FakeTimelines({newer["jobArn"]: {"newer": True}})
    assert TimelineReport(source, contract, timelines).find("support-tone-7", ENOUGH) == {"newer": True}


def test_an_error_from_bedrock_keeps_its_name(report: TimelineReport, source: FakeBedrock) -> None:
    def throttle(_: FakeBedrock) -> None:
        raise ThrottlingException("slow down")

    source.before_page = throttle
    with pytest.raises(ThrottlingException):
        report.find("support-tone-7", ENOUGH)


@dataclass
class MangledBedrock(FakeBedrock):
    """A Bedrock whose pages begin with malformed summaries."""

    mangled: list[Any] = field(default_factory=list)

    def list_page(self, parameters: Any) -> Page:
        page = super().list_page(parameters)
        return Page({**page.answer, "modelCustomizationJobSummaries": [*self.mangled, *page.jobs]})


@pytest.mark.parametrize(
    "mangled",
    [None, 5, "support-tone-7", [], {}, {"jobName": []}, {"jobName": JOB["jobName"]}, {**JOB, "jobArn": 7}],
    ids=str,
)
def test_a_malformed_summary_does_not_hide_the_job(mangled: Any, contract: QueryContract) -> None:
    report = TimelineReport(MangledBedrock([JOB], mangled=[mangled]), contract, FakeTimelines())
    assert report.find("support-tone-7", ENOUGH) == RECORDED


@pytest.mark.parametrize("name", ["baseModelArn", "status", "creationTime"])
def test_a_job_whose_summary_is_malformed_elsewhere_is_found(name: str, contract: QueryContract) -> None:
    report = TimelineReport(MangledBedrock([], mangled=[{**JOB, name: []}]), contract, FakeTimelines())
    assert report.find("support-tone-7", ENOUGH) == RECORDED
