"""Single sign-on as users experience it: a local run with real tokens, and the board in a browser."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from local.common.http_client import call
from local.gateway.jwt_authorizer import JwtAuthorizer
from local.gateway.token_issuer import TokenIssuer
from local.processes.process_group import ProcessGroup
from tests.e2e.browser import Browser
from tests.e2e.conftest import Run

ISSUER = TokenIssuer()
VALID: dict[str, Any] = {"sub": "248289761001", "aud": "jobs", "scope": "jobs/read", "email": "a@example.com"}
TOKEN = ISSUER.sign(**VALID)
Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessGroup]:
    authorizer = JwtAuthorizer(ISSUER.name, ["jobs"], ["jobs/read"], ISSUER.key_set)
    group = ProcessGroup(region="us-east-1", watched=True, logs=tmp_path_factory.mktemp("logs"))
    with group.with_single_sign_on(authorizer) as processes:
        yield processes


@pytest.fixture
def url(processes: ProcessGroup) -> str:
    assert processes.single_sign_on
    return processes.single_sign_on.url


def send(url: str, token: str | None = TOKEN, method: str = "GET", body: str | None = None) -> Answer:
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=30)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body:
        headers |= {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    connection.request(method, url.removeprefix(f"http://{address.netloc}"), body, headers)
    response = connection.getresponse()
    answer = (response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    connection.close()
    return answer


ROUTES = (
    "/model-customization-jobs?maxResults=3",
    "/overview",
    "/trends",
    "/openapi.json",
    "/service-2.json",
    "/board",
)


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_answers_a_valid_token_as_the_other_api(
    processes: ProcessGroup, url: str, route: str
) -> None:
    status, headers, body = send(url + route)
    other = call(processes.gateway.url + route)
    assert (status, other.status) == (200, 200)
    assert headers["content-type"] == other.headers["content-type"]
    if route.startswith("/model"):
        assert json.loads(body) == other.json()
    head_status, head_headers, head_body = send(url + route, method="HEAD")
    assert (head_status, head_body) == (200, b"")
    assert head_headers.keys() == headers.keys()


def test_a_timeline_is_found_by_the_arn_of_its_job(url: str) -> None:
    listed = json.loads(send(f"{url}/model-customization-jobs?maxResults=1")[2])
    arn = listed["modelCustomizationJobSummaries"][0]["jobArn"]
    status, headers, body = send(f"{url}/model-customization-jobs/{arn.replace('/', '%2F')}/timeline")
    # The watch has not recorded this job, and the answer says so.
    assert (status, headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
    assert arn in json.loads(body)["message"]


def test_an_agent_with_a_token_is_answered_and_no_other(url: str) -> None:
    params = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    }
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    status, _, body = send(f"{url}/mcp", method="POST", body=message)
    assert (status, json.loads(body)["result"]["protocolVersion"]) == (200, "2025-11-25")
    assert send(f"{url}/mcp", None, "POST", message)[0] == 401
    assert send(f"{url}/overview", method="POST", body=message)[0] == 404


def test_errors_are_those_of_the_other_api(processes: ProcessGroup, url: str) -> None:
    for path in ("/no/such/path", "/model-customization-jobs?maxResults=0"):
        status, headers, body = send(url + path)
        other = call(processes.gateway.url + path)
        assert (status, json.loads(body)) == (other.status, other.json())
        assert headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("token", "status", "message"),
    [
        (None, 401, "Unauthorized"),
        ("none", 401, "Unauthorized"),
        (ISSUER.sign(**{**VALID, "exp": int(time.time()) - 1}), 401, "Unauthorized"),
        (ISSUER.sign(**{**VALID, "nbf": int(time.time()) + 3600}), 401, "Unauthorized"),
        (ISSUER.sign(**{**VALID, "aud": "other"}), 401, "Unauthorized"),
        (ISSUER.sign(**{**VALID, "iss": "https://other.example"}), 401, "Unauthorized"),
        (TokenIssuer().sign(**VALID), 401, "Unauthorized"),
        (ISSUER.sign(**{**VALID, "scope": "openid"}), 403, "Forbidden"),
    ],
    ids=["no header", "no token", "expired", "not yet valid", "audience", "issuer", "key", "scope"],
)
@pytest.mark.parametrize("path", ["/overview", "/board", "/no/such/path"])
def test_other_tokens_are_refused_as_api_gateway_does(
    url: str, path: str, token: str | None, status: int, message: str
) -> None:
    actual, headers, body = send(url + path, token)
    assert (actual, json.loads(body)) == (status, {"message": message})
    assert headers["www-authenticate"].startswith("Bearer")


def test_the_log_of_the_function_has_the_subject_and_not_the_token(processes: ProcessGroup, url: str) -> None:
    assert send(f"{url}/board?maxResults=0")[0] == 400
    assert send(f"{url}/overview")[0] == 200
    assert processes.single_sign_on
    output = processes.single_sign_on.output.read_text() + processes.single_sign_on.errors.read_text()
    principals = {json.loads(line).get("principal") for line in output.splitlines() if '"caller"' in line}
    assert principals == {VALID["sub"]}
    for private in (*TOKEN.split("."), "Bearer", VALID["email"], VALID["scope"]):
        assert private not in output


def _proxy_handler(target: str, change: Callable[[bytes], bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = send(target + self.path)
            body = change(body) if headers["content-type"].startswith("text/html") else body
            self.send_response(status)
            for name, value in headers.items():
                if name not in ("content-length", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler


@contextmanager
def proxy(target: str, change: Callable[[bytes], bytes] = lambda body: body) -> Iterator[str]:
    """Serve a proxy that adds the token to each request, as one with single sign-on does for browsers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _proxy_handler(target, change))
    threading.Thread(target=server.serve_forever).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("", None),
        ("?statusEquals=Failed", None),
        ("?trends=true", "Jobs that ended, by week and status"),
        ("?maxResults=0", "Invalid parameters"),
    ],
)
def test_the_board_is_shown_by_a_browser_without_complaints(
    browser: Browser, url: str, query: str, heading: str | None
) -> None:
    with proxy(url) as address:
        page, console = browser.page_and_console(f"{address}/board{query}")
    assert console == []
    assert page.all("title")[0].text == "Model customization jobs"
    assert [each.text for each in page.all("h2")][:1] == ([heading] if heading else [])
    assert page.all("div", "jobboard")
    assert "script" not in page.tags


