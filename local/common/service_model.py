"""Bedrock's service model, as botocore carries it."""

import functools

from botocore.loaders import Loader
from botocore.model import ServiceModel


@functools.cache
def service_model() -> ServiceModel:
    """Load the model once."""
    return ServiceModel(Loader().load_service_model("bedrock", "service-2"), "bedrock")
