"""Creates what lists the jobs of the fleet from the table."""

from customization_jobs.aws.job_index import JobIndex
from customization_jobs.aws.table import VersionedTable
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.fleet.coverage_store import CoverageStore
from customization_jobs.fleet.jobs import FleetJobs
from customization_jobs.observability import Observability
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
