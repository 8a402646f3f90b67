"""What records know of jobs, but Bedrock's list does not; needed by filters."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from customization_jobs.aws.batch_reads import MAX_KEYS
from customization_jobs.listing.filters import JobFacts
from customization_jobs.watch.job_arn import job_key
from customization_jobs.watch.record import JobRecord

if TYPE_CHECKING:
    from customization_jobs.watch.records import JobRecords


class RecordedFacts:
    """Reads facts of jobs.

    Parameters
    ----------
    records : callable
        Opens the records on first use.
    """

    def __init__(self, records: "Callable[[], JobRecords]") -> None:
        self._open = records

    def facts_of(self, job_arns: Iterable[str]) -> Mapping[str, JobFacts]:
        """Return the facts of the jobs that have a record, by ARN.

        Cost: half a read unit for each 4 KiB of a record.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused, or a record is not readable.
        """
        records = self._open()
        facts: dict[str, JobFacts] = {}
        arns = iter(job_arns)
        while part := list(islice(arns, MAX_KEYS)):
            found = records.get_many({job_key(arn) for arn in part})
            for arn in part:
                record = found.get(job_key(arn))
                if isinstance(record, JobRecord):
                    facts[arn] = facts_of_record(record)
                elif record is not None:
                    raise record
        return facts


def facts_of_record(record: JobRecord) -> JobFacts:
    """Return what a record knows of its job."""
    category = record.failure and record.failure.get("category")
    return JobFacts(category if isinstance(category, str) else None, record.tags)
