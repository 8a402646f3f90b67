"""Creates what reads the jobs and the coverage of the fleet from the table."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from customization_jobs.aws.job_index import JobIndex
from customization_jobs.aws.table import VersionedTable
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.fleet.coverage_store import CoverageStore
from customization_jobs.fleet.coverage_summary import CurrentCoverage
from customization_jobs.fleet.jobs import FleetJobs
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.sources import FleetChoice
from customization_jobs.watch.parallel import in_threads
from customization_jobs.watch.records import JobRecords


def create_fleet_jobs(
    documents: VersionedTable, records: JobRecords, observability: Observability
) -> FleetJobs:
    """Create what lists the jobs of the fleet."""

    def log(error: WatchUnavailableException) -> None:
        observability.logger.warning("A record was not readable", reason=str(error))

    return FleetJobs(
        JobIndex(documents),
        records,
        CoverageStore(documents),
        in_parallel=in_threads(observability.thread_initializer),
        on_unreadable=log,
    )


def create_current_coverage(
    settings: Settings, choice: FleetChoice, documents: Callable[[], VersionedTable]
) -> CurrentCoverage:
    """Create what reads the coverage of sources. The table is opened on first use."""
    return CurrentCoverage(
        lambda: CoverageStore(documents()),
        choice,
        late_after=timedelta(seconds=settings.fleet_late_after_seconds),
        now=lambda: datetime.now(UTC),
    )
