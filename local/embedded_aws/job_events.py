"""The events that Bedrock sends to the account's default bus when the status of a job changes."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local.common.timestamps import format_timestamp
from local.simulated_jobs.job import Job

SOURCE = "aws.bedrock"
DETAIL_TYPE = "Model Customization Job State Change"
# Bedrock's delivery is best effort. A third of the events is dropped here, for the sweep to find.
DROP_EVERY = 3


class JobEvents:
    """Sends events, drops some on purpose, and logs which.

    Parameters
    ----------
    put : callable
        Puts one entry of PutEvents on the default bus.
    """

    def __init__(self, put: Callable[[dict[str, Any]], object]) -> None:
        self._put = put
        self._changes = 0

    def send(self, job: Job) -> None:
        """Send or drop the event of a job whose status has just changed."""
        self._changes += 1
        dropped = self._changes % DROP_EVERY == 0
        if not dropped:
            self._put(event_entry(job))
        line = {"event": "dropped" if dropped else "sent", "jobName": job.name, "status": job.status}
        print(json.dumps(line), flush=True)


def event_entry(job: Job) -> dict[str, Any]:
    """Build the event as an entry of PutEvents."""
    return {
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Detail": json.dumps(_detail(job)),
        "Resources": [job.job_arn],
    }


def _detail(job: Job) -> Mapping[str, Any]:
    """Build the event's `detail`: GetModelCustomizationJob's fields, some under other names."""
    fields = job.detail()
    fields["jobStatus"] = fields.pop("status")
    # Bedrock's events have neither phases nor the customization type.
    for name in ("statusDetails", "customizationType"):
        fields.pop(name, None)
    return {"version": "0.0", **fields, "lastModifiedTime": format_timestamp(job.last_modified_time)}
