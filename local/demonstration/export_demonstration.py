"""Runs the export function: with batches of the watch's events, and as its schedule does.

It takes the place of the queue's event source mapping.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.common.http_client import HttpResponse
from local.common.timestamps import format_timestamp
from local.demonstration.function_client import error_text, failed
from local.demonstration.watch_demonstration import WatchQueues
from local.embedded_aws.export_bucket import QUEUE, ExportBucket

_BATCH_SIZE = 1000


class ExportFailedError(Exception):
    """The export function failed; the message says why."""


class ExportDemonstration:
    """Exports what the watch has published and recorded.

    Parameters
    ----------
    invoke : callable
        Invokes the export function with an event and returns its response.
    """

    def __init__(
        self, queues: WatchQueues, bucket: ExportBucket, invoke: Callable[[object], HttpResponse]
    ) -> None:
        self._queues = queues
        self._bucket = bucket
        self._invoke = invoke

    def run(self) -> None:
        """Export the transitions so far, and a snapshot.

        Raises
        ------
        ExportFailedError
            The export function failed, or refused a record.
        """
        self._deliver()
        scheduled = format_timestamp(datetime.now(UTC))
        self._answer({"export": {"snapshot": scheduled}})
        # If the snapshot was too large for one invocation, its progress is in the queue.
        self._deliver()

    def write(self, folder: Path) -> list[tuple[str, int]]:
        """Write the objects of the bucket to a folder; return the name and size in bytes of each."""
        written = []
        for key, content in self._bucket.objects():
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            written.append((key, len(content)))
        return written

    def _deliver(self) -> None:
        while batch := self._receive():
            records = [
                {"messageId": handle, "body": json.dumps(content), "eventSource": "aws:sqs"}
                for handle, content in batch.items()
            ]
            if failures := self._answer({"Records": records})["batchItemFailures"]:
                raise ExportFailedError(f"{len(failures)} of {len(records)} records were refused.")
            for handle in batch:
                self._queues.delete(QUEUE, handle)

    def _receive(self) -> dict[str, Any]:
        batch: dict[str, Any] = {}
        while len(batch) < _BATCH_SIZE and (received := dict(self._queues.receive(QUEUE))):
            batch |= received
        return batch

    def _answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        response = self._invoke(event)
        if failed(response):
            raise ExportFailedError(error_text(response))
        return dict(response.json())
