"""`python -m local.embedded_aws --port 5000`: serve the embedded AWS."""

import argparse

from werkzeug.serving import WSGIRequestHandler, make_server

from local.common.identifiers import ACCOUNT, REGION
from local.common.server_process import add_arguments, listen, serve_until_stopped
from local.embedded_aws.application import EmbeddedAws
from local.embedded_aws.bedrock import Bedrock, bedrock_application
from local.simulated_jobs.sample_jobs import sample_jobs


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(
        description="The embedded AWS: Bedrock, DynamoDB, EventBridge, SNS and SQS."
    )
    add_arguments(parser)
    parser.add_argument("--jobs", type=int, default=260, help="the number of jobs (default: %(default)s)")
    parser.add_argument("--region", default=REGION)
    parser.add_argument(
        "--inclusive-bounds",
        action="store_true",
        help="include jobs created at exactly creationTimeAfter or creationTimeBefore",
    )
    arguments = parser.parse_args()
    Bedrock.inclusive_bounds = arguments.inclusive_bounds
    jobs = sample_jobs(arguments.jobs, region=arguments.region, account=ACCOUNT)
    application = EmbeddedAws(bedrock_application(jobs), region=arguments.region, account=ACCOUNT)
    listener = listen(arguments)
    host, port = listener.getsockname()[:2]
    serve_until_stopped(
        make_server(
            host, port, application, threaded=True, fd=listener.fileno(), request_handler=_RequestHandler
        )
    )


class _RequestHandler(WSGIRequestHandler):
    """Answers requests without logging them, except for errors."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


if __name__ == "__main__":
    main()
