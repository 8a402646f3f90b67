"""`python -m local.embedded_aws --port 5000`: serve the embedded AWS."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

from local.common.fleet import SEED_STEP, fleet_sources
from local.common.identifiers import ACCOUNT, REGION
from local.common.server_process import add_arguments, listen, serve_until_stopped
from local.embedded_aws.application import EmbeddedAws
from local.embedded_aws.bedrock import Bedrock, bedrock_application
from local.simulated_jobs.sample_jobs import SEED, sample_jobs

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_JOBS_OF_A_MEMBER = 40


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(
        description="The embedded AWS: Bedrock, DynamoDB, EventBridge, S3, SNS and SQS."
    )
    add_arguments(parser)
    parser.add_argument("--jobs", type=int, default=260, help="the number of jobs (default: %(default)s)")
    parser.add_argument("--region", default=REGION)
    parser.add_argument(
        "--inclusive-bounds",
        action="store_true",
        help="include jobs created at exactly creationTimeAfter or creationTimeBefore",
    )
    parser.add_argument("--fleet", action="store_true", help="serve an organization of several accounts")
    arguments = parser.parse_args()
    Bedrock.inclusive_bounds = arguments.inclusive_bounds
    application = _application(arguments)
    listener = listen(arguments)
    host, port = listener.getsockname()[:2]
    serve_until_stopped(
        make_server(
            host, port, application, threaded=True, fd=listener.fileno(), request_handler=_RequestHandler
        )
    )


def _application(arguments: argparse.Namespace) -> EmbeddedAws:
    hub: dict[str, Any] = {"region": arguments.region, "account": ACCOUNT}
    jobs = sample_jobs(arguments.jobs, **hub)
    if not arguments.fleet:
        return EmbeddedAws(bedrock_application(jobs), **hub)
    # Imported here: without a fleet, neither Organizations nor STS is needed.
    from local.embedded_aws.organization import (  # noqa: PLC0415
        ORGANIZATIONS_TARGET,
        SecurityTokens,
        organizations_application,
    )
    from local.embedded_aws.source_faults import SourceFaults  # noqa: PLC0415

    _, *members = fleet_sources(arguments.region)
    for number, source in enumerate(members, 1):
        jobs += sample_jobs(_JOBS_OF_A_MEMBER, seed=SEED + number * SEED_STEP, **source._asdict())
    bedrock = SourceFaults(bedrock_application(jobs))
    services: Mapping[str, WSGIApplication] = {
        ORGANIZATIONS_TARGET: organizations_application(arguments.region),
        "sts": SecurityTokens(bedrock.role_fault),
    }
    return EmbeddedAws(bedrock, **hub, members=members, more=services)


class _RequestHandler(WSGIRequestHandler):
    """Answers requests without logging them, except for errors."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


if __name__ == "__main__":
    main()
