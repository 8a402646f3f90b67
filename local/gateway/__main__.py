"""`python -m local.gateway --port 8080`: serve the gateway alone, with the environment as it is.

The function's output goes to standard output, everything else to standard error.
"""

import argparse
import os
import time

from local.common.identifiers import REGION
from local.common.server_process import add_arguments, listen, serve_until_stopped
from local.gateway.function import Function
from local.gateway.gateway import Gateway
from local.gateway.http_api import HttpApi
from local.gateway.http_server import HttpServer
from local.gateway.jwt_authorizer import JwtAuthorizer
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
    parser.add_argument(
        "--jwt",
        type=JwtAuthorizer.from_json,
        help="serve an HTTP API with this JWT authorizer instead: its settings as JSON",
    )
    arguments = parser.parse_args()
    os.environ.update(lambda_variables(arguments.region))
    time.tzset()
    environment = LambdaEnvironment(load_handler(arguments.handler), arguments.timeout)
    gateway = (
        HttpApi(Function(environment, arguments.region), arguments.jwt)
        if arguments.jwt
        else Gateway(environment, arguments.region)
    )
    serve_until_stopped(HttpServer(listen(arguments), gateway.answer))


if __name__ == "__main__":
    main()
