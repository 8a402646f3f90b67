"""Which summaries are not what Bedrock documents. They are listed as they are, and reported by name."""

from typing import TYPE_CHECKING, Any

from customization_jobs.errors import encodable
from customization_jobs.timestamps import parse_timestamp_or_none

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_TEXTS = ("jobArn", "baseModelArn", "jobName", "status")
_TIME = "creationTime"
# The longest ARN in Bedrock's model has 1,011 characters.
_MAX_SHOWN = 1011


def malformed_fields(job: object) -> tuple[str, ...]:
    """Return the names of the required fields that are missing or malformed; none if the summary is fine.

    A time is text in ISO 8601; every other required field is text that is not empty. Values that are unknown
    here, such as a new status, are not malformed.
    """
    if not isinstance(job, dict):
        return (*_TEXTS, _TIME)
    malformed = [name for name in _TEXTS if not _is_text(job.get(name))]
    return (*malformed,) if parse_timestamp_or_none(job.get(_TIME)) else (*malformed, _TIME)


def log_if_malformed(logger: "Logger", job: object) -> bool:
    """Log a summary with malformed fields by the job's name and ARN, as far as it has them.

    Returns
    -------
    bool
        Whether the summary is malformed.
    """
    fields = malformed_fields(job)
    if fields:
        known: dict[str, Any] = job if isinstance(job, dict) else {}
        names: dict[str, Any] = {
            name: _shown(known[name]) for name in ("jobArn", "jobName") if _is_text(known.get(name))
        }
        logger.warning("Malformed job summary", **names, malformed_fields=list(fields))
    return bool(fields)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _shown(text: str) -> str:
    return encodable(text[:_MAX_SHOWN])
