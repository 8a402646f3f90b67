"""The embedded Bedrock's own events: sent to the account's default bus, at best effort."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.jobs import Job, wire_time

SOURCE = "aws.bedrock"
DETAIL_TYPE = "Model Customization Job State Change"
# Every third is lost: Bedrock promises no more than its best effort, and here it is bad enough to be seen.
LOST_EVERY = 3


class StateChanges:
    """Sends an event for each change of a job's status, and loses some on purpose.

    Parameters
    ----------
    put : callable
        Puts one entry of PutEvents on the default bus.
    """

    def __init__(self, put: Callable[[dict[str, Any]], object]) -> None:
        self._put = put
        self._changes = 0

    def tell(self, job: Job) -> None:
        """Send the event of a job whose status has just changed, or lose it; the log says which."""
        self._changes += 1
        lost = self._changes % LOST_EVERY == 0
        if not lost:
            self._put(entry(job))
        said = {"event": "lost" if lost else "sent", "jobName": job.name, "status": job.status}
        print(json.dumps(said), flush=True)


def entry(job: Job) -> dict[str, Any]:
    """Write the event as PutEvents takes it."""
    return {
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Detail": json.dumps(_detail(job)),
        "Resources": [job.job_arn],
    }


def _detail(job: Job) -> Mapping[str, Any]:
    """Write the event's `detail`: much like GetModelCustomizationJob, in part by other names."""
    told = job.detail()
    told["jobStatus"] = told.pop("status")
    # Bedrock's events have no phases, nor the type.
    for name in ("statusDetails", "customizationType"):
        told.pop(name, None)
    return {"version": "0.0", **told, "lastModifiedTime": wire_time(job.last_modified_time)}
