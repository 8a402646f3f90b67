"""Run by test_cold_start.py in a process of its own: starts the function cold, answers, names modules."""

import json
import sys
from pathlib import Path
from typing import Any, cast

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session

EVENT = Path(__file__).parents[1] / "events" / "api-gateway-rest.json"
BODY = b'{"modelCustomizationJobSummaries": []}'


class _Raw:
    def stream(self) -> list[bytes]:
        return [BODY]


class _Context:
    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "any"


def _answer(_: Any, request: Any) -> AWSResponse:
    return AWSResponse(request.url, 200, HTTPHeaders.from_dict({}), cast("Any", _Raw()))


def main() -> None:
    """Print the modules that a cold start loads, beside those that this program needed before."""
    from customization_jobs.handler import lambda_handler  # noqa: PLC0415 - the cold start begins here

    answer = lambda_handler(json.loads(EVENT.read_text()), cast("Any", _Context()))
    assert answer["statusCode"] == 200, answer
    sys.stdout.write("\n".join(sorted(sys.modules)))


if __name__ == "__main__":
    URLLib3Session.send = _answer  # type: ignore[assignment, method-assign]
    main()
