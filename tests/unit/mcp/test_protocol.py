"""Messages of JSON-RPC, and the versions of the protocol."""

import base64
import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customization_jobs.dispatch import Handler
from customization_jobs.mcp.versions import VERSIONS
from tests.fakes import FakeContext
from tests.unit.conftest import Lines, Wire
from tests.unit.mcp.conftest import CAPABILITIES, STATELESS, TASKS, VERSION, Agent

EMPTY = b'{"modelCustomizationJobSummaries": []}'
CODES = {-32700, -32600, -32601, -32602, -32020, -32021, -32022}


@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_initialize_agrees_on_the_version_of_the_client(agent: Agent, version: str) -> None:
    answer = agent.request("initialize", {"protocolVersion": version, "capabilities": {}})
    assert (agent.status, answer["jsonrpc"], answer["id"]) == (200, "2.0", 7)
    assert answer["result"]["protocolVersion"] == version
    assert answer["result"]["capabilities"] == {"tools": {}}
    assert "explain_failure for why" in answer["result"]["instructions"]
    assert agent.headers == {"Content-Type": "application/json"}, "no session"


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2099-01-01", None, 5, {}])
def test_initialize_offers_the_newest_version_to_other_clients(agent: Agent, version: Any) -> None:
    answer = agent.request("initialize", {"protocolVersion": version}, mcp_protocol_version="2024-11-05")
    assert answer["result"]["protocolVersion"] == "2025-11-25"


def test_discover_describes_the_server(agent: Agent) -> None:
    result = agent.stateless("server/discover")["result"]
    assert result["supportedVersions"] == ["2025-06-18", "2025-11-25", "2026-07-28"]
    assert result["capabilities"] == {"tools": {}, "extensions": TASKS}
    assert (result["resultType"], result["cacheScope"]) == ("complete", "private")


def test_a_ping_is_answered(agent: Agent) -> None:
    assert agent.request("ping") == {"jsonrpc": "2.0", "id": 7, "result": {}}


@pytest.mark.parametrize("method", ["notifications/initialized", "tools/call", "no/such/thing"])
def test_notifications_are_accepted_and_not_answered(agent: Agent, method: str) -> None:
    assert agent.post(json.dumps({"jsonrpc": "2.0", "method": method})) is None
    assert agent.status == 202


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, -32700),
        ("", -32700),
        ("{", -32700),
        ("NaN", -32700),
        ('{"jsonrpc": "2.0", "id": Infinity, "method": "ping"}', -32700),
        ("[" * 20_000, -32700),
        ("1" * 10_000, -32700),
        ("[]", -32600),
        ('[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600),
        ("null", -32600),
        ('"ping"', -32600),
        ("{}", -32600),
        ('{"id": 1, "method": "ping"}', -32600),
        ('{"jsonrpc": 2.0, "id": 1, "method": "ping"}', -32600),
        ('{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": true, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": [], "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": null}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "result": {}}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": null}', -32600),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_not_a_message_is_refused(agent: Agent, body: str | None, code: int) -> None:
    answer = agent.post(body)
    assert (agent.status, answer["jsonrpc"], answer["error"]["code"]) == (400, "2.0", code)
    assert answer["id"] in (None, 1)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "text/plain"}, 415),
        ({"content_type": ""}, 415),
        ({"content_type": "application/json-patch+json"}, 415),
        ({"accept": "text/event-stream"}, 406),
        ({"accept": "application/json;q=0"}, 406),
        ({"origin": "https://example.com"}, 403),
        ({"mcp_protocol_version": "2025-03-26"}, 400),
        ({"mcp_protocol_version": "x" * 9000}, 400),
    ],
)
def test_headers_that_do_not_fit_are_refused(agent: Agent, headers: dict[str, str], status: int) -> None:
    answer = agent.request("ping", **headers)
    assert (agent.status, set(answer)) == (status, {"jsonrpc", "id", "error"})
    assert len(answer["error"]["message"]) < 300


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "Application/JSON; charset=utf-8"},
        {"accept": "*/*"},
        {"accept": ""},
        *({"mcp_protocol_version": version} for version in VERSIONS[:-1]),
    ],
)
def test_headers_that_fit_are_accepted(agent: Agent, headers: dict[str, str]) -> None:
    assert agent.request("ping", **headers)["result"] == {}


def test_a_body_of_more_than_64_kib_is_refused(agent: Agent) -> None:
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    assert agent.post(message.ljust(64 * 1024))["result"] == {}
    assert agent.post(message.ljust(64 * 1024 + 1))["error"]["message"].startswith("The body has 65537 bytes")
    assert agent.status == 413


def test_a_body_in_base64_is_read(handler: Handler, event: Callable[[str], Any]) -> None:
    body = base64.b64encode(b'{"jsonrpc": "2.0", "id": "\xc3\xb6", "method": "ping"}').decode()
    request = event("api-gateway-http")
    request["requestContext"]["http"] |= {"method": "POST", "path": "/mcp"}
    request |= {"rawPath": "/mcp", "body": body, "isBase64Encoded": True}
    request["headers"] = {"Content-Type": "application/json"}
    assert json.loads(handler(request, cast("Any", FakeContext()))["body"])["id"] == "ö"


