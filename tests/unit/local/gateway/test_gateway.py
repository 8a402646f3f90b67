import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.gateway.gateway import Gateway
from local.gateway.http_messages import Request, Response
from local.gateway.lambda_environment import Context, LambdaEnvironment


def _get(handler: Callable[[Any, Context], Any], timeout: float = 5) -> Response:
    gateway = Gateway(LambdaEnvironment(handler, 5), "us-east-1", timeout)
    return gateway.answer(Request("GET", "/x", [], b"", "127.0.0.1"))


def _raise(_event: Any, _context: Context) -> None:
    raise ValueError


def test_an_http_request_becomes_an_event() -> None:
    def handler(event: Any, _context: Context) -> dict[str, Any]:
        return {"statusCode": 201, "body": event["requestContext"]["stage"]}

    response = _get(handler)
    assert (response.status, response.body) == (201, b"prod")


@pytest.mark.parametrize(
    ("handler", "status", "message"),
    [
        (_raise, 502, "Internal server error"),
        (lambda _event, _context: {"no": "answer"}, 502, "Internal server error"),
        (lambda _event, _context: time.sleep(0.2), 504, "Endpoint request timed out"),
    ],
)
def test_a_failed_function_is_an_error_of_the_gateway(handler: Any, status: int, message: str) -> None:
    response = _get(handler, timeout=0.05)
    assert (response.status, json.loads(response.body)) == (status, {"message": message})


@pytest.mark.parametrize(
    ("target", "location"), [("/", "/board"), ("/?fleet=true&a=%20", "/board?fleet=true&a=%20")]
)
def test_the_root_leads_to_the_board(target: str, location: str) -> None:
    gateway = Gateway(LambdaEnvironment(_raise, 5), "us-east-1")
    response = gateway.answer(Request("GET", target, [], b"", "127.0.0.1"))
    assert (response.status, dict(response.headers)) == (302, {"Location": location})
    assert gateway.answer(Request("POST", target, [], b"", "127.0.0.1")).status == 502


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/trends", "/board?trends=true"),
        ("/trends?nameContains=a", "/board?trends=true&nameContains=a"),
    ],
)
def test_trends_lead_browsers_to_the_charts_and_other_clients_to_the_api(target: str, location: str) -> None:
    def handler(event: Any, _context: Context) -> dict[str, Any]:
        return {"statusCode": 200, "body": event["path"]}

    gateway = Gateway(LambdaEnvironment(handler, 5), "us-east-1")
    # As Chromium and Firefox ask for a page.
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    response = gateway.answer(Request("GET", target, [("Accept", accept)], b"", "127.0.0.1"))
    assert (response.status, dict(response.headers)) == (302, {"Location": location})
    for other in ([], [("Accept", "*/*")], [("Accept", "text/csv")]):
        assert gateway.answer(Request("GET", target, other, b"", "127.0.0.1")).body == b"/trends"
