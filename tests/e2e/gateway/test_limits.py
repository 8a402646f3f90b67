"""Requests that exceed API Gateway's limits: which are refused with a reason, and which are cut off."""

import json

import pytest

from local.gateway.http_messages import Request, Response
from local.gateway.request_limits import MAXIMUM_BODY_BYTES
from tests.e2e.gateway.harness import HIDDEN, Function, Served, chunked, request, serving


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (request(f"X-Filler: {'x' * 11_000}"), 431),
        (request(f"X-Filler: {'x' * 1_000_000}"), 431),
        (request(*["X: y"] * 100_000), 431),
        (request(target=f"GET /{'x' * 11_000}"), 431),
        (request("Content-Length: 10485761", body=bytes(10_485_761)), 413),
        (request("Content-Length: 50000000", body=bytes(50_000_000)), 413),
        (request("Transfer-Encoding: chunked", body=chunked(bytes(10_485_761))), 413),
        (request("Transfer-Encoding: chunked", body=chunked(*[bytes(0x400000)] * 6)), 413),
    ],
    ids=["header", "long header", "many headers", "path", "body", "long body", "chunked body", "many chunks"],
)
def test_a_request_beyond_the_limits_is_refused_with_the_reason(
    raw: bytes, status: int, served: Served
) -> None:
    with served.converse() as client:
        client.send(raw)
        answered, body = client.answer()
        assert answered == status
        assert "exceeds the limit of" in json.loads(body)["message"]
        client.send(request(target="GET /next"))
        assert client.answer()[0] == 200
    assert served.function.requests == [("GET", "/next", "")]


def test_no_more_of_a_body_is_kept_than_shows_that_it_is_too_large() -> None:
    kept = []

    def answer(received: Request) -> Response:
        kept.append(len(received.body))
        return Response(200, [], b"")

    with serving(answer) as port:
        Served(port, Function()).exchange(
            request("Content-Length: 50000000", "Connection: close", body=bytes(50_000_000))
        )
    assert kept == [MAXIMUM_BODY_BYTES + 1]


@pytest.mark.parametrize(
    "raw",
    [
        request(f"X-Filler: {'x' * 2_000_000}"),
        request("X: y", target=f"GET /{'x' * 10_000_000}"),
        request(*["X: y"] * 400_000),
        request(f"Content-Length: {10**10}", body=HIDDEN),
        request(f"Content-Length: {'9' * 30}", body=HIDDEN),
        request("Transfer-Encoding: chunked", body=b"7fffffff\r\n" + HIDDEN),
    ],
    ids=["header", "path", "many headers", "length", "longer length", "chunk"],
)
def test_a_request_far_beyond_the_limits_is_cut_off(raw: bytes, served: Served) -> None:
    answer = served.exchange(raw)
    assert answer.startswith(b"HTTP/1.1 400 ") or not answer
    assert served.function.requests == []
    assert served.get() == 200
