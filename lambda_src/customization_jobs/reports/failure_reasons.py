"""Why jobs failed, counted by category. The watch's table knows the reasons; Bedrock's list does not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from customization_jobs.aws.batch_reads import MAX_KEYS
from customization_jobs.errors import CustomizationJobsError
from customization_jobs.failure_categories import Category
from customization_jobs.reports.name_counts import count
from customization_jobs.timeouts import Deadline

if TYPE_CHECKING:
    from customization_jobs.listing.search import FactsOf

# After this many failures, the table is not read for further batches of jobs.
_MAX_FAILURES = 3


@dataclass(slots=True)
class FailureReasons:
    """Counts of failed jobs. Records are read in parts of `MAX_KEYS`, so that memory does not grow.

    Failures to read are only reported: the other figures do not depend on the table.

    Parameters
    ----------
    facts_of : callable or None
        Reads what the table knows of jobs. None: there is no table.
    deadline : Deadline
        Once it has passed, no further record is read.
    on_failure : callable
        Called with each error.

    Attributes
    ----------
    not_recorded : int
        Number of jobs whose reason is not recorded, or was not read. They count as `unknown`.
    records_read : bool
        Whether the table was read for every job; valid after `finish`.
    """

    facts_of: "FactsOf | None"
    deadline: Deadline
    on_failure: Callable[[CustomizationJobsError], None]
    by_category: Counter[str] = field(init=False)
    not_recorded: int = field(default=0, init=False)
    records_read: bool = field(init=False)
    _waiting: list[str] = field(default_factory=list, init=False)
    _failures: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.by_category = Counter(dict.fromkeys(map(str, Category), 0))
        self.records_read = self.facts_of is not None

    def add(self, job_arn: str) -> None:
        """Add a failed job."""
        self._waiting.append(job_arn)
        if len(self._waiting) == MAX_KEYS:
            self.finish()

    def finish(self) -> None:
        """Count the jobs whose records have not been read yet."""
        facts = self._read()
        for job_arn in self._waiting:
            found = facts.get(job_arn)
            category = found.failure_category if found else None
            self.not_recorded += category is None
            count(self.by_category, category or Category.UNKNOWN)
        self._waiting.clear()

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON."""
        return {
            "byCategory": dict(self.by_category),
            "notRecorded": self.not_recorded,
            "recordsRead": self.records_read,
        }

    def _read(self) -> Any:
        if not self._waiting or self.facts_of is None:
            return {}
        if self._failures < _MAX_FAILURES and not self.deadline.has_passed():
            try:
                return self.facts_of(self._waiting)
            except CustomizationJobsError as error:
                self._failures += 1
                self.on_failure(error)
        self.records_read = False
        return {}
