"""The embedded AWS's routes, called without a socket."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import Client

from local.common.server_process import READY_PATH
from local.embedded_aws.application import EmbeddedAws
from local.embedded_aws.signing import authorization, signed_service

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


def _bedrock(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("503 ", [])
    return [b"Bedrock"]


@pytest.fixture
def client() -> Client:
    return Client(EmbeddedAws(_bedrock, region="us-east-1", account="123456789012"))


def test_it_is_ready_even_while_bedrock_has_a_fault(client: Client) -> None:
    assert client.get(READY_PATH).status_code == 200


def test_a_request_without_a_target_is_bedrocks(client: Client) -> None:
    assert client.get("/model-customization-jobs").get_data() == b"Bedrock"


def test_a_request_that_is_signed_for_sns_goes_to_it(client: Client) -> None:
    headers = {"Authorization": authorization("us-east-1", "sns")}
    response = client.get("/?Action=ListTopics", headers=headers)
    assert response.status_code == 200
    assert b"<ListTopicsResponse" in response.get_data()


@pytest.mark.parametrize("header", ["", "Basic x", "AWS4-HMAC-SHA256 Credential=, Signature=0"])
def test_a_header_without_a_scope_names_no_service(header: str) -> None:
    assert signed_service(header) == ""


def test_a_request_with_a_target_goes_to_that_service(client: Client) -> None:
    headers = {
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
        "Authorization": authorization("us-east-1", "dynamodb"),
    }
    response = client.post("/", data="{}", headers=headers)
    assert (response.status_code, json.loads(response.get_data())) == (200, {"TableNames": []})
