"""The topic adapter with a real client. moto or a stub answers it without a socket."""

import json
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from customization_jobs.aws.clients import create_client
from customization_jobs.aws.topic import Topic, TopicError, message_attributes
from tests.unit.aws.moto_clients import SETTINGS, received

ARN = "arn:aws:sns:us-east-1:123456789012:mail"


def topic(arn: str = ARN) -> tuple[Any, Topic]:
    client: Any = create_client(SETTINGS, "sns")
    return client, Topic(client, arn)


def test_a_message_reaches_the_topic_with_subject_and_attributes(topics: tuple[str, str, str]) -> None:
    mail, _, url = topics
    _, published = topic(mail)
    published.publish("two\nlines", {"kind": ["Failed"], "jobName": ["a", "b"]}, subject="FAILED 2 jobs")
    (message,) = received(url)
    assert (message["Subject"], message["Message"]) == ("FAILED 2 jobs", "two\nlines")
    assert message["MessageAttributes"] == {
        "kind": {"Type": "String", "Value": "Failed"},
        "jobName": {"Type": "String.Array", "Value": '["a", "b"]'},
    }


def test_a_message_without_a_subject_is_sent_without_one() -> None:
    client, published = topic()
    with Stubber(client) as stub:
        expected = {"TopicArn": ARN, "Message": "text", "MessageAttributes": {}}
        stub.add_response("publish", {"MessageId": "1"}, expected)
        published.publish("text", {})
        stub.assert_no_pending_responses()


def test_several_values_are_an_array_of_json() -> None:
    values = ['"quoted"', "名前"]
    attribute = message_attributes({"jobName": values})["jobName"]
    assert attribute["DataType"] == "String.Array"
    assert json.loads(attribute["StringValue"]) == values


@pytest.mark.parametrize(
    ("code", "message", "problem"),
    [
        ("AuthorizationError", "no", "AuthorizationError: no"),
        ("", "no", "an error without a code: no"),
    ],
)
def test_a_refusal_is_an_error_with_the_reason(code: str, message: str, problem: str) -> None:
    client, published = topic()
    with Stubber(client) as stub:
        stub.add_client_error("publish", code, message)
        with pytest.raises(TopicError) as raised:
            published.publish("text", {})
    assert str(raised.value) == problem


def test_a_failed_connection_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    client, published = topic()

    def time_out(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://sns")

    monkeypatch.setattr(client, "publish", time_out)
    with pytest.raises(TopicError, match="ConnectTimeoutError: "):
        published.publish("text", {})
