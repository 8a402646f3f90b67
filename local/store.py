"""moto's store of Bedrock, with our jobs in it."""

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from moto.bedrock.models import BedrockBackend

    from local.jobs import Job


def stored_jobs(backend: "BedrockBackend") -> "dict[str, Job]":
    """Return moto's store, by job name: our jobs in the place of moto's. Other threads may add some."""
    return cast("dict[str, Job]", backend.model_customization_jobs)
