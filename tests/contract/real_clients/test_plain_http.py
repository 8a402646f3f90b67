import csv
import io
import json
import socket
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from customization_jobs.entrypoints.http_answer import CONTENT_TYPES
from local.common.http_client import call

if TYPE_CHECKING:
    from mypy_boto3_bedrock import BedrockClient

    from local.processes.process_group import ProcessGroup
    from tests.contract.real_clients.conftest import SetFault

JOBS = "/model-customization-jobs"


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/no-such-thing", 404, "ResourceNotFoundException"),
        # The local gateway itself serves GET /, the board.
        ("POST", "/", 404, "ResourceNotFoundException"),
        ("GET", f"{JOBS}/no-such-job/timeline", 404, "ResourceNotFoundException"),
        ("GET", f"{JOBS}/no-such-job/timeline?a=b", 400, "ValidationException"),
        ("GET", "/overview?maxResults=5", 400, "ValidationException"),
        ("POST", JOBS, 405, "MethodNotAllowedException"),
        ("DELETE", "/openapi.json", 405, "MethodNotAllowedException"),
        ("GET", f"{JOBS}?maxResults=0", 400, "ValidationException"),
        ("GET", f"{JOBS}?statusEquals=Failed&statusEquals=Stopped", 400, "ValidationException"),
        ("GET", f"{JOBS}?maxResult=3", 400, "ValidationException"),
        ("GET", f"{JOBS}?fields=jobNam", 400, "ValidationException"),
    ],
)
def test_a_rejected_request_is_answered_in_json_for_clients_and_for_people(
    method: str, path: str, status: int, name: str, stack: "ProcessGroup"
) -> None:
    answer = call(stack.gateway.url + path, method=method)
    problem = answer.json()
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (status, name)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (problem["status"], problem["title"]) == (status, name)
    assert problem["message"]


def test_method_not_allowed_names_the_allowed_methods(stack: "ProcessGroup") -> None:
    assert call(stack.gateway.url + JOBS, method="PUT").headers["allow"] == "GET, HEAD"


def test_head_is_answered_without_a_body(stack: "ProcessGroup") -> None:
    answer = call(f"{stack.gateway.url}{JOBS}?maxResults=2", method="HEAD")
    assert (answer.status, answer.text) == (200, "")
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("path", ["/overview", f"{JOBS}/a/b/timeline", "/no/such/path"])
def test_the_type_of_a_problem_leads_to_its_schema(path: str, stack: "ProcessGroup") -> None:
    url = stack.gateway.url + path
    problem = call(url, method="PUT").json()
    address, _, name = urljoin(url, problem["type"]).rpartition("#/components/schemas/")
    assert name == problem["title"]
    assert call(address).json()["components"]["schemas"][name]["description"]


@pytest.mark.parametrize("fault", [{"error": "ThrottlingException"}, {"delaySeconds": 4}, {"drop": True}])
def test_a_failure_of_bedrock_is_answered_in_json(
    fault: dict[str, object], stack: "ProcessGroup", set_fault: "SetFault"
) -> None:
    set_fault(**fault)
    answer = call(stack.gateway.url + JOBS)
    assert answer.json()["status"] == answer.status
    assert answer.status in (429, 503, 504)


# tests/e2e/gateway has the many ways to send malformed HTTP.
@pytest.mark.parametrize("header", ["Content-Length: abc", "Transfer-Encoding: chunked\r\nContent-Length: 5"])
def test_the_gateway_refuses_malformed_http(header: str, stack: "ProcessGroup") -> None:
    url = urlsplit(stack.gateway.url)
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "path", ["/board", JOBS, f"{JOBS}/no-such-job/timeline", "/overview", "/openapi.json", "/x"]
)
def test_an_answer_to_head_has_no_body(path: str, stack: "ProcessGroup") -> None:
    url = urlsplit(stack.gateway.url)
    with closing(HTTPConnection(url.hostname or "", url.port, timeout=30)) as client:
        client.request("HEAD", path)
        response = client.getresponse()
        assert response.read() == b""
        connection = client.sock
        client.request("GET", path)
        get = client.getresponse()
        assert (get.status, get.headers["Content-Type"]) == (
            response.status,
            response.headers["Content-Type"],
        )
        length = int(response.headers["Content-Length"])
        # The answers to the two requests contain the time.
        assert (length > 0) if path in ("/", "/overview") else (length == len(get.read()))
        assert client.sock is connection is not None


