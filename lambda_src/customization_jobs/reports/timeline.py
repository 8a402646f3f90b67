"""The timeline of one job, found by its name or ARN."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.errors import (
    BedrockTimeoutException,
    Problem,
    ResourceNotFoundException,
    ValidationException,
)
from customization_jobs.listing.inputs import shortened
from customization_jobs.listing.pages import read_pages
from customization_jobs.listing.query import QueryContract
from customization_jobs.timeouts import Deadline

# The maximum length of a job's ARN in Bedrock's model. The ARN is only a key, so its parts are not checked.
JOB_ARN = re.compile(r"arn:[!-~]{1,1007}")
_ALLOWED = "the name or the ARN of a model customization job"


class Timelines(Protocol):
    """Stores the timelines of jobs."""

    def get(self, job_arn: str) -> Mapping[str, Any] | None:
        """Return a job's last known state and its transitions as JSON; None if nothing is recorded."""
        ...


class TimelineReport:
    """Finds timelines.

    Parameters
    ----------
    timelines : Timelines or None
        None if no watch is deployed.

    Attributes
    ----------
    fields, transition_fields : tuple of str
        The names that a timeline, and each of its transitions, can have.
    """

    fields = ("job", "expectedEnd", "tags", "owner", "stuck", "transitions")
    transition_fields = ("id", "sequence", "kind", "at", "foundBy", "scope", "details", "published")

    def __init__(self, source: JobSource, contract: QueryContract, timelines: Timelines | None) -> None:
        self._source = source
        self._contract = contract
        self._timelines = timelines

    def find(self, identifier: str, deadline: Deadline) -> Mapping[str, Any]:
        """Return the timeline of the job with this name or ARN.

        Timelines are stored by ARN, and listing is the only call to Bedrock that the listing function may
        make. A name is therefore resolved by listing with `nameContains`. If several jobs have the name, the
        newest is meant.

        Raises
        ------
        ResourceNotFoundException
            The job does not exist, no timeline is recorded for it, or no watch is deployed.
        ValidationException
            The identifier is neither a name nor an ARN.
        BedrockTimeoutException
            The deadline passed before the name was found.
        CustomizationJobsError
            As `Bedrock.list_page`.
        """
        if self._timelines is None:
            raise ResourceNotFoundException(
                "No timelines are recorded: this function has no watch table (WATCH_TABLE)."
            )
        arn = identifier if JOB_ARN.fullmatch(identifier) else self._arn_of(identifier, deadline)
        timeline = self._timelines.get(arn)
        if timeline is None:
            raise ResourceNotFoundException(f"No timeline is recorded for the job {identifier}.")
        return timeline

    def _arn_of(self, name: str, deadline: Deadline) -> str:
        try:
            self._contract.inputs["nameContains"].parse(name)
        except ValueError:
            problem = Problem("jobIdentifier", shortened(name), _ALLOWED)
            raise ValidationException.from_problems([problem]) from None
        query = {
            "nameContains": name,
            "maxResults": self._contract.inputs["maxResults"].maximum,
            "sortBy": "CreationTime",
            "sortOrder": "Descending",
        }
        for page in read_pages(self._source, query):
            # The next call, to Bedrock or to the table, may take as long as a call can take.
            if deadline.has_passed():
                raise BedrockTimeoutException(
                    f"Finding the job {name} by name took too long. Use its ARN, or try again later."
                )
            for job in page.jobs:
                if arn := _arn_if_named(job, name):
                    return arn
        raise ResourceNotFoundException(f"There is no job named {name}.")


def _arn_if_named(job: object, name: str) -> str | None:
    # Other jobs can be malformed in any way.
    if not isinstance(job, Mapping) or job.get("jobName") != name:
        return None
    arn = job.get("jobArn")
    return arn if isinstance(arn, str) else None
