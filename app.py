"""CDK entry point: reads the settings and synthesizes the stack. docs/settings.md lists the settings."""

import sys

import aws_cdk as cdk

from infra.asset import function_code
from infra.bundling import BundleError
from infra.constructs.nag import add_checks
from infra.settings.context import SettingsError, read_settings
from infra.stack import CustomizationJobsStack

_NO_ALARM_ADDRESS = (
    "customizationJobs.alarmEmail is not set: alarms reach nobody until an address is subscribed to the "
    "topic AlarmTopicArn.\n"
)


def main() -> None:
    """Synthesize the stack, or exit with the message of an invalid setting or a failed build."""
    app = cdk.App()
    try:
        settings = read_settings(app.node.get_all_context())
        code = function_code(app, settings)
    except (SettingsError, BundleError) as error:
        sys.exit(str(error))
    if settings.alarm_email is None:
        sys.stderr.write(_NO_ALARM_ADDRESS)
    CustomizationJobsStack(app, "CustomizationJobs", code=code, settings=settings)
    add_checks(app)
    app.synth()


if __name__ == "__main__":
    main()
