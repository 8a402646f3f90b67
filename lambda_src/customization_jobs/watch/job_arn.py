"""ARNs of model customization jobs."""

import re

# The length is the maximum in Bedrock's model. Partition, region, account and ids are not checked, so that
# new ones are accepted. Other characters could not be part of a key of the table or of an event's resource.
_JOB_ARN = re.compile(
    r"(?=[!-~]{1,1011}\Z)"
    r"(?P<prefix>arn:[^:]*:bedrock:(?P<region>[^:]*):(?P<account>[^:]*):model-customization-job/)(?:.*/)?(?P<id>[^/]+)"
)


def is_job_arn(value: object) -> bool:
    """Whether a value is the ARN of a model customization job."""
    return isinstance(value, str) and _JOB_ARN.fullmatch(value) is not None


def is_complete(job_arn: str) -> bool:
    """Whether a job's ARN has the model's part, without which Bedrock's operations do not accept it."""
    return job_key(job_arn) != job_arn


def region_of(job_arn: object) -> str | None:
    """Return the region in a job's ARN; None if there is none."""
    found = _JOB_ARN.fullmatch(job_arn) if isinstance(job_arn, str) else None
    return (found["region"] or None) if found else None


def account_of(job_arn: object) -> str | None:
    """Return the account in a job's ARN; None if there is none."""
    found = _JOB_ARN.fullmatch(job_arn) if isinstance(job_arn, str) else None
    return (found["account"] or None) if found else None


def job_key(job_arn: str) -> str:
    """Return what identifies a job in whichever form its ARN comes: the ARN without the model's part.

    The list has the model's part between the resource type and the job's id; the events that AWS documents do
    not. https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-monitoring.html
    """
    found = _JOB_ARN.fullmatch(job_arn)
    return found["prefix"] + found["id"] if found else job_arn
