"""An agent that talks to the handler, with a table of timelines that tests fill."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast

import pytest

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.dispatch import Handler
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.wiring.functions import create_handler
from tests.fakes import FakeContext

STATELESS = "2026-07-28"
TASKS: dict[str, Any] = {"io.modelcontextprotocol/tasks": {}}
VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


class Timelines:
    """Timelines by ARN, as the table has them."""

    def __init__(self) -> None:
        self.by_arn: dict[str, Mapping[str, Any]] = {}

    def get(self, job_arn: str) -> Mapping[str, Any] | None:
        return self.by_arn.get(job_arn)


class Agent:
    """Sends messages, and records the status of the last answer."""

    def __init__(self, handler: Handler, event: Any) -> None:
        self._handler = handler
        self._event = event
        self.status = 0
        self.headers: dict[str, str] = {}
        self.time_left = timedelta(seconds=60)

    def post(self, body: str | None, **headers: str) -> Any:
        """Send a body. Names of headers are in snake case; an empty value leaves out a default."""
        sent = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = {**self._event, "httpMethod": "POST", "path": "/mcp", "body": body}
        request["multiValueHeaders"] = {name: [value] for name, value in sent.items() if value}
        request |= {"multiValueQueryStringParameters": None, "queryStringParameters": None}
        answer = self._handler(request, cast("Any", FakeContext(self.time_left)))
        self.status, self.headers = answer["statusCode"], answer["headers"]
        return json.loads(answer["body"]) if answer["body"] else None

    def request(self, method: str, params: Any = None, **headers: str) -> Any:
        """Send a request of a version that begins with a handshake."""
        sent = {} if params is None else {"params": params}
        return self.post(json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, **sent}), **headers)

    def stateless(self, method: str, extensions: Any = None, **params: Any) -> Any:
        """Send a request of version 2026-07-28."""
        meta = {
            VERSION: STATELESS,
            CAPABILITIES: {"extensions": extensions or {}},
        }
        name = params.get("name", params.get("taskId", ""))
        headers = {"mcp_protocol_version": STATELESS, "mcp_method": method, "mcp_name": name}
        return self.request(method, {"_meta": meta, **params}, **headers)

    def call(self, tool: str, **arguments: Any) -> Any:
        """Return the result of a tool."""
        answer = self.request("tools/call", {"name": tool, "arguments": arguments})
        return answer["result"]

    def data(self, tool: str, **arguments: Any) -> Any:
        """Return the data of a tool that succeeds."""
        result = self.call(tool, **arguments)
        assert result["isError"] is False, result
        return result["structuredContent"]["data"]

    def error(self, tool: str, **arguments: Any) -> str:
        """Return the text of a tool that fails."""
        result = self.call(tool, **arguments)
        assert (result["isError"], "structuredContent" in result) == (True, False)
        (content,) = result["content"]
        text: str = content["text"]
        return text


@pytest.fixture
def timelines() -> Timelines:
    return Timelines()


@pytest.fixture
def agent(
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    timelines: Timelines,
    event: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Agent:
    # Expected ends would be read from the table.
    monkeypatch.setattr("customization_jobs.eta.estimator.Estimator.of_summary", lambda *_: None)
    handler = create_handler(
        settings._replace(watch_table="jobs"), bedrock, observability, timelines=timelines
    )
    return Agent(handler, event("api-gateway-rest"))
