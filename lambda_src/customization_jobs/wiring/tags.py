"""Creates what reads tags, and what reads the table for boards and overviews, with impatient clients."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from customization_jobs.errors import CustomizationJobsError
from customization_jobs.observability import Metric, Observability
from customization_jobs.settings import Settings

if TYPE_CHECKING:
    from customization_jobs.listing.search import FactsOf
    from customization_jobs.watch.recorded_jobs import RecordedJobs
    from customization_jobs.watch.records import JobRecords
    from customization_jobs.watch.tags import TagReader

# How long one attempt may take to read what is useful, but not needed. There is no second attempt.
_TAGS_SECONDS = 2.0
_RECORDS_SECONDS = 1.0


def create_tag_reader(
    list_tags: Callable[[str], list[Any]], owner_tag: str, observability: Observability, *, region: str
) -> "TagReader":
    """Create what reads tags from Bedrock.

    Parameters
    ----------
    list_tags : callable
        Calls `ListTagsForResource` for an ARN. Its client is impatient: transitions wait for the tags.
    region : str
        Dimension of the metrics.
    """
    from customization_jobs.watch.tags import TagReader  # noqa: PLC0415 - not in the listing function

    def on_failure(error: CustomizationJobsError) -> None:
        _log(observability, "Tags of jobs were not read", error)
        dimensions = {"Region": region, "Error": type(error).__name__}
        observability.emit(dimensions, Metric("TagReadsFailed", MetricUnit.Count, 1))

    return TagReader(list_tags, owner_tag, on_failure=on_failure)


def create_recorded_jobs(
    settings: Settings,
    observability: Observability,
    open_records: "Callable[[Settings], JobRecords]",
) -> "RecordedJobs":
    """Create what reads records from the table, with a separate client: the board does not wait for them."""
    from customization_jobs.watch.parallel import in_threads  # noqa: PLC0415 - not in the watch function
    from customization_jobs.watch.recorded_jobs import RecordedJobs  # noqa: PLC0415

    return RecordedJobs(
        lambda: open_records(impatient(settings, _RECORDS_SECONDS)),
        settings.owner_tag,
        in_parallel=in_threads(observability.thread_initializer),
        on_failure=lambda error: _log(observability, "Records of jobs were not read", error),
    )


def create_recorded_facts(settings: Settings, open_records: "Callable[[Settings], JobRecords]") -> "FactsOf":
    """Create what trends read from the table, likewise with a separate client."""
    from customization_jobs.watch.recorded_facts import RecordedFacts  # noqa: PLC0415 - only for trends

    return RecordedFacts(cache(lambda: open_records(impatient(settings, _RECORDS_SECONDS)))).facts_of


def impatient(settings: Settings, seconds: float = _TAGS_SECONDS) -> Settings:
    """Return settings for a client that makes one short attempt."""
    return settings._replace(read_timeout_seconds=seconds, max_attempts=1)


def _log(observability: Observability, message: str, error: CustomizationJobsError) -> None:
    observability.logger.warning(
        message, error=type(error).__name__, reason=str(error), details=error.log_details
    )
