"""The Lambda code asset: the bundle, built only for commands that need it."""

from pathlib import Path

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.bundling import build_bundle
from infra.settings.model import Settings

_FOLDER = Path(__file__).parent.parent / "build" / "bundle"
# Context key under which the CDK CLI lists the stacks whose assets the command needs. `cdk destroy` needs
# none.
_BUNDLING_STACKS = "aws:cdk:bundling-stacks"


def function_code(app: Construct, settings: Settings) -> lambda_.Code:
    """Return the functions' code, built unless the command needs no assets.

    It is built before the stack and not by the CDK's own bundling, which requires the name of a Docker image
    and wraps the message of a `BundleError` in two tracebacks.

    Raises
    ------
    BundleError
        The bundle cannot be built.
    """
    if app.node.try_get_context(_BUNDLING_STACKS) == []:
        return lambda_.Code.from_inline("# not deployed")
    build_bundle(_FOLDER, allow_uncompiled=settings.allow_uncompiled_bundle)
    return lambda_.Code.from_asset(str(_FOLDER))
