"""What was recorded of one job: found by its name or its ARN, for whoever asks what happened when."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from customization_jobs.bedrock import JobPages
from customization_jobs.errors import (
    BedrockTimeoutException,
    Problem,
    ResourceNotFoundException,
    ValidationException,
)
from customization_jobs.listing import pages
from customization_jobs.query import QueryContract

# As long as Bedrock's model lets an ARN of a job be. What it says is not looked at: it is a record's key.
_ARN = re.compile(r"arn:[!-~]{1,1007}")
_ALLOWED = "the name or the ARN of a model customization job"
_MOST_SHOWN = 80


class Timelines(Protocol):
    """Something that keeps what happened to jobs: the watch's table, or a fake of it."""

    def of(self, job_arn: str) -> Mapping[str, Any] | None:
        """Tell a job as last seen and its recorded transitions as JSON; None when nothing is recorded."""
        ...


class TimelineFinder:
    """Finds the timeline of a job.

    Parameters
    ----------
    bedrock : JobPages
        Where a name finds its ARN.
    contract : QueryContract
        What a name may be.
    timelines : Timelines or None
        Where they are kept; None where no watch is deployed.
    """

    def __init__(self, bedrock: JobPages, contract: QueryContract, timelines: Timelines | None) -> None:
        self._bedrock = bedrock
        self._contract = contract
        self._timelines = timelines

    def find(self, identifier: str, remaining_seconds: Callable[[], float]) -> Mapping[str, Any]:
        """Find what was recorded of the job that `identifier` names.

        An ARN is looked up at once. Records are kept by ARN, and the list is the one call to Bedrock that
        this function may make, so a name is listed for: `nameContains`, and of these the job whose name is
        just that. Names are not used twice; were one, the newest job would have it.

        Raises
        ------
        ResourceNotFoundException
            Nothing is recorded of such a job, there is none, or no watch is deployed.
        ValidationException
            It is neither a name nor an ARN.
        CustomizationJobsError
            As `JobPages.list_page`; BedrockTimeoutException also when the listing for a name took too long.
        """
        if self._timelines is None:
            raise ResourceNotFoundException(
                "No timelines are kept here: the function has no table of a watch (WATCH_TABLE)."
            )
        arn = identifier
        if not _ARN.fullmatch(identifier):
            arn = self._arn_of(identifier, remaining_seconds)
        timeline = self._timelines.of(arn)
        if timeline is None:
            raise ResourceNotFoundException(f"Nothing is recorded of the job {identifier}.")
        return timeline

    def _arn_of(self, name: str, remaining_seconds: Callable[[], float]) -> str:
        try:
            self._contract.inputs["nameContains"].accept(name)
        except ValueError:
            raise ValidationException.from_problems(
                [Problem("jobIdentifier", repr(name[:_MOST_SHOWN]), _ALLOWED)]
            ) from None
        query = {
            "nameContains": name,
            "maxResults": self._contract.inputs["maxResults"].most,
            "sortBy": "CreationTime",
            "sortOrder": "Descending",
        }
        for page in pages(self._bedrock, query):
            # The next page, or the table, may take as long as a call at the very most does.
            if remaining_seconds() <= 0:
                raise BedrockTimeoutException(
                    f"Finding the job {name} by its name took too long. Use its ARN, or try again later."
                )
            for job in page.jobs:
                if job["jobName"] == name:
                    arn: str = job["jobArn"]
                    return arn
        raise ResourceNotFoundException(f"There is no job named {name}.")
