"""The demonstration of the export, with a queue in memory."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from local.common.http_client import HttpResponse
from local.demonstration.export_demonstration import ExportDemonstration, ExportFailedError
from local.embedded_aws.export_bucket import QUEUE, ExportBucket
from tests.unit.local.demonstration.test_watch_demonstration import FakeQueues


class Objects:
    def objects(self) -> Iterator[tuple[str, bytes]]:
        yield "kind=jobs/date=2026-03-01/a.jsonl.gz", b"abc"
        yield "kind=snapshots/date=2026-03-01/b.jsonl.gz", b""


class Function:
    """Reports the records in `refused` as failed, and cuts a snapshot, whose progress goes to the queue."""

    def __init__(self, queues: FakeQueues) -> None:
        self.queues = queues
        self.invoked: list[Any] = []
        self.refused: list[str] = []
        self.fails = False

    def __call__(self, event: object) -> HttpResponse:
        self.invoked.append(event)
        if self.fails:
            error = b'{"errorType": "ExportError", "errorMessage": "no"}'
            return HttpResponse(200, {"x-amz-function-error": "Unhandled"}, error)
        if isinstance(event, Mapping) and "export" in event:
            self.queues.events[QUEUE]["3"] = {"export": {"snapshot": "t", "startKey": "k"}}
            return HttpResponse(200, {}, b'{"complete": false}')
        failures = [{"itemIdentifier": each} for each in self.refused]
        return HttpResponse(200, {}, json.dumps({"batchItemFailures": failures}).encode())


def demonstration() -> tuple[ExportDemonstration, Function]:
    queues = FakeQueues()
    queues.events[QUEUE] |= {"1": {"detail": 1}, "2": {"detail": 2}}
    function = Function(queues)
    return ExportDemonstration(queues, cast("ExportBucket", Objects()), function), function


def test_transitions_are_delivered_as_a_batch_then_the_snapshot_and_its_continuation() -> None:
    shown, function = demonstration()
    shown.run()
    first, snapshot, second = function.invoked
    assert [(each["messageId"], json.loads(each["body"])) for each in first["Records"]] == [
        ("1", {"detail": 1}),
        ("2", {"detail": 2}),
    ]
    assert list(snapshot["export"]) == ["snapshot"]
    assert [json.loads(each["body"])["export"]["startKey"] for each in second["Records"]] == ["k"]
    assert not function.queues.events[QUEUE]


def test_a_refused_record_and_a_failed_function_end_the_export() -> None:
    shown, function = demonstration()
    function.refused = ["2"]
    with pytest.raises(ExportFailedError, match="1 of 2 records were refused"):
        shown.run()
    function.fails = True
    with pytest.raises(ExportFailedError, match="ExportError: no"):
        shown.run()


def test_the_objects_of_the_bucket_become_files(tmp_path: Path) -> None:
    shown, _ = demonstration()
    assert shown.write(tmp_path) == [
        ("kind=jobs/date=2026-03-01/a.jsonl.gz", 3),
        ("kind=snapshots/date=2026-03-01/b.jsonl.gz", 0),
    ]
    assert (tmp_path / "kind=jobs/date=2026-03-01/a.jsonl.gz").read_bytes() == b"abc"