def test_the_links_of_the_page_lead_through_the_proxy(browser: Browser, url: str) -> None:
    with proxy(url) as address:
        links = {each.text: each.attributes for each in browser.page(f"{address}/board").all("a")}
        page = browser.page(urljoin(f"{address}/board", links["Last 90 days"]["href"]))
        assert page.tags["svg"] == 3
        assert call(urljoin(f"{address}/board", links["Overview"]["href"])).json()["complete"] is True


INJECTIONS = {
    "script": b"<script>document.title = 'owned'</script>",
    "handler": b"<img src=x onerror=\"document.title = 'owned'\">",
    "style": b"<style>main { display: none }</style>",
    "attribute": b'<p style="position: fixed">x</p>',
    "frame": b'<iframe src="https://example.com"></iframe>',
}


@pytest.mark.parametrize("markup", INJECTIONS.values(), ids=INJECTIONS.keys())
def test_the_policy_stops_markup_that_escaping_would_have_missed(
    browser: Browser, url: str, markup: bytes
) -> None:
    with proxy(url, lambda body: body.replace(b"<main>", b"<main>" + markup)) as address:
        page, console = browser.page_and_console(f"{address}/board")
    assert page.all("title")[0].text == "Model customization jobs"
    assert any("Content Security Policy" in line for line in console)


def test_a_local_run_prints_a_token_that_works(start: Callable[..., Run]) -> None:
    run = start("--jwt", "--port", "0", "--speed", "0")
    printed = run.read_until("/board\n").splitlines()
    token = next(line.removeprefix("TOKEN=") for line in printed if line.startswith("TOKEN="))
    address = next(
        line.rpartition(" ")[2] for line in printed if line.startswith("curl") and "/board" in line
    )
    assert send(address, token)[0] == 200
    assert send(address, None)[0] == 401
