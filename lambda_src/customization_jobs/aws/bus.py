"""Adapter for an EventBridge bus. It publishes events in batches, and retries those that the bus refuses."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.backoff import jittered_pause

if TYPE_CHECKING:
    from botocore.client import BaseClient

# The limits of PutEvents. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
MAX_ENTRIES = 10
MAX_BYTES = 256 * 1024
_MAX_ATTEMPTS = 4
_OUT_OF_TIME = "no time was left"


class BusEvent(NamedTuple):
    """An event to publish.

    Attributes
    ----------
    id : str
        Unique in a call of `EventBus.publish`.
    source, detail_type : str
        Rules match on these.
    detail : mapping
        JSON.
    resource : str
        ARN of the resource that the event is about.
    """

    id: str
    source: str
    detail_type: str
    detail: Mapping[str, Any]
    resource: str


class EventBus:
    """Publishes events.

    Parameters
    ----------
    open_client : callable
        Creates an `events` client with `create_client`. Called when there are events to publish.
    bus : str
        Name or ARN.
    sleep : callable
        Waits for a number of seconds.
    """

    def __init__(
        self,
        open_client: Callable[[], "BaseClient"],
        bus: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._open_client = open_client
        self._bus = bus
        self._sleep = sleep

    def publish(
        self, events: Sequence[BusEvent], out_of_time: Callable[[], bool] = lambda: False
    ) -> dict[str, str]:
        """Publish events in order, and retry those that the bus refuses.

        Parameters
        ----------
        out_of_time : callable
            Checked before each call; once it returns true, nothing more is sent.

        Returns
        -------
        dict of str to str
            The reason for each event, by id, that is not known to be published. It may have been published
            nevertheless, if the bus's answer was lost.
        """
        entries = {event.id: self._entry(event) for event in events}
        failed = self._publish_once(entries, dict.fromkeys(entries, ""), out_of_time)
        for attempt in range(1, _MAX_ATTEMPTS):
            if not failed:
                break
            self._sleep(jittered_pause(attempt, base=0.1))
            failed = self._publish_once(entries, failed, out_of_time)
        return failed

    @cached_property
    def _client(self) -> Any:
        return self._open_client()

    def _publish_once(
        self,
        entries: Mapping[str, dict[str, Any]],
        pending: Mapping[str, str],
        out_of_time: Callable[[], bool],
    ) -> dict[str, str]:
        """Publish the pending entries, given by id with the reason for their last failure."""
        failed: dict[str, str] = {}
        for ids in _batches({event_id: entries[event_id] for event_id in pending}):
            if out_of_time():
                failed |= {event_id: pending[event_id] or _OUT_OF_TIME for event_id in ids}
            else:
                failed |= self._put(ids, [entries[event_id] for event_id in ids])
        return failed

    def _put(self, ids: Sequence[str], entries: Sequence[dict[str, Any]]) -> dict[str, str]:
        try:
            results = self._client.put_events(Entries=list(entries))["Entries"]
        except ClientError as error:
            return dict.fromkeys(ids, error.response["Error"].get("Code") or "an error without a code")
        except BotoCoreError as error:
            return dict.fromkeys(ids, type(error).__name__)
        return {
            event_id: result.get("ErrorCode") or "no event id"
            for event_id, result in zip(ids, results, strict=True)
            if not result.get("EventId")
        }

    def _entry(self, event: BusEvent) -> dict[str, Any]:
        return {
            "Source": event.source,
            "DetailType": event.detail_type,
            "Detail": json.dumps(event.detail, separators=(",", ":")),
            "Resources": [event.resource],
            "EventBusName": self._bus,
        }


def _batches(entries: Mapping[str, dict[str, Any]]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for event_id, entry in entries.items():
        entry_size = _size(entry)
        if batch and (len(batch) == MAX_ENTRIES or size + entry_size > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event_id)
        size += entry_size
    if batch:
        yield batch


def _size(entry: dict[str, Any]) -> int:
    # As EventBridge counts. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
    counted = (entry["Source"], entry["DetailType"], entry["Detail"], *entry["Resources"])
    return sum(len(part.encode()) for part in counted)
