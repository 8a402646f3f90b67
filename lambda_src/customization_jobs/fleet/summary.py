"""A job of the fleet in the form of Bedrock's list, rebuilt from its record."""

import re
from typing import Any

from customization_jobs.aws.job_index import IndexedJob
from customization_jobs.jobs import phase_details
from customization_jobs.sources import Source
from customization_jobs.watch.job import Job
from customization_jobs.watch.position import creation_time

_ARN = re.compile(r"arn:[^:]*:[^:]*:(?P<region>[^:]*):(?P<account>[^:]*):")


def source_of(job_key: str) -> Source | None:
    """Return the source that a job's ARN names; None if it names none."""
    found = _ARN.match(job_key)
    return Source.parse(f"{found['account']}/{found['region']}") if found else None


def summary_of(job: Job, source: Source) -> dict[str, Any]:
    """Return Bedrock's summary of a job as it was last recorded, with `account` and `region`."""
    fields = job.to_json()
    fields.pop("phases", None)
    details = {phase_details(name): phase.to_json() for name, phase in job.phases.items()}
    return {
        **fields,
        **({"statusDetails": details} if details else {}),
        "account": source.account,
        "region": source.region,
    }


def summary_of_indexed(job: IndexedJob, source: Source) -> dict[str, Any]:
    """Return what the index knows of a job whose record is not readable."""
    return {
        "jobArn": job.key,
        "jobName": job.name,
        "status": job.status,
        "creationTime": creation_time(job.position),
        "account": source.account,
        "region": source.region,
    }
