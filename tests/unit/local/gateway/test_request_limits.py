import json

import pytest

from local.gateway.http_messages import Request
from local.gateway.request_limits import MAXIMUM_BODY_BYTES, MAXIMUM_HEADER_BYTES, refuse_oversize


def _request(target: str = "/", value: str = "", body: bytes = b"") -> Request:
    return Request("GET", target, [("Host", "localhost"), ("X-Filler", value)], body, "127.0.0.1")


_USED = len("GET/localhost")


def test_a_request_at_its_limits_is_accepted() -> None:
    value = "x" * (MAXIMUM_HEADER_BYTES - _USED)
    assert refuse_oversize(_request(value=value, body=bytes(MAXIMUM_BODY_BYTES))) is None


@pytest.mark.parametrize(
    "request_",
    [
        _request(value="x" * (MAXIMUM_HEADER_BYTES - _USED + 1)),
        _request(target="/" * (MAXIMUM_HEADER_BYTES - _USED + 2)),
    ],
)
def test_a_large_header_is_refused(request_: Request) -> None:
    response = refuse_oversize(request_)
    assert response
    assert response.status == 431
    message = "The request line and headers have 10241 bytes, which exceeds the limit of 10240 bytes."
    assert json.loads(response.body) == {"message": message}


def test_a_large_body_is_refused() -> None:
    response = refuse_oversize(_request(body=bytes(MAXIMUM_BODY_BYTES + 1)))
    assert response
    assert response.status == 413
    message = "The body exceeds the limit of 10485760 bytes."
    assert json.loads(response.body) == {"message": message}
