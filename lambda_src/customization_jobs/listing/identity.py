"""What identifies a job in a listing."""

import json


def arn_of(job: object) -> str | None:
    """Return a job's ARN; None if the summary is malformed, and nothing identifies its job."""
    arn = job.get("jobArn") if isinstance(job, dict) else None
    return arn if isinstance(arn, str) and arn.startswith("arn:") else None


def identifying_text(job: object) -> str:
    """Return a job's ARN, or the whole summary if it has none."""
    return arn_of(job) or json.dumps(job, sort_keys=True)
