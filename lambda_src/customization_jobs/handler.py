"""The module that Lambda loads. Importing it is the init phase, which creates the handler.

No other module does work at import; `wiring.create_handler` creates the same handler without this module.
"""

import gc

# The init phase creates almost no garbage, so collecting during it would only cost time.
gc.disable()

from customization_jobs.aws.bedrock import Bedrock  # noqa: E402 - after the collector is off
from customization_jobs.aws.clients import create_client  # noqa: E402
from customization_jobs.observability import Observability  # noqa: E402
from customization_jobs.settings import Settings  # noqa: E402
from customization_jobs.wiring.functions import create_handler  # noqa: E402

_settings = Settings.from_environment()
lambda_handler = create_handler(
    _settings, Bedrock(create_client(_settings, "bedrock")), Observability.from_settings(_settings)
)

# Later collections skip objects that live as long as the function instance.
gc.freeze()
gc.enable()
