"""What Lambda loads: the init phase, which has a full CPU, makes everything that each call then finds made.

This is the one deliberate work at import; `composition.compose` makes the same handler without it.
"""

import gc

# Nothing that the init phase makes is garbage: the collector would look through it again and again.
gc.disable()

from customization_jobs.bedrock import Bedrock, make_client  # noqa: E402 - after the collector is off
from customization_jobs.composition import compose  # noqa: E402
from customization_jobs.observability import Observability  # noqa: E402
from customization_jobs.settings import Settings  # noqa: E402

_settings = Settings.from_environment()
lambda_handler = compose(_settings, Bedrock(make_client(_settings)), Observability.from_settings(_settings))

# Nor does a later collection look at what lives as long as the function does.
gc.freeze()
gc.enable()
