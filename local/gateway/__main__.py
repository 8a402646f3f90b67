"""`python -m local.gateway --port 8080`: serve the gateway alone, with the environment as it is.

The function's output goes to standard output, everything else to standard error.
"""

import argparse
import os
import time

from local.common.identifiers import REGION
from local.common.server_process import add_arguments, listen, serve_until_stopped
from local.gateway.gateway import Gateway
from local.gateway.http_server import HttpServer
from local.gateway.lambda_environment import LambdaEnvironment, lambda_variables, load_handler

_HANDLER = "customization_jobs.handler.lambda_handler"
_FUNCTION_TIMEOUT_SECONDS = 60.0


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description="The local API Gateway and Lambda endpoint.")
    add_arguments(parser)
    parser.add_argument("--handler", default=_HANDLER)
    parser.add_argument("--region", default=os.environ.get("AWS_REGION", REGION))
    parser.add_argument(
        "--timeout", type=float, default=_FUNCTION_TIMEOUT_SECONDS, help="the function's timeout in seconds"
    )
    arguments = parser.parse_args()
    os.environ.update(lambda_variables(arguments.region))
    time.tzset()
    environment = LambdaEnvironment(load_handler(arguments.handler), arguments.timeout)
    serve_until_stopped(HttpServer(listen(arguments), Gateway(environment, arguments.region).answer))


if __name__ == "__main__":
    main()
