"""Dead letters go to the function once each, and are gone only when it took them."""

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from operations import replay as module
from operations.replay import Outcome, event_of, main, replay

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:watch:live"
TICK = {"schedule": {"executionId": "e"}, "sweep": "all-jobs", "query": {}}
CHANGE = {
    "source": "aws.bedrock",
    "detail-type": "Model Customization Job State Change",
    "detail": {"jobName": "tone-1", "jobStatus": "Failed"},
}


def record(event: Any) -> dict[str, Any]:
    """Write what Lambda sends to a failure destination."""
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
        """Answer as Lambda does."""
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
    """A queue of moto."""

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
    said: list[str] = []
    return replay(queue.sqs, function, queue.url, FUNCTION, tell=said.append, **more), said


@pytest.mark.parametrize("event", [TICK, CHANGE, {"requestPayload": 1}, [1], None])
def test_the_event_of_a_letter_is_the_original_one(event: Any) -> None:
    assert event_of(json.dumps(event)) == event
    assert event_of(json.dumps(record(event))) == event


def test_what_the_function_takes_is_deleted(queue: Queue) -> None:
    queue.send(record(TICK), record(CHANGE), TICK, CHANGE)
    function = FakeLambda()
    outcome, said = run(queue, function)
    assert outcome == Outcome(succeeded=4, failed=0)
    assert sorted(function.events, key=str) == sorted([TICK, CHANGE, TICK, CHANGE], key=str)
    assert queue.visible() == []
    assert len(said) == 4


def test_what_fails_stays_is_tried_once_and_can_be_seen_at_once(queue: Queue) -> None:
    queue.send(record(TICK), CHANGE, "no JSON")
    function = FakeLambda(lambda event: '{"errorType": "Bad"}' if event == CHANGE else None)
    outcome, said = run(queue, function)
    assert outcome == Outcome(succeeded=1, failed=2)
    assert len(function.events) == 2
    assert sorted(queue.visible()) == sorted([json.dumps(CHANGE), "no JSON"])
    text = "\n".join(said)
    assert 'left in the queue: the function raised {"errorType": "Bad"}' in text
    assert "left in the queue: it is no JSON" in text


def test_a_function_that_cannot_be_invoked_keeps_the_letter(queue: Queue) -> None:
    queue.send(TICK)
    refused = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "Rate"}}, "Invoke")
    outcome, said = run(queue, FakeLambda(lambda _: refused))
    assert outcome == Outcome(succeeded=0, failed=1)
    assert "TooManyRequestsException" in said[0]
    assert queue.visible() == [json.dumps(TICK)]


def test_letters_that_come_meanwhile_are_left_so_that_it_ends(queue: Queue) -> None:
    queue.send(TICK)
    outcome, _ = run(queue, FakeLambda(), now=lambda: time.time() - 60)
    assert outcome == Outcome(succeeded=0, failed=1)
    assert queue.visible() == [json.dumps(TICK)]


def test_a_late_letter_does_not_keep_the_others_back(queue: Queue) -> None:
    queue.send(CHANGE)
    time.sleep(0.05)
    began = time.time()
    time.sleep(0.05)
    queue.send(TICK)

    class NewestFirst:
        """A queue has no order: this one hands out the late letter first."""

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
    said: list[str] = []
    outcome = replay(NewestFirst(), function, queue.url, FUNCTION, tell=said.append, now=lambda: began)
    assert outcome == Outcome(succeeded=1, failed=1)
    assert function.events == [CHANGE]
    assert "it came after the replay began" in said[0]
    assert queue.visible() == [json.dumps(TICK)]


def test_a_letter_that_comes_back_ends_it(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HIDDEN_SECONDS", 0)
    queue.send(TICK)
    function = FakeLambda(lambda _: "failed")
    assert run(queue, function)[0] == Outcome(succeeded=0, failed=1)
    assert len(function.events) == 1


def test_what_was_not_tried_is_given_back_when_it_is_stopped(queue: Queue) -> None:
    queue.send(CHANGE, TICK)

    def stop(event: Any) -> str:
        if event == TICK:
            raise KeyboardInterrupt
        return "failed"

    with pytest.raises(KeyboardInterrupt):
        run(queue, FakeLambda(stop))
    assert json.dumps(CHANGE) in queue.visible()


class FakeSession:
    """Hands out moto's queue and a fake function."""

    def __init__(self, queue: Queue, function: FakeLambda) -> None:
        self.clients = {"sqs": queue.sqs, "lambda": function}
        self.config: Any = None

    def create_client(self, service: str, config: Any = None) -> Any:
        self.config = config or self.config
        return self.clients[service]


def test_the_command_line(queue: Queue, capsys: pytest.CaptureFixture[str]) -> None:
    queue.send(TICK)
    session: Any = FakeSession(queue, FakeLambda())
    with pytest.raises(SystemExit) as end:
        main([queue.url, FUNCTION], session)
    assert end.value.code == 0
    assert capsys.readouterr().out.endswith("Replayed 1, left 0 in the queue.\n")
    # It waits for the longest invocation, and never runs a second one beside it.
    assert session.config.read_timeout > 900
    assert session.config.retries["total_max_attempts"] == 1
    queue.send("no JSON")
    with pytest.raises(SystemExit) as end:
        main([queue.url, FUNCTION], session)
    assert end.value.code == 1


def test_a_wrong_command_line_says_what_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 2
    assert "queue" in capsys.readouterr().err
