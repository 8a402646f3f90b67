import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lambda_runtime.runtime_api import RuntimeApi

NEXT = "/2018-06-01/runtime/invocation/next"
RESPONSE = "/2018-06-01/runtime/invocation/8476a536/response"
ERRORS = ["/2018-06-01/runtime/invocation/8476a536/error", "/2018-06-01/runtime/init/error"]


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with RuntimeApi() as api:
        yield api


@pytest.fixture
def client(api: RuntimeApi) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(api.address, timeout=10)
    yield connection
    connection.close()


def post(client: http.client.HTTPConnection, path: str, body: bytes) -> int:
    client.request("POST", path, body)
    response = client.getresponse()
    response.read()
    return response.status


def test_it_listens_on_the_loopback_interface_alone(api: RuntimeApi) -> None:
    assert api.address.startswith("127.0.0.1:")


def test_events_arrive_in_order_with_the_headers_of_the_documentation(
    api: RuntimeApi, client: http.client.HTTPConnection
) -> None:
    api.send({"number": 1})
    api.send(None)
    bodies, request_ids = [], set()
    for _ in range(2):
        client.request("GET", NEXT)
        response = client.getresponse()
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Lambda-Runtime-Invoked-Function-Arn"].startswith("arn:aws:lambda:")
        assert response.headers["Lambda-Runtime-Trace-Id"].startswith("Root=1-")
        remaining_ms = int(response.headers["Lambda-Runtime-Deadline-Ms"]) - time.time() * 1000
        assert 890_000 < remaining_ms <= 900_000
        request_ids.add(response.headers["Lambda-Runtime-Aws-Request-Id"])
        bodies.append(json.loads(response.read()))
    assert bodies == [{"number": 1}, None]
    assert len(request_ids) == 2


def test_a_response_is_collected_with_the_time_of_its_arrival(
    api: RuntimeApi, client: http.client.HTTPConnection
) -> None:
    before = time.monotonic()
    assert post(client, RESPONSE, b'{"jobs": 3}') == 202
    response = api.responses.get(timeout=10)
    assert (response.payload, response.failed) == ({"jobs": 3}, False)
    assert before <= response.received_at <= time.monotonic()


@pytest.mark.parametrize("path", ERRORS)
def test_errors_of_the_handler_and_of_the_init_phase_are_marked_as_failed(
    path: str, api: RuntimeApi, client: http.client.HTTPConnection
) -> None:
    assert post(client, path, b'{"errorType": "LookupError"}') == 202
    response = api.responses.get(timeout=10)
    assert (response.payload, response.failed) == ({"errorType": "LookupError"}, True)


def test_the_init_phase_ends_with_the_first_request_for_an_event(
    api: RuntimeApi, client: http.client.HTTPConnection
) -> None:
    assert not api.ready.is_set()
    client.request("GET", NEXT)
    assert api.ready.wait(10)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_paths_are_not_found_and_collect_nothing(
    method: str, api: RuntimeApi, client: http.client.HTTPConnection
) -> None:
    client.request(method, "/2018-06-01/runtime/restore/next", b"{}")
    assert client.getresponse().status == 404
    assert api.responses.empty()


def test_a_streamed_response_is_rejected_instead_of_read_as_empty(
    api: RuntimeApi, client: http.client.HTTPConnection
) -> None:
    # Sent whole: the double rejects the request after its headers, and closes the connection.
    client.putrequest("POST", RESPONSE)
    client.putheader("Transfer-Encoding", "chunked")
    client.endheaders(b"2\r\n{}\r\n0\r\n\r\n")
    assert client.getresponse().status == 501
    assert api.responses.empty()


def test_closing_it_releases_a_process_that_waits_for_an_event() -> None:
    with ThreadPoolExecutor() as pool:
        with RuntimeApi() as api:
            connection = http.client.HTTPConnection(api.address, timeout=10)
            connection.request("GET", NEXT)
            waiting = pool.submit(connection.getresponse)
            assert api.ready.wait(10)
        with pytest.raises(http.client.RemoteDisconnected):
            waiting.result(timeout=10)
        connection.close()
