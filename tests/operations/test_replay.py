"""A replay invokes the function once for each dead letter, and deletes only those that succeed."""

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from operations import replay as module
from operations.replay import Outcome, main, original_event, replay

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:watch:live"
TICK = {"schedule": {"executionId": "e"}, "sweep": "all-jobs", "query": {}}
CHANGE = {
    "source": "aws.bedrock",
    "detail-type": "Model Customization Job State Change",
    "detail": {"jobName": "tone-1", "jobStatus": "Failed"},
}


def record(event: Any) -> dict[str, Any]:
    """Return what Lambda sends to a failure destination."""
    return {
        "version": "1.0",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "requestContext": {"requestId": "r", "functionArn": FUNCTION, "condition": "RetriesExhausted"},
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "3", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "WatchUnavailableException"},
    }


@dataclass
class FakeLambda:
    """Stands in for a Lambda client."""

    problem: Callable[[Any], str | Exception | None] = lambda _: None
    events: list[Any] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto's names
        """Answer like Lambda."""
        assert FunctionName == FUNCTION
        event = json.loads(Payload)
        self.events.append(event)
        problem = self.problem(event)
        if isinstance(problem, Exception):
            raise problem
        if problem:
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": io.BytesIO(problem.encode())}
        return {"StatusCode": 200, "Payload": io.BytesIO(b"{}")}


@dataclass
class Queue:
    """A queue in moto."""

    sqs: Any
    url: str

    def send(self, *bodies: Any) -> None:
        for body in bodies:
            text = body if isinstance(body, str) else json.dumps(body)
            self.sqs.send_message(QueueUrl=self.url, MessageBody=text)

    def visible(self) -> list[str]:
        messages = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, VisibilityTimeout=0, WaitTimeSeconds=0
        )
        return [each["Body"] for each in messages.get("Messages", [])]


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    monkeypatch.setattr(module, "_POLL_SECONDS", 0)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        sqs: Any = botocore.session.Session().create_client("sqs", region_name="us-east-1")
        yield Queue(sqs, sqs.create_queue(QueueName="dead-letters")["QueueUrl"])


def run(queue: Queue, function: FakeLambda, **more: Any) -> tuple[Outcome, list[str]]:
    reported: list[str] = []
    return replay(queue.sqs, function, queue.url, FUNCTION, report=reported.append, **more), reported


@pytest.mark.parametrize("event", [TICK, CHANGE, {"requestPayload": 1}, [1], None])
def test_the_original_event_of_a_dead_letter_is_returned(event: Any) -> None:
    assert original_event(json.dumps(event)) == event
    assert original_event(json.dumps(record(event))) == event


def test_messages_that_the_function_processes_are_deleted(queue: Queue) -> None:
    queue.send(record(TICK), record(CHANGE), TICK, CHANGE)
    function = FakeLambda()
    outcome, reported = run(queue, function)
    assert outcome == Outcome(succeeded=4, failed=0)
    assert sorted(function.events, key=str) == sorted([TICK, CHANGE, TICK, CHANGE], key=str)
    assert queue.visible() == []
    assert len(reported) == 4


def test_a_failed_message_is_tried_once_and_is_visible_again_immediately(queue: Queue) -> None:
    queue.send(record(TICK), CHANGE, "not JSON")
    function = FakeLambda(lambda event: '{"errorType": "Bad"}' if event == CHANGE else None)
    outcome, reported = run(queue, function)
    assert outcome == Outcome(succeeded=1, failed=2)
    assert len(function.events) == 2
    assert sorted(queue.visible()) == sorted([json.dumps(CHANGE), "not JSON"])
    text = "\n".join(reported)
    assert 'left in the queue: the function raised {"errorType": "Bad"}' in text
    assert "left in the queue: it is not JSON" in text


def test_a_message_is_kept_if_the_function_cannot_be_invoked(queue: Queue) -> None:
    queue.send(TICK)
    refused = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "Rate"}}, "Invoke")
    outcome, reported = run(queue, FakeLambda(lambda _: refused))
    assert outcome == Outcome(succeeded=0, failed=1)
    assert "TooManyRequestsException" in reported[0]
    assert queue.visible() == [json.dumps(TICK)]


