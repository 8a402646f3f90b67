"""The queue adapter with a real client. moto or a stub answers it without a socket."""

from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from customization_jobs.aws.clients import create_client
from customization_jobs.aws.queue import Queue, QueueError
from tests.unit.aws.moto_clients import SETTINGS, moto_client, received

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/export"


def queue(url: str = URL) -> tuple[Any, Queue]:
    client: Any = create_client(SETTINGS, "sqs")
    return client, Queue(client, url)


@pytest.mark.usefixtures("_moto")
def test_a_message_arrives_as_json() -> None:
    url = moto_client("sqs").create_queue(QueueName="export")["QueueUrl"]
    queue(url)[1].send({"export": {"größe": [1]}})
    assert received(url) == [{"export": {"größe": [1]}}]


def test_a_refusal_is_an_error_with_the_reason() -> None:
    client, sent = queue()
    with Stubber(client) as stub:
        stub.add_client_error("send_message", "QueueDoesNotExist", "no")
        with pytest.raises(QueueError) as raised:
            sent.send({})
    assert str(raised.value) == "QueueDoesNotExist: no"


def test_a_failed_connection_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    client, sent = queue()

    def time_out(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://sqs")

    monkeypatch.setattr(client, "send_message", time_out)
    with pytest.raises(QueueError, match="ConnectTimeoutError: "):
        sent.send({})
