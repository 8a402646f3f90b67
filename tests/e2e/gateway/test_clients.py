"""Many clients and slow clients; connections that are kept and closed."""

import contextlib
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from local.common.server_process import HOST, READY_PATH
from local.gateway.gateway import Gateway
from local.gateway.http_messages import Request, Response
from local.gateway.http_server import MAXIMUM_CONNECTIONS
from local.gateway.lambda_environment import LambdaEnvironment
from tests.e2e.conftest import eventually
from tests.e2e.gateway.conftest import CLIENT_SECONDS
from tests.e2e.gateway.harness import LARGE, Function, Served, read_to_end, request, serving


def test_requests_in_one_packet_are_answered_in_order(served: Served) -> None:
    paths = [f"/{number}" for number in range(20)]
    with served.converse() as client:
        client.send(b"".join(request(target=f"GET {path}") for path in paths))
        answers = [client.answer() for _ in paths]
    assert answers == [(200, f"answer to {path}".encode()) for path in paths]


def test_a_connection_is_kept_for_further_requests(served: Served) -> None:
    with contextlib.closing(served.client()) as client:
        sockets = set()
        for _ in range(3):
            client.request("GET", "/x")
            assert client.getresponse().read() == b"answer to /x"
            sockets.add(client.sock)
    assert len(sockets) == 1
    assert None not in sockets


@pytest.mark.parametrize(("version", "header"), [("1.1", "Connection: close"), ("1.0", "X-Filler: a")])
def test_a_connection_is_closed_when_the_client_says_so(version: str, header: str, served: Served) -> None:
    with served.converse() as client:
        client.send(request(header, target="GET /x", version=version))
        assert client.answer() == (200, b"answer to /x")
        assert client.ended()


def test_a_connection_of_http_1_0_is_kept_if_the_client_asks_for_it(served: Served) -> None:
    with served.converse() as client:
        for path in ("/1", "/2"):
            client.send(request("Connection: keep-alive", target=f"GET {path}", version="1.0"))
            assert client.answer() == (200, f"answer to {path}".encode())


@pytest.mark.parametrize(
    "path", ["/", "/x", "/malformed", "/model-customization-jobs?maxResults=3", READY_PATH]
)
def test_head_is_answered_as_get_without_a_body(path: str, served: Served) -> None:
    answers = []
    with contextlib.closing(served.client()) as client:
        for method in ("HEAD", "GET"):
            client.request(method, path)
            response = client.getresponse()
            answers.append((response.status, response.headers["Content-Length"], response.headers.keys()))
            body = response.read()
            assert len(body) == (0 if method == "HEAD" else int(response.headers["Content-Length"]))
    assert answers[0] == answers[1]
    raw = served.exchange(request("Connection: close", target=f"HEAD {path}"))
    assert raw.endswith(b"\r\n\r\n")
    assert raw.count(b"\r\n\r\n") == 1


def test_a_client_may_ask_before_it_sends_a_body(served: Served) -> None:
    with served.converse() as client:
        client.send(request("Expect: 100-continue", "Content-Length: 5"))
        assert client.answer() == (100, b"")
        client.send(b"hello")
        assert client.answer()[0] == 200
    assert served.function.requests == [("POST", "/front", "hello")]


def test_two_hundred_connections_are_answered_by_a_function_that_runs_once_at_a_time(served: Served) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(served.converse()) for _ in range(200)]
        for number, client in enumerate(clients):
            client.send(request(target=f"GET /{number}"))
        answers = [client.answer() for client in clients]
    assert answers == [(200, f"answer to /{number}".encode()) for number in range(200)]
    assert served.function.most_running == 1


def test_a_connection_too_many_is_turned_away_until_another_ends(served: Served) -> None:
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(served.connect()) for _ in range(MAXIMUM_CONNECTIONS)]
        assert served.exchange(b"").startswith(b"HTTP/1.1 503 ")
        connections[0].close()
        assert eventually(lambda: served.exchange(request("Connection: close")).startswith(b"HTTP/1.1 200 "))


