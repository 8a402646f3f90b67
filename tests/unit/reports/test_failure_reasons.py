from collections.abc import Iterable, Mapping

from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.listing.filters import JobFacts
from customization_jobs.reports.failure_reasons import FailureReasons
from customization_jobs.timeouts import Deadline

ALWAYS = Deadline(lambda: 1.0)


class Table:
    """A table that has the category of every second job, and fails while a test makes it fail."""

    def __init__(self, failing: int = 0) -> None:
        self.failing = failing
        self.reads: list[int] = []

    def facts_of(self, job_arns: Iterable[str]) -> Mapping[str, JobFacts]:
        arns = list(job_arns)
        self.reads.append(len(arns))
        if len(self.reads) <= self.failing:
            raise WatchUnavailableException("throttled")
        return {arn: JobFacts("permissions" if int(arn) % 4 else None) for arn in arns if not int(arn) % 2}


def counted(table: Table | None, jobs: int, deadline: Deadline = ALWAYS) -> tuple[FailureReasons, list[str]]:
    errors: list[CustomizationJobsError] = []
    reasons = FailureReasons(table.facts_of if table else None, deadline, errors.append)
    for number in range(jobs):
        reasons.add(str(number))
    reasons.finish()
    return reasons, [str(error) for error in errors]


def test_records_are_read_in_parts_and_each_job_counts_once() -> None:
    table = Table()
    reasons, errors = counted(table, 250)
    assert table.reads == [100, 100, 50]
    assert errors == []
    # Every fourth has a record without a category, every second no record.
    assert {name: n for name, n in reasons.by_category.items() if n} == {"permissions": 62, "unknown": 188}
    assert (reasons.not_recorded, reasons.records_read) == (188, True)


def test_a_recorded_category_of_unknown_is_recorded() -> None:
    reasons = FailureReasons(lambda arns: {arn: JobFacts("unknown") for arn in arns}, ALWAYS, print)
    reasons.add("1")
    reasons.finish()
    assert (reasons.by_category["unknown"], reasons.not_recorded) == (1, 0)


def test_without_a_table_all_are_unknown() -> None:
    reasons, errors = counted(None, 3)
    assert reasons.to_json()["byCategory"]["unknown"] == 3
    assert (reasons.not_recorded, reasons.records_read, errors) == (3, False, [])


def test_a_failed_read_costs_only_its_part_and_is_reported() -> None:
    table = Table(failing=1)
    reasons, errors = counted(table, 300)
    assert table.reads == [100, 100, 100]
    assert errors == ["throttled"]
    assert reasons.by_category["permissions"] == 50
    assert (reasons.by_category.total(), reasons.records_read) == (300, False)


def test_a_table_that_keeps_failing_is_no_longer_asked() -> None:
    table = Table(failing=100)
    reasons, errors = counted(table, 1000)
    assert len(table.reads) == len(errors) == 3
    assert (reasons.by_category["unknown"], reasons.records_read) == (1000, False)


def test_no_record_is_read_after_the_deadline() -> None:
    table = Table()
    reasons, errors = counted(table, 3, Deadline(lambda: 0.0))
    assert (table.reads, errors) == ([], [])
    assert (reasons.not_recorded, reasons.records_read) == (3, False)


def test_nothing_is_read_if_no_job_failed() -> None:
    table = Table()
    reasons, _ = counted(table, 0)
    assert (table.reads, reasons.records_read) == ([], True)
