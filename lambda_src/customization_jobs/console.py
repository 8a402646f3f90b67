"""Where a person sees a job: its page in the AWS console."""

import re
from urllib.parse import quote

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html names the partitions.
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_ARN = re.compile(r"arn:(?P<partition>[a-z-]+):bedrock:(?P<region>[a-z0-9-]+):[0-9]*:[^/]+/.+", re.ASCII)


def console_url(job_arn: object) -> str | None:
    """Make the link to a job's page; None where the ARN says no region with a console that is known.

    AWS does not document the console's addresses; this is the one that it shows in the browser.

    Parameters
    ----------
    job_arn : object
        As Bedrock sent it; anything else has no link.

    Returns
    -------
    str or None
        An https address whose every character is safe in an attribute and in Markdown.
    """
    found = _ARN.fullmatch(job_arn) if isinstance(job_arn, str) else None
    host = _CONSOLES.get(found["partition"]) if found else None
    if found is None or host is None:
        return None
    region = found["region"]
    # The ARN stands in the fragment: what no ARN has in it is encoded, so that it stays one value.
    arn = quote(found.string, safe=":/", errors="replace")
    return f"https://{region}.{host}/bedrock/home?region={region}#/custom-models/item/?arn={arn}"
