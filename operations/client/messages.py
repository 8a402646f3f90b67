"""What the program says about the URL of the API, and the URLs that it accepts."""

import ipaddress
import re
import shlex
from urllib.parse import urlsplit

from client_model.names import ENDPOINT_VARIABLE, SERVICE

_REGION = re.compile(r"\.execute-api\.([a-z0-9-]+)\.")
# boto3 and version 1 of the AWS CLI read only the second one.
_REGION_VARIABLES = "AWS_REGION and AWS_DEFAULT_REGION"
_UNKNOWN_URL = (
    '"$(aws cloudformation describe-stacks --stack-name CustomizationJobs \\\n'
    '    --query "Stacks[0].Outputs[?OutputKey==\'ApiUrl\'].OutputValue" --output text)"'
)
_HOW_TO_POINT = """
The URL of the API, in the environment:

  export {variable}={url}

or in ~/.aws/config: {url_too}PROFILE=name shows the lines for a profile, and WRITE=1 writes them.
{region}
Then:

  aws {service} help
  aws {service} list-model-customization-jobs --where-status Failed Stopped --where-ended-after P7D
  aws {service} wait jobs-ended --name-contains support-tone
"""


def checked_url(text: str) -> str:
    """Return the URL of an API.

    Raises
    ------
    ValueError
        Signed requests should not be sent to this URL; the message says what is allowed.
    """
    parts = urlsplit(text)
    is_plain = re.fullmatch(r"[!-~]+", text) and not (parts.query or parts.fragment or "@" in parts.netloc)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    if not (is_plain and is_safe and parts.hostname):
        raise ValueError("allowed: https://..., or http:// on this machine, without a query")
    return text


def how_to_point(url: str | None) -> str:
    """Return how to give AWS clients the URL of the API."""
    return _HOW_TO_POINT.format(
        variable=ENDPOINT_VARIABLE,
        service=SERVICE,
        url=shlex.quote(url) if url else _UNKNOWN_URL,
        url_too="" if url else "URL=... ",
        region=region_note(url or ""),
    )


def region_note(url: str) -> str:
    """Return how to set the region for which requests to a URL are signed."""
    found = _REGION.search(url)
    region = found[1] if found else "that of the API"
    return f"The region must be set, for the signature: {_REGION_VARIABLES}, or --region: {region}.\n"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
