"""A cold start: handles one API request and prints the modules that the interpreter has loaded.

Run by `modules.py` in a separate process, as `python -I -S cold_start.py EVENT PATH...`. It imports only
modules that the handler needs as well, so that it adds none to the list.
"""

import json
import sys
from typing import Any

ANSWER = b'{"modelCustomizationJobSummaries": []}'


class _RawResponse:
    def stream(self) -> list[bytes]:
        return [ANSWER]


class _Context:
    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "any"


def main(event: str, *paths: str) -> None:
    sys.path[:0] = paths

    from customization_jobs.handler import lambda_handler  # noqa: PLC0415 - the cold start begins here

    _replace_the_network()
    context: Any = _Context()
    with open(event, encoding="utf-8") as file:  # noqa: PTH123 - pathlib would be in the list
        answer = lambda_handler(json.load(file), context)
    assert answer["statusCode"] == 200, answer
    sys.stdout.write("\n".join(sorted(sys.modules)))


def _replace_the_network() -> None:
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415 - loaded by the handler before
    from botocore.compat import HTTPHeaders  # noqa: PLC0415 - as above
    from botocore.httpsession import URLLib3Session  # noqa: PLC0415 - as above

    def send(_: Any, request: Any) -> AWSResponse:
        raw: Any = _RawResponse()
        return AWSResponse(request.url, 200, HTTPHeaders.from_dict({}), raw)

    URLLib3Session.send = send  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    main(*sys.argv[1:])
