"""The self-check of a new version, which CodeDeploy's hook invokes before the version gets traffic."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.entrypoints.base import EntryPoint

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.watch.records import JobRecords

# No ARN starts like this, so no record has this key.
_KEY = "#self-check"


class SelfCheckEntryPoint(EntryPoint):
    """Answers `{"selfCheck": {}}`. It reads, but neither writes nor publishes.

    Parameters
    ----------
    records : JobRecords or None
        None if the function has no table.
    validate_event : callable
        Reads a sample of the events that the function is deployed for.
    """

    def __init__(
        self, source: JobSource, records: "JobRecords | None", validate_event: Callable[[], object]
    ) -> None:
        self._source = source
        self._records = records
        self._validate_event = validate_event

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG002 - the interface
        """List one page of jobs, read one record, and validate one event.

        Returns
        -------
        dict
            `listed`, the number of jobs on the page; `recordRead`; `eventValidated`.

        Raises
        ------
        CustomizationJobsError
            A step failed, with an error of the error contract.
        """
        page = self._source.list_page({"maxResults": 1})
        if self._records:
            self._records.get(_KEY)
        self._validate_event()
        return {
            "listed": len(page.jobs),
            "recordRead": self._records is not None,
            "eventValidated": True,
        }
