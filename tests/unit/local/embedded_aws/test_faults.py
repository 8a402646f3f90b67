import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import Client

from local.embedded_aws.faults import FAULTS_PATH, Faults

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


def _application(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 ", [])
    return [b"jobs"]


@pytest.fixture
def client() -> Client:
    return Client(Faults(_application))


def test_without_a_fault_the_application_answers(client: Client) -> None:
    assert client.get("/").get_data() == b"jobs"


def test_a_fault_affects_the_requested_number_of_requests(client: Client) -> None:
    client.post(FAULTS_PATH, json={"error": "ThrottlingException", "message": "Slow down.", "times": 2})
    for _ in range(2):
        response = client.get("/")
        assert (response.status_code, response.headers["x-amzn-ErrorType"]) == (429, "ThrottlingException")
        assert json.loads(response.get_data()) == {"message": "Slow down."}
    assert client.get("/").status_code == 200


def test_a_fault_without_a_number_lasts_until_it_is_removed(client: Client) -> None:
    client.post(FAULTS_PATH, json={"status": 502, "body": "<html>"})
    responses = [client.get("/") for _ in range(3)]
    assert [(each.status_code, each.get_data()) for each in responses] == [(502, b"<html>")] * 3
    client.delete(FAULTS_PATH)
    assert client.get("/").status_code == 200
