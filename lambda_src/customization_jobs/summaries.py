"""What a job's summary says of it, read tolerantly: Bedrock leaves fields out, and its values grow."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

# A status that no other one follows; Stopping is none of them.
TERMINAL = ("Completed", "Failed", "Stopped")
# `customizationType` is optional in a summary.
NOT_REPORTED = "NotReported"

Summary: TypeAlias = Mapping[str, Any]
# How many seconds a job may be in progress.
LimitOf: TypeAlias = Callable[[Summary], float]

_MODELS = (":foundation-model", ":custom-model")


def end_time(job: Summary) -> str:
    """Say when a job that is over ended; its last change is its end, or later."""
    ended: str = job.get("endTime") or job.get("lastModifiedTime") or job["creationTime"]
    return ended


def base_model(job: Summary) -> str:
    """Name the model that a job starts from by its id, such as `amazon.nova-lite-v1:0:300k`.

    A custom model is named by the foundation model behind it, which its ARN tells, so that there are as few
    names as models to choose from, and not as many as models that were made. Another ARN is its own name.
    """
    arn: str = job["baseModelArn"]
    kind, _, model = arn.partition("/")
    return model.partition("/")[0] if kind.endswith(_MODELS) else arn
