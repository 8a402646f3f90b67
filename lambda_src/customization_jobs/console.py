"""Links to jobs in the AWS console."""

import re
from urllib.parse import quote

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html lists the partitions.
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_ARN = re.compile(r"arn:(?P<partition>[a-z-]+):bedrock:(?P<region>[a-z0-9-]+):[0-9]*:[^/]+/.+", re.ASCII)


def console_url(job_arn: object) -> str | None:
    """Return the address of a job's console page, or None if the ARN's partition is unknown.

    AWS does not document console addresses; this is the one that the console itself shows. Every character of
    the address is safe in an HTML attribute and in Markdown, whatever the ARN contains.
    """
    found = _ARN.fullmatch(job_arn) if isinstance(job_arn, str) else None
    host = _CONSOLES.get(found["partition"]) if found else None
    if found is None or host is None:
        return None
    region = found["region"]
    # The ARN is one value in the fragment, so characters that no ARN contains are encoded.
    arn = quote(found.string, safe=":/", errors="replace")
    return f"https://{region}.{host}/bedrock/home?region={region}#/custom-models/item/?arn={arn}"
