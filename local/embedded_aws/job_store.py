"""moto's store of customization jobs."""

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from moto.bedrock.models import BedrockBackend

    from local.simulated_jobs.job import Job


def stored_jobs(backend: "BedrockBackend") -> "dict[str, Job]":
    """Return the store, by job name, which holds this project's jobs instead of moto's.

    Several threads use it: iterate over a copy.
    """
    return cast("dict[str, Job]", backend.model_customization_jobs)
