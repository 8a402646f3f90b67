"""Run by test_traces.py in a process of its own: invokes the handler as in Lambda, with X-Ray switched on."""

import io
import json
import sys
from typing import Any, cast

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from customization_jobs.bedrock import Bedrock, make_client
from customization_jobs.errors import CustomizationJobsError
from customization_jobs.handler import make_handler
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from tests.fakes import FakeContext, job

BODY = json.dumps({"modelCustomizationJobSummaries": [job(1, jobName="body-secret")]}).encode()


class Raw(io.BytesIO):
    def stream(self) -> list[bytes]:
        return [self.getvalue()]


def answer(**_: Any) -> Any:
    headers = HTTPHeaders.from_dict({"x-amzn-RequestId": "r"})
    return AWSResponse("https://bedrock", 200, headers, Raw(BODY))


def main() -> None:
    settings = Settings.from_environment()
    client = make_client(settings)
    client.meta.events.register("before-send", answer)
    handler = make_handler(settings, Bedrock(client), Observability.from_settings(settings))
    try:
        handler(json.loads(sys.argv[1]), cast("Any", FakeContext()))
    except CustomizationJobsError as error:
        print(type(error).__name__)  # noqa: T201 - read by a person when the test fails


if __name__ == "__main__":
    main()
