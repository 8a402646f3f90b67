"""Leaves malformed summaries out of reports, and reads malformed optional fields as absent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from customization_jobs.jobs import NOT_REPORTED, Summary
from customization_jobs.listing.malformed import log_if_malformed
from customization_jobs.timestamps import parse_timestamp, parse_timestamp_or_none

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


@dataclass(slots=True)
class WellFormed:
    """Selects the summaries whose required fields are well-formed, and logs and counts the others.

    Attributes
    ----------
    malformed : int
        Number of the others so far.
    """

    logger: "Logger"
    malformed: int = 0

    def select(self, jobs: Sequence[Summary]) -> list[Summary]:
        """Return the well-formed summaries of a page."""
        selected = [job for job in jobs if not log_if_malformed(self.logger, job)]
        self.malformed += len(jobs) - len(selected)
        return selected


def customization_type(job: Summary) -> str:
    """Return a job's type; `NOT_REPORTED` if it is absent."""
    value = job.get("customizationType")
    return value if isinstance(value, str) and value else NOT_REPORTED


def end_time(job: Summary) -> datetime:
    """Return when a job in a terminal status ended. Bedrock may leave out `endTime`."""
    return (
        parse_timestamp_or_none(job.get("endTime"))
        or parse_timestamp_or_none(job.get("lastModifiedTime"))
        or parse_timestamp(job["creationTime"])
    )
