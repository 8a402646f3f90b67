"""ARNs of model customization jobs."""

import re

# The length is the maximum in Bedrock's model. Partition, region, account and job id are not checked, so that
# new ones are accepted. Other characters could not be part of a key of the table or of an event's resource.
_JOB_ARN = re.compile(
    r"(?=[!-~]{1,1011}\Z)arn:[^:]*:bedrock:(?P<region>[^:]*):[^:]*:model-customization-job/(?P<job>.+)"
)


def is_job_arn(value: object) -> bool:
    """Whether a value is the ARN of a model customization job."""
    return isinstance(value, str) and _JOB_ARN.fullmatch(value) is not None


def region_of(job_arn: object) -> str | None:
    """Return the region in a job's ARN; None if there is none."""
    found = _JOB_ARN.fullmatch(job_arn) if isinstance(job_arn, str) else None
    return (found["region"] or None) if found else None
