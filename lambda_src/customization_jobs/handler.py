"""The module that Lambda loads. Its import is the init phase: everything an invocation needs is made here.

This is the one deliberate work at import; `wiring.create_handler` makes the same handler without it.
"""

import gc

# Nothing that the init phase makes is garbage, so collecting during it only costs time.
gc.disable()

from customization_jobs.aws.bedrock import Bedrock  # noqa: E402 - after the collector is off
from customization_jobs.aws.clients import create_client  # noqa: E402
from customization_jobs.observability import Observability  # noqa: E402
from customization_jobs.settings import Settings  # noqa: E402
from customization_jobs.wiring import create_handler  # noqa: E402

_settings = Settings.from_environment()
lambda_handler = create_handler(
    _settings, Bedrock(create_client(_settings, "bedrock")), Observability.from_settings(_settings)
)

# Later collections skip objects that live as long as the function instance.
gc.freeze()
gc.enable()
