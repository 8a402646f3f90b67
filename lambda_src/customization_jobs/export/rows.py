"""Rows of the job tables: what the watch knows of a job, as `columns` names it."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from customization_jobs.aws.table import Document
from customization_jobs.errors import WatchUnavailableException, encodable
from customization_jobs.export import values
from customization_jobs.jobs import base_model
from customization_jobs.watch.job import Job
from customization_jobs.watch.job_arn import account_of, is_job_arn, region_of
from customization_jobs.watch.owners import owner_of
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.records import read_record_or_error

# By column; JSON values.
Row: TypeAlias = dict[str, Any]


def job_columns(job: Job, tags: Any, owner: Any, failure: Any) -> Row:
    """Return the columns that transitions and jobs share. Values of the wrong type become null.

    Parameters
    ----------
    failure : any
        As `Failure.to_json`, by whichever version.
    """
    reason = failure if isinstance(failure, Mapping) else {}
    return {
        "job_arn": values.text(job.arn),
        "job_name": values.text(job.name),
        "account": account_of(job.arn),
        "region": region_of(job.arn),
        "status": values.text(job.status),
        "customization_type": job.customization_type,
        "base_model_arn": job.base_model_arn,
        "base_model": base_model(job.base_model_arn) if job.base_model_arn else None,
        "custom_model_arn": job.custom_model_arn,
        "custom_model_name": job.custom_model_name,
        "creation_time": values.time(job.creation_time),
        "last_modified_time": values.time(job.last_modified_time),
        "end_time": values.time(job.end_time),
        "owner": values.text(owner),
        "tags": values.texts_by_name(tags),
        "failure_category": values.text(reason.get("category")),
        "failure_message": values.text(reason.get("message")),
        "failure_retry_helps": values.boolean(reason.get("retryHelps")),
    }


def job_row(
    key: str, document: Document, snapshot_at: str, owner_tag: str | None
) -> Row | WatchUnavailableException:
    """Return the row of a job in a snapshot; an error if its record is not readable.

    Parameters
    ----------
    owner_tag : str or None
        The tag whose value is the owner of a job. None: rows have no tags.
    """
    record = read_record_or_error(key, document)
    if isinstance(record, WatchUnavailableException):
        return record
    try:
        return _row(record, snapshot_at, owner_tag)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Reading a record does not verify its parts.
        return WatchUnavailableException(f"The record of the job {key} cannot be exported ({error!r}).")


def _row(record: JobRecord, snapshot_at: str, owner_tag: str | None) -> Row:
    if not (is_job_arn(record.job.arn) and values.text(record.job.status)):
        raise ValueError("no ARN of a job, or no status")
    tags = record.tags if owner_tag else None
    owner = owner_of(tags, owner_tag) if owner_tag else None
    return {
        "snapshot_at": snapshot_at,
        **job_columns(record.job, tags, owner, record.failure),
        "stuck": sorted(map(encodable, record.stuck)),
        "transitions": len(record.transitions),
    }