@pytest.mark.parametrize(
    "slow",
    [
        b"",
        b"GET /x HTTP/1.1\r\nHost: localhost\r\nX-Filler: ",
        request("Content-Length: 1000"),
        request("Transfer-Encoding: chunked", body=b"1000\r\n"),
    ],
)
def test_slow_clients_are_cut_while_others_are_answered(slow: bytes, hasty: Served) -> None:
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(hasty.connect()) for _ in range(100)]
        for connection in connections:
            connection.sendall(slow)
        threads = stack.enter_context(ThreadPoolExecutor(1))
        trickling = threads.submit(_trickle, connections[0])
        assert hasty.get() == 200
        assert not trickling.done(), "nobody waits for a slow client"
        # A client that sends a byte now and then is cut off too.
        assert trickling.result(10) < 3 * CLIENT_SECONDS
        assert all(read_to_end(connection) == b"" for connection in connections[1:])
    assert hasty.function.requests == [("GET", "/x", "")]


def _trickle(connection: socket.socket) -> float:
    """Send a byte now and then; return the seconds after which the server closed the connection."""
    started = time.monotonic()
    with contextlib.suppress(ConnectionError):
        while time.monotonic() - started < 10:
            connection.sendall(b"a")
            time.sleep(CLIENT_SECONDS / 10)
    return time.monotonic() - started


def test_a_connection_without_a_next_request_is_closed(hasty: Served) -> None:
    with hasty.converse() as client:
        client.send(request(target="GET /x"))
        assert client.answer()[0] == 200
        assert client.ended()


def test_a_client_that_does_not_read_its_answer_is_cut(hasty: Served) -> None:
    with hasty.connect() as connection:
        connection.sendall(request(target="GET /large"))
        time.sleep(2 * CLIENT_SECONDS)
        assert len(read_to_end(connection)) < LARGE


def test_a_large_answer_reaches_a_client_that_reads_it(served: Served) -> None:
    with contextlib.closing(served.client()) as client:
        client.request("GET", "/large")
        assert len(client.getresponse().read()) == LARGE


def test_a_slow_function_does_not_keep_others_from_their_timeout(function: Function) -> None:
    gateway = Gateway(LambdaEnvironment(function, 5), "us-east-1", integration_timeout_seconds=0.5)
    with serving(gateway.answer) as port, ThreadPoolExecutor(100) as threads:
        served = Served(port, function)
        started = time.monotonic()
        assert list(threads.map(served.get, ["/slow"] * 100)) == [504] * 100
        assert time.monotonic() - started < 5, "not one after the other"
        assert served.get(READY_PATH) == 200
        function.released.set()
        assert eventually(lambda: len(function.requests) == 100), "each request reached the function"
        assert served.get() == 200


def test_a_shutdown_ends_all_connections(gateway: Gateway, function: Function) -> None:
    with contextlib.ExitStack() as stack:
        with serving(gateway.answer) as port:
            served = Served(port, function)
            idle, kept, slow, waiting = (stack.enter_context(served.converse()) for _ in range(4))
            kept.send(request(target="GET /x"))
            assert kept.answer()[0] == 200
            slow.send(request("Content-Length: 1000", body=b"a part"))
            waiting.send(request(target="GET /slow"))
            assert eventually(lambda: function.running == 1)
        # The server has ended, although the function still runs.
        assert [client.ended() for client in (idle, kept, slow, waiting)] == [True] * 4
        function.released.set()


def test_a_client_that_leaves_does_not_disturb_others(served: Served) -> None:
    for _ in range(5):
        with served.connect() as connection:
            connection.sendall(request(target="GET /x"))
    assert served.get() == 200


def test_a_fault_of_the_gateway_is_an_answer_and_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Request) -> Response:
        raise KeyError("a fault")

    with serving(fail) as port, contextlib.closing(HTTPConnection(HOST, port, timeout=10)) as client:
        for _ in range(2):
            client.request("GET", "/x")
            response = client.getresponse()
            assert response.status == 500
            assert json.load(response) == {"message": "The local gateway failed; see its log."}
    assert caplog.messages == ["GET /x failed"] * 2
    assert "KeyError: 'a fault'" in caplog.text


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_has_no_body_by_definition_ends_with_its_header(status: int) -> None:
    with serving(lambda _: Response(status, [], b"ignored")) as port:
        raw = Served(port, Function()).exchange(request("Connection: close", target="GET /x"))
    assert raw.startswith(f"HTTP/1.1 {status} ".encode())
    assert raw.endswith(b"\r\n\r\n")
    assert b"Content-Length" not in raw