def test_two_hundred_requests_at_once_are_answered(stack: "ProcessGroup") -> None:
    url = urlsplit(stack.gateway.url)
    with ExitStack() as clients:
        connections = [
            clients.enter_context(closing(HTTPConnection(url.hostname or "", url.port, timeout=60)))
            for _ in range(200)
        ]
        for number, connection in enumerate(connections, 1):
            connection.request("GET", f"{JOBS}?maxResults={number}")
        answers = [json.load(connection.getresponse()) for connection in connections]
    assert [len(answer["modelCustomizationJobSummaries"]) for answer in answers] == list(range(1, 201))


def test_the_openapi_document_is_served(stack: "ProcessGroup") -> None:
    answer = call(f"{stack.gateway.url}/openapi.json")
    assert answer.status == 200
    assert answer.json()["openapi"].startswith("3.1")
    assert answer.json()["servers"] == [{"url": stack.gateway.url}]
    assert JOBS in answer.json()["paths"]


def test_pages_of_csv_are_followed_by_their_links_to_the_last(stack: "ProcessGroup") -> None:
    query = "statusEquals=Failed&fields=jobName,statusDetails.trainingDetails&maxResults=10"
    url = f"{stack.gateway.url}{JOBS}?{query}"
    names: list[str] = []
    while url:
        answer = call(url, headers={"accept": "text/csv, */*;q=0.1"})
        assert (answer.status, answer.headers["content-type"]) == (200, CONTENT_TYPES["text/csv"])
        assert answer.body.endswith(b"\r\n")
        names += [row["jobName"] for row in csv.DictReader(io.StringIO(answer.text, newline=""), strict=True)]
        assert ("link" in answer.headers) == ("next-token" in answer.headers)
        url = answer.headers.get("link", "").removeprefix("<").removesuffix('>; rel="next"')
    jobs = call(f"{stack.gateway.url}{JOBS}?statusEquals=Failed&maxResults=1000").json()
    assert names == [each["jobName"] for each in jobs["modelCustomizationJobSummaries"]]
    assert len(names) > 20


@pytest.mark.parametrize("form", ["application/json", "text/csv", "application/x-ndjson"])
def test_an_unchanged_list_is_not_sent_again(form: str, stack: "ProcessGroup") -> None:
    url = f"{stack.gateway.url}{JOBS}?statusEquals=Stopped"
    first = call(url, headers={"Accept": form})
    headers = {"ACCEPT": form, "if-none-match": f'"other", W/{first.headers["etag"]}'}
    for method in ("GET", "HEAD"):
        again = call(url, method=method, headers=headers)
        assert (again.status, again.body) == (304, b"")
        kept = ("etag", "vary", "content-type")
        assert [again.headers[name] for name in kept] == [first.headers[name] for name in kept]


def test_one_request_returns_one_page_of_bedrocks_own_json(stack: "ProcessGroup", bedrock_url: str) -> None:
    query = f"{JOBS}?maxResults=2&sortBy=CreationTime&sortOrder=Ascending"
    assert call(stack.gateway.url + query).json() == call(bedrock_url + query).json()


def test_filters_and_times_select_what_a_client_of_bedrock_would_select_itself(
    stack: "ProcessGroup", bedrock: "BedrockClient"
) -> None:
    all_jobs = [
        job
        for page in bedrock.get_paginator("list_model_customization_jobs").paginate()
        for job in page["modelCustomizationJobSummaries"]
    ]
    after = datetime.now(UTC) - timedelta(days=60)
    expected = {
        job["jobArn"]
        for job in all_jobs
        if job["status"] in ("Failed", "Stopped") and job["endTime"] > after and "nova" in job["baseModelArn"]
    }
    query = {
        "where.status": "Failed,Stopped",
        "where.endedAfter": "-60d",
        "where.baseModel": "nova",
        "creationTimeBefore": "2099-01-01[Europe/Berlin]",
        "maxResults": "3",
    }
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = call(f"{stack.gateway.url}{JOBS}?{urlencode({**query, **token})}").json()
        found += [job["jobArn"] for job in page["modelCustomizationJobSummaries"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert len(found) == len(expected) > 3
    assert set(found) == expected
