"""Lists of jobs, and complete scans of them."""

from datetime import timedelta
from typing import Any

from customization_jobs.listing.scan import TwoEndedScan
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, FakeBedrock, Job, job

ENDLESS = Deadline(lambda: 1e9)


def make_jobs(count: int) -> list[Job]:
    """Make jobs created one minute apart, newest first."""
    return [job(number, created=NOW - timedelta(minutes=number)) for number in range(count)]


def scan_all(
    source: FakeBedrock, deadline: Deadline = ENDLESS, **parameters: Any
) -> tuple[TwoEndedScan, list[str]]:
    """Run a scan with pages of 10 jobs; return it and the ARNs that it found."""
    scan = TwoEndedScan(source, {"maxResults": 10, **parameters}, deadline, sleep=lambda _: None)
    return scan, [each["jobArn"] for page in scan for each in page]


def arns(jobs: list[Job]) -> list[str]:
    """Return the sorted ARNs of jobs."""
    return sorted(each["jobArn"] for each in jobs)
