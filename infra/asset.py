"""The bundle as the CDK takes it: built when a command needs it, and named by what is in it."""

from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.bundling import build_bundle
from infra.settings import Settings

_FOLDER = Path(__file__).parent.parent / "build" / "bundle"
# The CDK CLI lists here the stacks whose assets the command needs. `cdk destroy` needs none.
_BUNDLING_STACKS = "aws:cdk:bundling-stacks"


def function_code(app: Construct, settings: Settings) -> lambda_.Code:
    """Build the function's code, unless the command does without.

    Before the stack, and not by the CDK's own bundling: that needs a Docker image to be named, and wraps the
    sentence of a `BundleError` into two tracebacks.

    Raises
    ------
    BundleError
        The bundle cannot be built.
    """
    if app.node.try_get_context(_BUNDLING_STACKS) == []:
        return lambda_.Code.from_inline("# not deployed")
    build_bundle(_FOLDER, allow_uncompiled=settings.allow_uncompiled_bundle)
    return lambda_.Code.from_asset(str(_FOLDER))