@pytest.mark.parametrize(
    "malformed",
    [
        {"headers": 5, "multiValueHeaders": None},
        {"headers": {"content-type": 5}, "multiValueHeaders": None},
        {"multiValueHeaders": {"content-type": 5}},
        {"multiValueHeaders": {"content-type": [5]}},
        {"multiValueQueryStringParameters": 5},
        {"body": 5},
        {"body": "\ud800"},
        {"body": "x", "isBase64Encoded": True},
    ],
    ids=str,
)
def test_a_malformed_event_is_answered(
    handler: Handler, event: Callable[[str], Any], malformed: dict[str, Any]
) -> None:
    request = {**event("api-gateway-rest"), "httpMethod": "POST", "path": "/mcp", **malformed}
    answer = json.loads(handler(request, cast("Any", FakeContext()))["body"])
    assert answer["error"]["code"] in CODES


def test_an_unknown_method_is_an_answer_in_earlier_versions_and_not_found_since(agent: Agent) -> None:
    for method in ("server/discover", "tasks/get", "resources/list", "tools/call ", "x" * 9000):
        assert (agent.request(method)["error"]["code"], agent.status) == (-32601, 200)
    for method in ("initialize", "ping", "prompts/list", "tasks/list"):
        assert (agent.stateless(method)["error"]["code"], agent.status) == (-32601, 404)


@pytest.mark.parametrize(
    "params", [{}, {"name": 1}, {"name": "delete_jobs"}, {"name": "list_jobs", "arguments": []}]
)
def test_an_unknown_tool_or_a_malformed_call_is_invalid(agent: Agent, params: dict[str, Any]) -> None:
    assert agent.request("tools/call", params)["error"]["code"] == -32602
    assert agent.status == 200


def test_the_headers_of_a_stateless_request_must_match_its_body(agent: Agent) -> None:
    meta = {
        VERSION: STATELESS,
        CAPABILITIES: {},
    }
    params = {"_meta": meta, "name": "list_jobs"}
    right = {"mcp_protocol_version": STATELESS, "mcp_method": "tools/call", "mcp_name": "list_jobs"}
    for name in right:
        for wrong in ("", "other"):
            answer = agent.request("tools/call", params, **{**right, name: wrong})
            assert (agent.status, answer["error"]["code"]) == (400, -32020)
    for missing in meta:
        fewer = {key: value for key, value in meta.items() if key != missing}
        answer = agent.request("tools/call", {**params, "_meta": fewer}, **right)
        assert (agent.status, answer["error"]["code"]) == (400, -32602)


def test_an_unknown_version_is_refused_with_those_that_are_supported(agent: Agent) -> None:
    meta = {
        VERSION: "2099-01-01",
        CAPABILITIES: {},
    }
    headers = {"mcp_protocol_version": "2099-01-01", "mcp_method": "tools/list"}
    error = agent.request("tools/list", {"_meta": meta}, **headers)["error"]
    assert (error["code"], error["data"]) == (
        -32022,
        {"supported": list(VERSIONS), "requested": "2099-01-01"},
    )


def test_the_method_and_the_code_of_an_error_are_logged(
    agent: Agent, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    agent.request("no/such/method")
    logged = lines()[1][-1]
    assert (logged["mcp_method"], logged["mcp_error"], logged["http_status"]) == (
        "no/such/method",
        -32601,
        200,
    )


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=12), each, max_size=4),
    max_leaves=12,
)
_NAMES = st.sampled_from(
    ["list_jobs", "get_overview", "get_trends", "get_timeline", "explain_failure", "wait_for_jobs"]
)
_ARGUMENTS = st.dictionaries(
    st.sampled_from(
        ["job", "fields", "status", "stuck", "tag", "nextToken", "maxResults", "creationTimeAfter"]
    )
    | st.text(max_size=8),
    _JSON,
    max_size=4,
)
_PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "name": _NAMES | _JSON,
        "arguments": _ARGUMENTS | _JSON,
        "taskId": st.text(max_size=30) | _JSON,
        "cursor": _JSON,
        "_meta": st.fixed_dictionaries(
            {},
            optional={
                VERSION: st.sampled_from(VERSIONS) | _JSON,
                CAPABILITIES: st.just({"extensions": TASKS}) | _JSON,
            },
        )
        | _JSON,
    },
)
_METHODS = st.sampled_from(
    ["initialize", "tools/call", "tools/list", "tasks/get", "tasks/cancel", "server/discover"]
)
_MESSAGES = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0") | _JSON, "method": _METHODS | _JSON},
    optional={"id": st.integers() | st.text(max_size=5) | _JSON, "params": _PARAMS | _JSON},
)
_BODIES = (_MESSAGES | st.lists(_MESSAGES, max_size=3) | _JSON).map(json.dumps) | st.text(max_size=200)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=_BODIES, version=st.sampled_from(["", *VERSIONS, "1", "é"]), data=st.data())
def test_any_body_is_answered_with_a_response_or_an_error_by_its_code(
    agent: Agent, wire: Wire, body: str, version: str, data: st.DataObject
) -> None:
    wire.answer(EMPTY)
    method = data.draw(st.sampled_from(["", "tools/call", "tools/list", "tasks/get"]))
    name = data.draw(st.sampled_from(["", "list_jobs", "wait_for_jobs"]))
    answer = agent.post(body, mcp_protocol_version=version, mcp_method=method, mcp_name=name)
    assert agent.status in (200, 202, 400, 404)
    if agent.status == 202:
        assert answer is None
        return
    assert set(answer) in ({"jsonrpc", "id", "result"}, {"jsonrpc", "id", "error"})
    if error := answer.get("error"):
        assert error["code"] in CODES
    elif answer["result"].get("isError"):
        # In this test, a tool can fail only because of what the caller sent.
        text = answer["result"]["content"][0]["text"]
        assert text.startswith(("ValidationException: ", "ResourceNotFoundException: ")), text
