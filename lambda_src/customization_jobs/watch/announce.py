"""The bus at arm's length: transitions as events, in the documented schema (docs/events.md)."""

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.console import console_url
from customization_jobs.watch.observation import Job
from customization_jobs.watch.transition import Transition

if TYPE_CHECKING:
    from botocore.client import BaseClient

SOURCE = "bedrock-customization-jobs"
DETAIL_TYPE = "Model Customization Job "
# Of the events' `detail`. It goes up when a consumer could break; new fields break none.
SCHEMA_VERSION = "1"
# PutEvents' own limits. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
MOST_ENTRIES = 10
MOST_BYTES = 256 * 1024
_MOST_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Announcement:
    """A transition, and its job as it is known now."""

    job: Job
    transition: Transition


def detail(announcement: Announcement) -> dict[str, Any]:
    """Write an event's `detail`."""
    job, transition = announcement.job, announcement.transition
    details = dict(transition.details)
    failure = details.pop("failure", None)
    written = {
        "version": SCHEMA_VERSION,
        "id": transition.id,
        "sequence": transition.sequence,
        "kind": str(transition.kind),
        "at": transition.at,
        "foundBy": str(transition.found_by),
        "job": job.to_json(),
        "transition": {"scope": transition.scope, **details},
        "failure": failure,
        "consoleUrl": console_url(job.arn),
    }
    return {name: value for name, value in written.items() if value is not None}


class Announcer:
    """The EventBridge bus that the watch tells its news to.

    Parameters
    ----------
    client : botocore.client.BaseClient
        An `events` client, as `bedrock.make_client` makes it.
    bus : str
        Its name or ARN.
    sleep : callable
        Waits for seconds.
    """

    def __init__(
        self, client: "BaseClient", bus: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client: Any = client
        self._bus = bus
        self._sleep = sleep

    def publish(
        self,
        announcements: Sequence[Announcement],
        out_of_time: Callable[[], bool] = lambda: False,
    ) -> dict[str, str]:
        """Publish, the earlier ones first; what the bus refused is sent again a few times.

        Parameters
        ----------
        announcements : sequence of Announcement
            In the order that they happened.
        out_of_time : callable
            Asked before each call; once it says yes, nothing more is sent.

        Returns
        -------
        dict of str to str
            The ids that are not known to be published, and why. One that is among them may have been
            published all the same, when the bus's answer was lost.
        """
        entries = {each.transition.id: self._entry(each) for each in announcements}
        failed: dict[str, str] = {}
        for attempt in range(_MOST_ATTEMPTS):
            left = failed or dict.fromkeys(entries, "")
            failed = {}
            if attempt:
                self._sleep(random.uniform(0, 0.1 * 2.0**attempt))  # noqa: S311 - no secret
            for ids in _batches([(id_, entries[id_]) for id_ in left]):
                if out_of_time():
                    failed |= {id_: left[id_] or "no time was left" for id_ in ids}
                else:
                    failed |= self._put(ids, [entries[id_] for id_ in ids])
            if not failed:
                break
        return failed

    def _put(self, ids: Sequence[str], entries: Sequence[dict[str, Any]]) -> dict[str, str]:
        try:
            results = self._client.put_events(Entries=list(entries))["Entries"]
        except ClientError as error:
            return dict.fromkeys(ids, error.response["Error"].get("Code") or "an error without a code")
        except BotoCoreError as error:
            return dict.fromkeys(ids, type(error).__name__)
        return {
            id_: result.get("ErrorCode") or "no event id"
            for id_, result in zip(ids, results, strict=True)
            if not result.get("EventId")
        }

    def _entry(self, announcement: Announcement) -> dict[str, Any]:
        return {
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE + announcement.transition.kind,
            "Detail": json.dumps(detail(announcement), separators=(",", ":")),
            "Resources": [announcement.job.arn],
            "EventBusName": self._bus,
        }


def _batches(entries: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for id_, entry in entries:
        entry_size = _size(entry)
        if batch and (len(batch) == MOST_ENTRIES or size + entry_size > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(id_)
        size += entry_size
    if batch:
        yield batch


def _size(entry: dict[str, Any]) -> int:
    # As EventBridge counts. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
    counted = (entry["Source"], entry["DetailType"], entry["Detail"], *entry["Resources"])
    return sum(len(part.encode()) for part in counted)
