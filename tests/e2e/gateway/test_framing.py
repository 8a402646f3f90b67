"""Where a request ends: no part of one is ever read as the next, as in request smuggling."""

import socket
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.e2e.gateway.harness import HIDDEN, Served, chunked, request


def test_a_chunked_body_is_a_body_and_not_the_next_request(served: Served) -> None:
    first = request("Transfer-Encoding: chunked", body=chunked(HIDDEN[:9], HIDDEN[9:]))
    answers = served.exchange(first + request("Connection: close", target="GET /next"))
    assert served.function.requests == [("POST", "/front", HIDDEN.decode()), ("GET", "/next", "")]
    assert answers.count(b"HTTP/1.1 200 ") == 2


def test_the_body_of_a_get_is_a_body_and_not_the_next_request(served: Served) -> None:
    first = request(f"Content-Length: {len(HIDDEN)}", target="GET /front", body=HIDDEN)
    served.exchange(first + request("Connection: close", target="GET /next"))
    assert served.function.requests == [("GET", "/front", HIDDEN.decode()), ("GET", "/next", "")]


@pytest.mark.parametrize(
    "headers",
    [
        # CL.TE and TE.CL
        (f"Content-Length: {len(chunked(b'x')) + len(HIDDEN)}", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 4"),
        ("Transfer-Encoding: chunked", "Content-Length: 0"),
        # TE.TE
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding: identity", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked, chunked",),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: \x0bchunked",),
        ("Transfer-Encoding: chunked\x00",),
        ("Transfer-Encoding: \xa0chunked",),
        ("Transfer-Encoding: 'chunked'",),
        ("Transfer-Encoding:", "Content-Length: 4"),
        ("Transfer-Encoding : chunked",),
        (" Transfer-Encoding: chunked",),
        ("Transfer-Encoding\t: chunked",),
        # obs-fold
        ("Transfer-Encoding:\r\n chunked",),
        ("X-Filler: a\r\n\tTransfer-Encoding: chunked", "Content-Length: 4"),
        # a bare CR, and a bare LF before the second length
        ("X-Filler: a\rTransfer-Encoding: chunked", "Content-Length: 4"),
        ("X-Filler: a\nTransfer-Encoding: chunked", "Content-Length: 4"),
        # lengths that servers read in different ways
        ("Content-Length: 4", "Content-Length: 5"),
        ("Content-Length: 4, 5",),
        ("Content-Length: +4",),
        ("Content-Length: -4",),
        ("Content-Length: 0x4",),
        ("Content-Length: 4_0",),
        ("Content-Length: \u00b2",),
        ("Content-Length: 4 4",),
        ("Content-Length:",),
        ("Content-Length: ,",),
        ("Content-Length: abc",),
    ],
)
def test_a_body_of_uncertain_length_is_refused(headers: tuple[str, ...], served: Served) -> None:
    answer = served.exchange(request(*headers, body=chunked(b"x") + HIDDEN))
    assert served.function.requests == []
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/") == 1


@pytest.mark.parametrize(
    "body",
    [
        b"1\nx\n0\n\n",
        b"1\r\nx\n0\r\n\r\n",
        b"-1\r\nx\r\n0\r\n\r\n",
        b"0x1\r\nx\r\n0\r\n\r\n",
        b"1_0\r\nxxxxxxxxxxxxxxxx\r\n0\r\n\r\n",
        b"1 \r\nx\r\n0\r\n\r\n",
        b"1;a=\nb\r\nx\r\n0\r\n\r\n",
        b"ffffffffffffffff\r\nx\r\n0\r\n\r\n",
        b"\r\n\r\n",
        b"1\r\nxy\r\n0\r\n\r\n",
        b"0\r\nX-Trailer: a\r\n\r\n",
        b"1" * 100,
    ],
)
def test_malformed_chunks_are_refused(body: bytes, served: Served) -> None:
    answer = served.exchange(request("Transfer-Encoding: chunked", body=body + HIDDEN))
    assert served.function.requests == []
    assert answer.count(b"HTTP/") <= 1
    assert answer.startswith(b"HTTP/1.1 400 ") or not answer


@pytest.mark.parametrize(
    "raw",
    [
        request("Transfer-Encoding: chunked", "Connection: keep-alive", version="1.0", body=chunked(HIDDEN)),
        b"GET /x HTTP/1.1\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /x HTTP/2.0\r\nHost: a\r\n\r\n",
        b"GET /x\r\nHost: a\r\n\r\n",
        b"GET  /x HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://localhost/x HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://[bad/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: a\r\n: no name\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: a\r\nX(): a\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_a_malformed_header_is_refused(raw: bytes, served: Served) -> None:
    answer = served.exchange(raw)
    assert served.function.requests == []
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/") == 1


@pytest.mark.parametrize("path", ["//[bad", "//localhost/x", "/a//b", "/%", "/%ff", "/\xff", "/x#y"])
def test_an_unusual_path_is_the_functions_to_judge(path: str, served: Served) -> None:
    answer = served.exchange(request("Connection: close", target=f"GET {path}"))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert len(served.function.requests) == 1


def test_headers_that_end_in_bare_line_feeds_hold_one_request(served: Served) -> None:
    # RFC 9112 lets a server read a bare LF as the end of a line, or refuse it.
    answer = served.exchange(b"GET /x HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    assert served.function.requests in ([("GET", "/x", "")], [])
    assert answer.count(b"HTTP/1.1 ") == 1


_BODIES = st.binary(max_size=40).map(lambda body: body.decode("latin-1").encode())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    requests=st.lists(st.tuples(st.booleans(), _BODIES), min_size=1, max_size=5),
    cuts=st.lists(st.integers(0, 500), max_size=4),
)
def test_requests_are_read_as_sent_however_they_are_cut(
    requests: list[tuple[bool, bytes]], cuts: list[int], served: Served
) -> None:
    served.function.requests.clear()
    raw = b"".join(
        request("Transfer-Encoding: chunked", body=chunked(*filter(None, (body[:7], body[7:]))))
        if is_chunked
        else request(f"Content-Length: {len(body)}", body=body)
        for is_chunked, body in requests
    )
    with served.converse() as client:
        client.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        places = sorted({0, *(cut % len(raw) for cut in cuts), len(raw)})
        for start, end in pairwise(places):
            client.send(raw[start:end])
        assert [client.answer()[0] for _ in requests] == [200] * len(requests)
    assert [body.encode() for _, _, body in served.function.requests] == [body for _, body in requests]