def test_messages_that_arrive_during_a_replay_are_left_in_the_queue(queue: Queue) -> None:
    queue.send(TICK)
    outcome, _ = run(queue, FakeLambda(), now=lambda: time.time() - 60)
    assert outcome == Outcome(succeeded=0, failed=1)
    assert queue.visible() == [json.dumps(TICK)]


def test_a_message_that_arrived_later_does_not_block_older_ones(queue: Queue) -> None:
    queue.send(CHANGE)
    time.sleep(0.05)
    started = time.time()
    time.sleep(0.05)
    queue.send(TICK)

    class NewestFirst:
        """A queue has no order: this one returns the newest message first."""

        def __init__(self) -> None:
            self._held = queue.sqs.receive_message(
                QueueUrl=queue.url, MaxNumberOfMessages=10, AttributeNames=["SentTimestamp"]
            )["Messages"]
            self._held.sort(key=lambda each: int(each["Attributes"]["SentTimestamp"]))

        def receive_message(self, **_: Any) -> dict[str, Any]:
            return {"Messages": [self._held.pop()]} if self._held else {}

        def __getattr__(self, name: str) -> Any:
            return getattr(queue.sqs, name)

    function = FakeLambda()
    reported: list[str] = []
    outcome = replay(
        NewestFirst(), function, queue.url, FUNCTION, report=reported.append, now=lambda: started
    )
    assert outcome == Outcome(succeeded=1, failed=1)
    assert function.events == [CHANGE]
    assert "it arrived after the replay started" in reported[0]
    assert queue.visible() == [json.dumps(TICK)]


def test_a_message_that_is_received_again_ends_the_replay(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_VISIBILITY_TIMEOUT_SECONDS", 0)
    queue.send(TICK)
    function = FakeLambda(lambda _: "failed")
    assert run(queue, function)[0] == Outcome(succeeded=0, failed=1)
    assert len(function.events) == 1


def test_an_interrupted_replay_returns_failed_messages_to_the_queue(queue: Queue) -> None:
    queue.send(CHANGE, TICK)

    def stop(event: Any) -> str:
        if event == TICK:
            raise KeyboardInterrupt
        return "failed"

    with pytest.raises(KeyboardInterrupt):
        run(queue, FakeLambda(stop))
    assert json.dumps(CHANGE) in queue.visible()


class FakeSession:
    """Returns clients of moto's queue and of a fake function."""

    def __init__(self, queue: Queue, function: FakeLambda) -> None:
        self.clients = {"sqs": queue.sqs, "lambda": function}
        self.config: Any = None

    def create_client(self, service: str, config: Any = None) -> Any:
        self.config = config or self.config
        return self.clients[service]


def test_the_command_line_reports_the_outcome_and_exits_with_it(
    queue: Queue, capsys: pytest.CaptureFixture[str]
) -> None:
    queue.send(TICK)
    session: Any = FakeSession(queue, FakeLambda())
    with pytest.raises(SystemExit) as end:
        main([queue.url, FUNCTION], session)
    assert end.value.code == 0
    assert capsys.readouterr().out.endswith("Replayed 1, left 0 in the queue.\n")
    # It waits for the longest invocation, and never starts a second one concurrently.
    assert session.config.read_timeout > 900
    assert session.config.retries["total_max_attempts"] == 1
    queue.send("not JSON")
    with pytest.raises(SystemExit) as end:
        main([queue.url, FUNCTION], session)
    assert end.value.code == 1


def test_a_wrong_queue_ends_in_a_sentence(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    session: Any = FakeSession(queue, FakeLambda())
    with pytest.raises(SystemExit) as end:
        main([f"{queue.url}-of-another-stack", FUNCTION], session)
    assert end.value.code == (
        f"The replay of {queue.url}-of-another-stack ended: An error occurred "
        "(AWS.SimpleQueueService.NonExistentQueue) when calling the ReceiveMessage operation: "
        "The specified queue does not exist.\n"
        "QUEUE is an output of the stack whose name ends in DeadLetterQueueUrl. The credentials and "
        "the region of the environment must be those of the stack."
    )
    assert capsys.readouterr().out == ""


def test_a_missing_region_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit, match="ended: You must specify a region"):
        main(["https://sqs.us-east-1.amazonaws.com/111122223333/NAME", FUNCTION])


def test_an_invalid_command_line_prints_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 2
    assert "queue" in capsys.readouterr().err
