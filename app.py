"""CDK entry: settings in, one stack out. `cdk.json` holds the settings, infra/settings.py explains them."""

import sys

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from infra.asset import function_code
from infra.bundling import BundleError
from infra.settings import Settings, SettingsError
from infra.stack import CustomizationJobsStack


def main() -> None:
    """Synthesise the stack; a bad setting or a missing tool ends it with one sentence."""
    app = cdk.App()
    try:
        settings = Settings.from_context(app.node.get_all_context())
        code = function_code(app, settings)
    except (SettingsError, BundleError) as error:
        sys.exit(str(error))
    CustomizationJobsStack(app, "CustomizationJobs", code=code, settings=settings)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


if __name__ == "__main__":
    main()
