"""Batches from the export's queue, snapshots of the schedule, partial failures, logs and metrics."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs.aws.table_scan import ScannedPage
from customization_jobs.entrypoints.export import ExportEntryPoint, ExportError
from customization_jobs.entrypoints.export_log import ExportLog
from customization_jobs.errors import ValidationException, WatchUnavailableException
from customization_jobs.export.columns import JOBS, SNAPSHOTS, TRANSITIONS
from customization_jobs.export.files import ExportFiles
from customization_jobs.export.snapshot import SnapshotExport
from customization_jobs.export.transitions import TransitionExport
from customization_jobs.observability import Observability
from tests.fakes import FakeContext
from tests.unit.conftest import Lines, metric_values
from tests.unit.export.in_memory import InMemoryBucket, InMemoryQueue, InMemoryScan
from tests.unit.export.samples import event, key, stored

ReadLines = Callable[[], tuple[Lines, Lines]]
AT = "2026-03-01T03:00:00Z"
SCHEDULED = {"export": {"snapshot": AT}}
CALL_SECONDS = 5


@dataclass
class Service:
    """The entry point with what it writes to."""

    observability: Observability
    bucket: InMemoryBucket = field(default_factory=InMemoryBucket)
    queue: InMemoryQueue = field(default_factory=InMemoryQueue)
    documents: dict[str, Any] = field(
        default_factory=lambda: {key(number): stored(number) for number in range(5)}
    )
    remaining: timedelta = timedelta(seconds=60)
    scan: Any = None

    def send(self, *bodies: Any) -> list[str]:
        """Deliver records whose ids are their numbers; return the ids of those that SQS must repeat."""
        records = [
            {
                "messageId": str(number),
                "body": body if isinstance(body, str) else json.dumps(body),
                "eventSource": "aws:sqs",
            }
            for number, body in enumerate(bodies)
        ]
        answer = self.answer({"Records": records})
        assert set(answer) == {"batchItemFailures"}
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def answer(self, sent: Any) -> dict[str, Any]:
        log = ExportLog(self.observability)
        files = ExportFiles(self.bucket, log.add_file)
        snapshots = SnapshotExport(
            self.scan or InMemoryScan(self.documents),
            files,
            self.queue,
            owner_tag="team",
            on_unreadable=log.add_unreadable,
        )
        entry_point = ExportEntryPoint(TransitionExport(files), snapshots, log, call_seconds=CALL_SECONDS)
        return entry_point.answer(sent, cast("Any", FakeContext(self.remaining)))


@pytest.fixture
def service(observability: Observability) -> Service:
    return Service(observability)


def test_a_batch_of_events_is_written_logged_and_counted(service: Service, lines: ReadLines) -> None:
    assert service.send(event(0), event(1)) == []
    assert len(service.bucket.rows(TRANSITIONS)) == 2
    metrics, logged = lines()
    (key_written,) = service.bucket.contents
    assert [(each["message"], each["kind"], each["key"], each["rows"]) for each in logged] == [
        ("Rows exported", "transitions", key_written, 2)
    ]
    assert metric_values(metrics, "Kind") == {("RowsExported", "transitions"): 2}
    # Bedrock's failure message is in the file, and nowhere else.
    assert "Input size exceeded" not in json.dumps(logged)


def test_an_event_that_is_twice_in_a_batch_is_written_once(service: Service) -> None:
    assert service.send(event(0), event(1), event(0)) == []
    assert len(service.bucket.rows(TRANSITIONS)) == 2


def test_malformed_records_hold_nobody_up_and_are_reported(service: Service, lines: ReadLines) -> None:
    malformed = ["{", "[]", event(version="2"), {"export": {}}, "[" * 100_000, {"export": {"snapshot": 1}}]
    assert service.send(*malformed[:2], event(), *malformed[2:]) == ["0", "1", "3", "4", "5", "6"]
    assert len(service.bucket.rows(TRANSITIONS)) == 1
    _, logged = lines()
    refused = {each["record"]: each["reason"] for each in logged if each["message"] == "Export refused"}
    assert refused["0"] == "the record's body is not JSON"
    assert refused["3"] == "version 2 of the events; this function reads 1"
    assert refused["4"].startswith("export.snapshot is None; allowed: ")


def test_malformed_records_alone_are_no_error_of_the_function(service: Service) -> None:
    assert service.send("{") == ["0"]


def test_a_day_that_cannot_be_written_repeats_its_own_records(service: Service, lines: ReadLines) -> None:
    service.bucket.faults.fail_at = {1}
    first, second = event(0), event(1, at="2026-03-02T00:00:00Z")
    assert service.send(first, second, first) == ["0", "2"]
    _, logged = lines()
    (failed,) = [each for each in logged if each["level"] == "WARNING"]
    assert (failed["message"], failed["reason"], failed["records"]) == ("Export failed", "SlowDown: later", 2)
    assert service.send(first, first) == []
    assert len(service.bucket.rows(TRANSITIONS)) == 2


def test_if_nothing_can_be_written_it_raises_so_that_lambda_counts_an_error(service: Service) -> None:
    service.bucket.faults.fail_at = {1}
    with pytest.raises(ExportError, match="Nothing could be exported: SlowDown: later"):
        service.send(event(), "{")


def test_nothing_is_written_when_there_is_no_time_for_a_call(service: Service) -> None:
    service.remaining = timedelta(seconds=CALL_SECONDS + 1)
    with pytest.raises(ExportError, match="no time was left"):
        service.send(event())
    service.remaining = timedelta(seconds=CALL_SECONDS + 2)
    assert service.send(event()) == []


def test_a_dead_letter_is_replayed_as_the_event_itself(service: Service) -> None:
    assert service.answer(event()) == {"exported": event()["detail"]["id"]}
    service.bucket.faults.fail_at = {2}
    with pytest.raises(ExportError, match="The transition could not be exported: SlowDown: later"):
        service.answer(event())
    with pytest.raises(ValidationException, match="The event cannot be exported: version 2"):
        service.answer(event(version="2"))


def test_a_schedule_exports_a_snapshot(service: Service, lines: ReadLines) -> None:
    assert service.answer(SCHEDULED) == {
        "snapshot": "2026-03-01T03:00:00.000Z",
        "complete": True,
        "jobs": 5,
        "unreadable": 0,
    }
    assert len(service.bucket.rows(JOBS)) == 5
    metrics, _ = lines()
    assert metric_values(metrics, "Kind") == {("RowsExported", "jobs"): 5, ("SnapshotsExported",): 1}


def test_a_snapshot_that_runs_out_of_time_continues_through_the_queue(service: Service) -> None:
    # There is no time left to read a page, write its part and send the next message.
    service.remaining = timedelta(seconds=3 * CALL_SECONDS + 1)
    answers = [service.answer(SCHEDULED)]
    assert answers == [
        {"snapshot": "2026-03-01T03:00:00.000Z", "complete": False, "jobs": 3, "unreadable": 0}
    ]
    (message,) = service.queue.messages
    # The same batch has transitions, which are written first.
    service.queue.messages.clear()
    assert service.send(message, event()) == []
    assert service.queue.messages == []
    assert [row["jobs"] for row in service.bucket.rows(SNAPSHOTS)] == [5]
    assert (len(service.bucket.rows(JOBS)), len(service.bucket.rows(TRANSITIONS))) == (5, 1)


def test_with_time_for_three_more_calls_a_snapshot_reads_on(service: Service) -> None:
    service.remaining = timedelta(seconds=3 * CALL_SECONDS + 2)
    assert service.answer(SCHEDULED)["complete"]


@pytest.mark.parametrize(("calls", "problem"), [({1}, "SlowDown: later"), ({2}, "Throttled: later")])
def test_a_snapshot_that_cannot_be_written_or_continued_raises_so_that_it_is_repeated(
    service: Service, calls: set[int], problem: str
) -> None:
    service.queue.faults = service.bucket.faults
    service.bucket.faults.fail_at = calls
    service.remaining = timedelta(seconds=1)
    with pytest.raises(ExportError, match=f"The snapshot could not be exported: {problem}."):
        service.answer(SCHEDULED)
    assert service.bucket.rows(SNAPSHOTS) == []


def test_a_table_that_does_not_answer_is_named(service: Service) -> None:
    service.scan = InMemoryScan(service.documents)
    service.scan.faults.fail_at = {1}
    with pytest.raises(WatchUnavailableException, match="throttled"):
        service.answer(SCHEDULED)


def test_a_snapshot_that_fails_repeats_its_own_record(service: Service, lines: ReadLines) -> None:
    service.scan = InMemoryScan(service.documents)
    service.scan.faults.fail_at = {1}
    assert service.send(event(), SCHEDULED) == ["1"]
    assert len(service.bucket.rows(TRANSITIONS)) == 1
    _, logged = lines()
    assert [each["reason"] for each in logged if each["message"] == "Export failed"] == ["throttled"]


def test_an_unforeseen_exception_of_a_snapshot_does_not_repeat_the_transitions(
    service: Service, lines: ReadLines
) -> None:
    class Broken:
        def read(self, start: str | None, *, limit: int) -> ScannedPage:
            raise RuntimeError(f"bug at {start} {limit}")

    service.scan = Broken()
    assert service.send(event(), SCHEDULED) == ["1"]
    _, logged = lines()
    assert [each["exception_name"] for each in logged if "exception" in each] == ["RuntimeError"]


def test_unreadable_records_are_counted_and_the_first_few_are_logged(
    service: Service, lines: ReadLines
) -> None:
    service.documents |= {key(100 + number): {} for number in range(12)}
    for _ in range(2):
        assert service.answer(SCHEDULED)["unreadable"] == 12
        metrics, logged = lines()
        assert metric_values(metrics, "Kind")["RecordsNotExported",] == 12
        reasons = [each["reason"] for each in logged if each["message"] == "A record was not readable"]
        assert len(reasons) == 10
        assert key(100) in reasons[0]
    service.documents = {}
    service.answer(SCHEDULED)
    assert ("RecordsNotExported",) not in metric_values(lines()[0], "Kind")


def test_an_input_that_is_no_snapshot_is_refused(service: Service) -> None:
    with pytest.raises(ValidationException, match="snapshot is 'now'; allowed"):
        service.answer({"export": {"snapshot": "now"}})
