"""Synthetic job summaries in Bedrock's format, with all fields present, and the pages of a list call."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, get_args

Spread = Literal["even", "bunched"]
SPREADS: tuple[Spread, ...] = get_args(Spread)

# Bedrock does not document its default; the figures of boto3's default pages assume this size.
DEFAULT_PAGE = 100
LARGEST_PAGE = 1000
_STATUSES = ("InProgress", "Completed", "Failed", "Stopping", "Stopped")
# Among 100 ended jobs. The step, coprime to 100, scatters the statuses over time.
_FAILED, _STOPPED, _STEP = 12, 8, 37
# The newest jobs are still running: few, as in a typical account.
RUNNING = 10
_NEWEST = datetime(2026, 9, 1, tzinfo=UTC)
_YEARS_MS = 3 * 365 * 24 * 3600 * 1000
_DAY_MS = 24 * 3600 * 1000
_FILTERS = {
    *("creationTimeAfter", "creationTimeBefore", "statusEquals", "maxResults", "nextToken"),
    *("sortBy", "sortOrder"),
}


class BadQueryError(Exception):
    """The query is invalid, or this double of Bedrock does not support it."""


class JobIndex:
    """Jobs in the order of their creation, each as JSON bytes that a page joins.

    Parameters
    ----------
    number : int
        Number of jobs.
    spread : str
        "even": created evenly over three years. "bunched": nine of ten within one day in the middle of them,
        several in one millisecond.
    running : int
        Number of the newest jobs, which are in progress.
    changed : int
        Number of jobs that have changed just now: those in progress have completed, and the others are new.
    has_details : bool
        Whether summaries have `statusDetails`, which Bedrock documents as optional.
    """

    def __init__(
        self,
        number: int,
        spread: Spread = "even",
        *,
        running: int = RUNNING,
        changed: int = 0,
        has_details: bool = True,
    ) -> None:
        times = creation_times(number, spread)
        summaries = [summary(index, number, time, running) for index, time in enumerate(times)]
        if changed:
            _change(times, summaries, running, changed)
        for each in () if has_details else summaries:
            del each["statusDetails"]
        written = [json.dumps(each, separators=(",", ":")).encode() for each in summaries]
        self._of: dict[str | None, tuple[list[int], list[bytes]]] = {None: (times, written)}
        for status in _STATUSES:
            of_status = [index for index, each in enumerate(summaries) if each["status"] == status]
            self._of[status] = (
                [times[index] for index in of_status],
                [written[index] for index in of_status],
            )

    def page(self, query: Mapping[str, str]) -> bytes:
        """Return the body of one list call; both bounds of the creation time are inclusive.

        Raises
        ------
        BadQueryError
            A parameter or its value is not supported.
        """
        if unknown := query.keys() - _FILTERS:
            raise BadQueryError(f"not supported: {', '.join(unknown)}")
        try:
            times, written = self._of[query.get("statusEquals")]
            after, before = query.get("creationTimeAfter"), query.get("creationTimeBefore")
            low = bisect_left(times, _milliseconds(after)) if after else 0
            high = bisect_right(times, _milliseconds(before)) if before else len(times)
            size = int(query.get("maxResults", DEFAULT_PAGE))
            offset = int(query.get("nextToken", "0"))
        except (KeyError, ValueError) as error:
            raise BadQueryError(str(error)) from error
        if not 0 < size <= LARGEST_PAGE:
            raise BadQueryError(f"maxResults is {size}")
        if query.get("sortOrder", "Descending") == "Ascending":
            jobs = written[low + offset : min(low + offset + size, high)]
        else:
            end = max(high - offset, low)
            jobs = written[max(end - size, low) : end][::-1]
        token = b',"nextToken":"%d"' % (offset + size) if offset + size < high - low else b""
        return b'{"modelCustomizationJobSummaries":[%b]%b}' % (b",".join(jobs), token)


def creation_times(number: int, spread: Spread) -> list[int]:
    """Return creation times, oldest first, in milliseconds since the epoch."""
    oldest = _milliseconds(_NEWEST.isoformat()) - _YEARS_MS
    if spread == "even":
        return [oldest + _YEARS_MS * index // number for index in range(number)]
    bunch = number * 9 // 10
    middle = oldest + _YEARS_MS // 2
    # Three jobs share each instant.
    bunched = [middle + _DAY_MS * (index // 3 * 3) // bunch for index in range(bunch)]
    around = [oldest + _YEARS_MS * index // (number - bunch) for index in range(number - bunch)]
    return sorted(bunched + around)


def summary(index: int, number: int, created: int, running: int = RUNNING) -> dict[str, Any]:
    """Return one summary, 1,075 bytes on average, which is a typical size."""
    status = _status(index, number, running)
    identity = f"{index * 2_654_435_761 % 16**12:012x}"
    account = "arn:aws:bedrock:us-east-1:111122223333"
    model = "anthropic.claude-3-haiku-20240307-v1:0:200k"
    name = f"support-assistant-nightly-of-the-team-{index:06d}"
    stages = [_stage("Completed", created, 1), _stage("Completed", created, 2), _stage(status, created, 3)]
    if status == "Failed":
        stages[2] = {"status": "NotStarted"}
    job = {
        "jobArn": f"{account}:model-customization-job/{model}/{identity}",
        "baseModelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{model}",
        "jobName": name,
        "status": status,
        "statusDetails": dict(
            zip(("validationDetails", "dataProcessingDetails", "trainingDetails"), stages, strict=True)
        ),
        "lastModifiedTime": _text(created + 4 * 3_600_000),
        "creationTime": _text(created),
        "endTime": _text(created + 4 * 3_600_000),
        "customModelArn": f"{account}:custom-model/{model}/{identity}",
        "customModelName": f"{name}-model",
        "customizationType": "FINE_TUNING",
    }
    if status in ("InProgress", "Stopping"):
        del job["endTime"]
    return job


def _change(times: list[int], summaries: list[dict[str, Any]], running: int, changed: int) -> None:
    now, number = _epoch_ms(datetime.now(UTC)), len(summaries)
    for job in summaries[-min(running, changed) :]:
        job |= {"status": "Completed", "endTime": _text(now), "lastModifiedTime": _text(now)}
    for index in range(number, number + changed - running):
        new = summary(index, number, now, running)
        new["status"] = "InProgress"
        new["statusDetails"] = {phase: {"status": "NotStarted"} for phase in new["statusDetails"]}
        new.pop("endTime", None)
        times.append(now)
        summaries.append(new)


def _status(index: int, number: int, running: int) -> str:
    if index >= number - running and number > running:
        return "InProgress" if index % 5 else "Stopping"
    lot = index * _STEP % 100
    if lot < _FAILED:
        return "Failed"
    return "Stopped" if lot < _FAILED + _STOPPED else "Completed"


def _stage(status: str, created: int, hours: int) -> dict[str, str]:
    changed = created + hours * 3_600_000
    return {
        "status": status,
        "creationTime": _text(changed - 3_000_000),
        "lastModifiedTime": _text(changed),
    }


def _text(milliseconds: int) -> str:
    # `fromtimestamp` of a fraction would round.
    whole, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def _milliseconds(text: str) -> int:
    return _epoch_ms(datetime.fromisoformat(text))


def _epoch_ms(time: datetime) -> int:
    return int(time.timestamp()) * 1000 + time.microsecond // 1000
