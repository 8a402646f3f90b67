"""Invokes the handler as in Lambda with X-Ray enabled; test_traces.py runs it in a separate process."""

import io
import json
import sys
from typing import Any, cast

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.clients import create_client
from customization_jobs.errors import CustomizationJobsError
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeContext, job
from tests.unit.watch.harness import WatchHarness

ONE_JOB = {"modelCustomizationJobSummaries": [job(1, jobName="body-secret")]}


class Raw(io.BytesIO):
    def stream(self) -> list[bytes]:
        return [self.getvalue()]


def answer(request: Any, **_: Any) -> Any:
    """Return two pages in each direction: the first is full, the second empty."""
    first = "nextToken" not in request.url
    page = {**ONE_JOB, "nextToken": "page-2"} if first else {"modelCustomizationJobSummaries": []}
    headers = HTTPHeaders.from_dict({"x-amzn-RequestId": "r"})
    return AWSResponse("https://bedrock", 200, headers, Raw(json.dumps(page).encode()))


def main() -> None:
    settings = Settings.from_environment()
    client = create_client(settings, "bedrock")
    client.meta.events.register("before-send", answer)
    watch = WatchHarness().watch()
    handler = create_handler(settings, Bedrock(client), Observability.from_settings(settings), watch=watch)
    try:
        handler(json.loads(sys.argv[1]), cast("Any", FakeContext()))
    except CustomizationJobsError as error:
        print(type(error).__name__)  # noqa: T201 - shown when the test fails


if __name__ == "__main__":
    main()
