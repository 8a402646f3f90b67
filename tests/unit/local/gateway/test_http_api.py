"""The HTTP API of the local gateway: events of payload 2.0, and API Gateway's own answers."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.gateway.function import Function
from local.gateway.http_api import HttpApi, proxy_event
from local.gateway.http_messages import Request, Response
from local.gateway.jwt_authorizer import JwtAuthorizer
from local.gateway.lambda_environment import Context, LambdaEnvironment
from local.gateway.token_issuer import TokenIssuer

ISSUER = TokenIssuer()
AUTHORIZER = JwtAuthorizer(ISSUER.name, ["jobs"], ["jobs/read"], ISSUER.key_set)
TOKEN = ISSUER.sign(sub="ana", aud="jobs", scope="jobs/read")
TRACE = "Root=1-0-0"


def _request(target: str = "/x", method: str = "GET", token: str = TOKEN, headers: Any = ()) -> Request:
    authorization = [("Authorization", f"Bearer {token}")] if token else []
    sent = [("Host", "127.0.0.1:8080"), ("User-Agent", "test"), *authorization, *headers]
    return Request(method, target, sent, b"", "127.0.0.1")


def _send(
    handler: Callable[[Any, Context], Any], request: Request | None = None, timeout: float = 5
) -> Response:
    function = Function(LambdaEnvironment(handler, 5), "us-east-1")
    return HttpApi(function, AUTHORIZER, timeout).answer(request or _request())


def _echo(event: Any, _context: Context) -> dict[str, Any]:
    return {"statusCode": 200, "headers": {"X-A": "b"}, "body": json.dumps(event)}


def test_the_event_has_the_fields_of_a_real_event(event: Callable[[str], Any]) -> None:
    real = event("api-gateway-http-jwt")
    built = proxy_event(
        _request("/model-customization-jobs?maxResults=3", headers=[("Accept", "*/*")]),
        {"claims": {}, "scopes": None},
        TRACE,
    )
    assert set(built) == set(real)
    assert set(built["requestContext"]) == set(real["requestContext"])
    assert set(built["requestContext"]["http"]) == set(real["requestContext"]["http"])
    assert set(real["headers"]) - {"content-length"} <= set(built["headers"])


def test_the_function_gets_the_claims_and_the_query() -> None:
    response = _send(_echo, _request("/a%20b?x=1&x=2%2C3&empty="))
    assert response.status == 200
    event = json.loads(response.body)
    assert event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "ana"
    assert event["requestContext"]["authorizer"]["jwt"]["scopes"] == ["jobs/read"]
    assert (event["rawPath"], event["rawQueryString"]) == ("/a b", "x=1&x=2%2C3&empty=")
    assert event["queryStringParameters"] == {"x": "1,2,3", "empty": ""}
    headers = dict(response.headers)
    assert headers["X-A"] == "b"
    assert headers["apigw-requestid"] == event["requestContext"]["requestId"]


def test_repeated_headers_are_joined_and_the_root_is_a_route() -> None:
    event = json.loads(_send(_echo, _request("/", headers=[("Accept", "a"), ("accept", "b")])).body)
    assert event["headers"]["accept"] == "a,b"
    assert event["routeKey"] == "GET /"
    assert "queryStringParameters" not in event
    assert "pathParameters" not in event


@pytest.mark.parametrize(
    ("token", "status", "body"),
    [
        ("", 401, b'{"message":"Unauthorized"}'),
        ("x", 401, b'{"message":"Unauthorized"}'),
        (ISSUER.sign(aud="jobs", scope="openid"), 403, b'{"message":"Forbidden"}'),
    ],
)
def test_a_refused_request_does_not_reach_the_function(token: str, status: int, body: bytes) -> None:
    response = _send(lambda *_: pytest.fail("invoked"), _request(token=token))
    assert (response.status, response.body) == (status, body)
    assert dict(response.headers)["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_have_no_route(method: str) -> None:
    response = _send(lambda *_: pytest.fail("invoked"), _request(method=method))
    assert (response.status, response.body) == (404, b'{"message":"Not Found"}')


def _raise(_event: Any, _context: Context) -> None:
    raise ValueError


@pytest.mark.parametrize(
    ("handler", "status", "message"),
    [
        (_raise, 500, "Internal Server Error"),
        (lambda _event, _context: {"no": "answer"}, 500, "Internal Server Error"),
        (lambda _event, _context: time.sleep(0.2), 503, "Service Unavailable"),
    ],
)
def test_a_failed_function_is_an_error_of_the_gateway(handler: Any, status: int, message: str) -> None:
    response = _send(handler, timeout=0.05)
    assert (response.status, json.loads(response.body)) == (status, {"message": message})


def test_too_long_headers_are_refused_before_the_token_is_read() -> None:
    assert _send(_raise, _request(headers=[("X", "a" * 10_240)])).status == 431
