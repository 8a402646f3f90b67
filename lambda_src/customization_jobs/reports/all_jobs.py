"""Reads all jobs of a query for a report, in memory that does not grow with their number."""

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.jobs import Summary
from customization_jobs.listing.query import JobQuery
from customization_jobs.listing.scan import ParallelScan
from customization_jobs.observability import Observability
from customization_jobs.reports.well_formed import WellFormed
from customization_jobs.timeouts import Deadline


class Read(NamedTuple):
    """Which jobs were read.

    Attributes
    ----------
    complete : bool
        Whether all were read. False if the deadline came first.
    malformed : int
        Number of jobs that were left out, because their summaries are malformed.
    """

    complete: bool
    malformed: int


def read_all(
    source: JobSource,
    query: JobQuery,
    deadline: Deadline,
    observability: Observability,
    add: Callable[[Iterable[Summary]], None],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Read:
    """Pass the well-formed summaries of each page to `add`, in no particular order, until the deadline.

    Raises
    ------
    CustomizationJobsError
        As `ParallelScan`.
    """
    well_formed = WellFormed(observability.logger)
    with observability.listing_segment():
        scan = ParallelScan(
            query.scan_source_from(source, deadline),
            query.parameters,
            deadline,
            initialize_thread=observability.thread_initializer(),
            sleep=sleep,
        )
        for jobs in scan:
            add(well_formed.select(jobs))
            del jobs  # before the next page is parsed, which keeps memory flat
    return Read(scan.complete, well_formed.malformed)
