"""The vocabulary of Bedrock's jobs.

Another kind of Bedrock job would start here as a `JobKind`. The uses of `MODEL_CUSTOMIZATION` show what else
is specific to one kind.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias


class JobKind(NamedTuple):
    """The names by which Bedrock's API and events refer to one kind of job.

    Attributes
    ----------
    list_operation, get_operation : str
        Operations of the `bedrock` service model.
    summaries : str
        Field of the list operation's answer that holds the job summaries.
    identifier : str
        Input of the get operation: a job's name or ARN.
    state_change : str
        Detail type of the events that Bedrock publishes when a job's status changes.
    """

    list_operation: str
    get_operation: str
    summaries: str
    identifier: str
    state_change: str


MODEL_CUSTOMIZATION = JobKind(
    list_operation="ListModelCustomizationJobs",
    get_operation="GetModelCustomizationJob",
    summaries="modelCustomizationJobSummaries",
    identifier="jobIdentifier",
    state_change="Model Customization Job State Change",
)

# The events that the watch publishes: their source, and the version of their `detail`. The version increases
# with changes that could break a consumer; new fields break none.
EVENT_SOURCE = "bedrock-customization-jobs"
EVENT_VERSION = "1"

IN_PROGRESS = "InProgress"
STOPPING = "Stopping"
COMPLETED = "Completed"
FAILED = "Failed"
STOPPED = "Stopped"
# Statuses that no other status follows. Stopping is not one of them.
TERMINAL = (COMPLETED, FAILED, STOPPED)

# The phases of a job in order. `statusDetails` names each with the suffix "Details".
PHASES = ("validation", "dataProcessing", "training")
# A phase has either a job's status or this one.
NOT_STARTED = "NotStarted"

# Stands for an absent `customizationType`, which is optional in a summary.
NOT_REPORTED = "NotReported"

Summary: TypeAlias = Mapping[str, Any]
# Returns how many seconds a job may be in progress.
LimitOf: TypeAlias = Callable[[Summary], float]

_MODELS = (":foundation-model", ":custom-model")


def last_change(end: Any, last_modified: Any, creation: Any) -> Any:
    """Return the time of a job's last known change. Once a job has ended, that is its end time."""
    return end or last_modified or creation


def phase_details(phase: str) -> str:
    """Return the field of `statusDetails` that describes a phase."""
    return f"{phase}Details"


def base_model(arn: str) -> str:
    """Return the id of the foundation model of a job's base model, such as `amazon.nova-lite-v1:0:300k`.

    The ARN of a custom model contains the id of its foundation model, so the number of distinct ids is
    bounded by the number of foundation models. Any other ARN is returned as it is.
    """
    kind, _, model = arn.partition("/")
    return model.partition("/")[0] if kind.endswith(_MODELS) else arn
