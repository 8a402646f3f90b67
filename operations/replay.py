"""Sends dead letters again: each message of a queue goes to a function, and is deleted if that succeeds.

`python -m operations.replay QUEUE FUNCTION`: the queue's URL and the function's ARN, of the stack's outputs.
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

# Lambda's longest timeout, and time for the answer: an invocation that is given up here would run on there.
_LONGEST_INVOCATION_SECONDS = 15 * 60 + 30
# Nobody else is handed a message while it is replayed; one that failed is given back at the end.
_HIDDEN_SECONDS = _LONGEST_INVOCATION_SECONDS + 60
# A long poll asks all of SQS's servers, so an empty answer says that the queue is empty.
_POLL_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a replay went.

    Attributes
    ----------
    succeeded : int
        Messages that the function took, and that are deleted.
    failed : int
        Messages that are still in the queue.
    """

    succeeded: int
    failed: int


def event_of(body: str) -> Any:
    """Take the original event out of a dead letter.

    Parameters
    ----------
    body : str
        What Lambda's failure destination sends holds the event as `requestPayload`; what EventBridge and
        EventBridge Scheduler send is the event.

    Raises
    ------
    ValueError
        It is no JSON.
    """
    letter = json.loads(body)
    # A destination's record has both; an event of ours has neither.
    if isinstance(letter, Mapping) and {"requestContext", "requestPayload"} <= letter.keys():
        return letter["requestPayload"]
    return letter


def replay(
    sqs: Any,
    lambda_: Any,
    queue: str,
    function: str,
    *,
    tell: Callable[[str], None] = print,
    now: Callable[[], float] = time.time,
) -> Outcome:
    """Replay each message that was in the queue when this began, once.

    Delivery: at least once. A message whose deletion fails is replayed by the next run as well, which harms
    nothing: the watch tells a transition under the same id.

    Parameters
    ----------
    sqs, lambda_ : botocore.client.BaseClient
        The clients. `lambda_` must wait as long as the function may run.
    queue : str
        The queue's URL.
    function : str
        The function's ARN, with its alias.
    tell : callable
        Told of each message, and why it failed.
    now : callable
        The clock, in epoch seconds.

    Returns
    -------
    Outcome
        The figures.
    """
    began_ms = now() * 1000
    succeeded = 0
    failed: dict[str, str] = {}
    try:
        while message := _receive(sqs, queue):
            id_, receipt = message["MessageId"], message["ReceiptHandle"]
            is_late = int(message["Attributes"]["SentTimestamp"]) > began_ms
            if id_ in failed:
                # It came back: this is the end.
                failed[id_] = receipt
                break
            if is_late:
                # It came meanwhile, perhaps because of this replay. A queue has no order: others may follow.
                failed[id_] = receipt
                tell(f"{id_}: left in the queue: it came after the replay began")
                continue
            problem = _invoke(lambda_, function, message["Body"])
            if problem:
                failed[id_] = receipt
                tell(f"{id_}: left in the queue: {problem}")
                continue
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=receipt)
            succeeded += 1
            tell(f"{id_}: replayed and deleted")
    finally:
        for receipt in failed.values():
            # To be seen again at once, by the alarm too.
            sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=receipt, VisibilityTimeout=0)
    return Outcome(succeeded, len(failed))


def _receive(sqs: Any, queue: str) -> dict[str, Any] | None:
    messages: list[dict[str, Any]] = sqs.receive_message(
        QueueUrl=queue,
        # One by one: who stops the program has one message at most in the air.
        MaxNumberOfMessages=1,
        VisibilityTimeout=_HIDDEN_SECONDS,
        WaitTimeSeconds=_POLL_SECONDS,
        AttributeNames=["SentTimestamp"],
    ).get("Messages", [])
    return messages[0] if messages else None


def _invoke(lambda_: Any, function: str, body: str) -> str | None:
    """Invoke, and return what went wrong."""
    try:
        event = event_of(body)
    except ValueError:
        return "it is no JSON"
    try:
        answer = lambda_.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    except (ClientError, BotoCoreError) as error:
        return str(error)
    if "FunctionError" in answer:
        return f"the function raised {answer['Payload'].read().decode(errors='replace')[:500]}"
    return None


def main(arguments: Sequence[str] | None = None, session: botocore.session.Session | None = None) -> None:
    """Replay what the command line names; the exit status is 1 if messages are left.

    Parameters
    ----------
    arguments : sequence of str or None
        None takes those of the command line.
    session : botocore.session.Session or None
        None makes one from the environment's credentials and region.
    """
    parser = argparse.ArgumentParser(prog="python -m operations.replay", description=__doc__)
    parser.add_argument("queue", help="the queue's URL: DeadLetterQueueUrl or EventDeadLetterQueueUrl")
    parser.add_argument("function", help="the function's ARN: WatchFunctionArn")
    given = parser.parse_args(arguments)
    session = session or botocore.session.Session()
    # One attempt: a retry after a timeout would run the function twice at once.
    patient = Config(read_timeout=_LONGEST_INVOCATION_SECONDS, retries={"total_max_attempts": 1})
    outcome = replay(
        session.create_client("sqs"),
        session.create_client("lambda", config=patient),
        given.queue,
        given.function,
        tell=_say,
    )
    _say(f"Replayed {outcome.succeeded}, left {outcome.failed} in the queue.")
    sys.exit(1 if outcome.failed else 0)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
