"""Replays dead letters: invokes a function with each message of a queue, and deletes those that succeed.

`python -m operations.replay QUEUE FUNCTION`, where the queue's URL and the function's ARN are outputs of the
stack.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# Lambda's longest timeout and a margin: an invocation that times out on this side would continue on Lambda.
_INVOCATION_TIMEOUT_SECONDS = 15 * 60 + 30
# Hides a message from other consumers during its replay. Failed messages become visible again at the end.
_VISIBILITY_TIMEOUT_SECONDS = _INVOCATION_TIMEOUT_SECONDS + 60
# Long polling queries all SQS servers, so that an empty answer means an empty queue.
_POLL_SECONDS = 5
_REPORTED_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a replay.

    Attributes
    ----------
    succeeded : int
        Number of messages that the function processed, and that were deleted.
    failed : int
        Number of messages that are still in the queue.
    """

    succeeded: int
    failed: int


def original_event(body: str) -> Any:
    """Return the original event of a dead letter.

    Parameters
    ----------
    body : str
        A message's body. Lambda's failure destination wraps the event as `requestPayload`; EventBridge and
        EventBridge Scheduler send the event itself.

    Raises
    ------
    ValueError
        The body is not JSON.
    """
    content = json.loads(body)
    # Only a record of Lambda's destination has both fields.
    if isinstance(content, Mapping) and {"requestContext", "requestPayload"} <= content.keys():
        return content["requestPayload"]
    return content


def replay(
    sqs: Any,
    lambda_: Any,
    queue: str,
    function: str,
    *,
    report: Callable[[str], None] = print,
    now: Callable[[], float] = time.time,
) -> Outcome:
    """Replay each message that is in the queue at the start, once.

    Delivery is at least once: if deleting a message fails, the next run replays it again. That is harmless,
    because the watch publishes a transition again under the same id. A notification is sent again.

    Parameters
    ----------
    sqs, lambda_ : botocore.client.BaseClient
        The clients. The read timeout of `lambda_` must exceed the timeout of the function.
    queue : str
        URL of the queue.
    function : str
        ARN of the function, with its alias.
    report : callable
        Called with one line of text for each message.
    now : callable
        The clock, in epoch seconds.
    """
    started_ms = now() * 1000
    succeeded = 0
    failed: dict[str, str] = {}
    try:
        while message := _receive(sqs, queue):
            message_id, receipt = message["MessageId"], message["ReceiptHandle"]
            if message_id in failed:
                # Its visibility timeout has expired, so this run has received every message.
                failed[message_id] = receipt
                break
            if int(message["Attributes"]["SentTimestamp"]) > started_ms:
                # The replay itself may have caused it. A queue has no order: older messages may follow.
                problem = "it arrived after the replay started"
            else:
                problem = _invoke(lambda_, function, message["Body"])
            if problem:
                failed[message_id] = receipt
                report(f"{message_id}: left in the queue: {problem}")
                continue
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=receipt)
            succeeded += 1
            report(f"{message_id}: replayed and deleted")
    finally:
        for receipt in failed.values():
            # Visible again immediately, also to the alarm on the queue.
            sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=receipt, VisibilityTimeout=0)
    return Outcome(succeeded, len(failed))


def _receive(sqs: Any, queue: str) -> dict[str, Any] | None:
    messages: list[dict[str, Any]] = sqs.receive_message(
        QueueUrl=queue,
        # One at a time, so that an interrupted run leaves at most one message in flight.
        MaxNumberOfMessages=1,
        VisibilityTimeout=_VISIBILITY_TIMEOUT_SECONDS,
        WaitTimeSeconds=_POLL_SECONDS,
        AttributeNames=["SentTimestamp"],
    ).get("Messages", [])
    return messages[0] if messages else None


def _invoke(lambda_: Any, function: str, body: str) -> str:
    """Invoke the function, and return the problem; empty on success."""
    try:
        event = original_event(body)
    except ValueError:
        return "it is not JSON"
    try:
        answer = lambda_.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    except (ClientError, BotoCoreError) as error:
        return str(error)
    if "FunctionError" in answer:
        error_text = answer["Payload"].read().decode(errors="replace")
        return f"the function raised {error_text[:_REPORTED_CHARACTERS]}"
    return ""


def main(arguments: Sequence[str] | None = None, session: botocore.session.Session | None = None) -> None:
    """Run the command line. The exit status is 1 if messages are left or the queue cannot be read.

    Parameters
    ----------
    arguments : sequence of str or None
        If None, those of the process.
    session : botocore.session.Session or None
        If None, a session with the credentials and the region of the environment.
    """
    parser = argparse.ArgumentParser(prog="python -m operations.replay", description=__doc__)
    parser.add_argument("queue", help="the queue's URL, an output of the stack: ...DeadLetterQueueUrl")
    parser.add_argument(
        "function",
        help="the function's ARN: NotificationFunctionArn for NotificationDeadLetterQueueUrl, else "
        "WatchFunctionArn",
    )
    parsed = parser.parse_args(arguments)
    try:
        outcome = _replay(session or botocore.session.Session(), parsed.queue, parsed.function)
    except (ClientError, BotoCoreError) as error:
        sys.exit(
            f"The replay of {parsed.queue} ended: {error}\n"
            "QUEUE is an output of the stack whose name ends in DeadLetterQueueUrl. The credentials and "
            "the region of the environment must be those of the stack."
        )
    _print(f"Replayed {outcome.succeeded}, left {outcome.failed} in the queue.")
    sys.exit(1 if outcome.failed else 0)


def _replay(session: botocore.session.Session, queue: str, function: str) -> Outcome:
    # One attempt: a retry after a timeout would invoke the function while the first invocation still runs.
    config = Config(read_timeout=_INVOCATION_TIMEOUT_SECONDS, retries={"total_max_attempts": 1})
    sqs, lambda_ = session.create_client("sqs"), session.create_client("lambda", config=config)
    return replay(sqs, lambda_, queue, function, report=_print)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
