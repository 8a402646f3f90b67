"""The example of an agent's configuration: its form, and that there is a server behind its address."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from local.common.http_client import call

if TYPE_CHECKING:
    from local.processes.process_group import ProcessGroup

FILE = Path(__file__).parents[3] / "examples" / "mcp.json"
VERSION = "2025-06-18"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": VERSION,
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@pytest.fixture
def servers() -> dict[str, Any]:
    """Return the servers, by name."""
    configuration = json.loads(FILE.read_text())
    assert list(configuration) == ["mcpServers"]
    found: dict[str, Any] = configuration["mcpServers"]
    return found


def test_the_deployed_server_is_reached_through_a_proxy_that_signs_for_its_region(
    servers: dict[str, Any],
) -> None:
    server = servers["customization-jobs"]
    package, url, *options = server["args"]
    named = dict(zip(options[0:4:2], options[1:4:2], strict=True))
    host = urlsplit(url).hostname or ""
    region = named["--region"]
    assert server["command"] == "uvx"
    assert package.startswith("mcp-proxy-for-aws-cli@")
    assert named["--service"] == "execute-api"
    assert host.endswith(f".execute-api.{region}.amazonaws.com")
    assert urlsplit(url).path == "/prod/mcp"
    assert options[4:] == ["--disable-telemetry"]
    # The proxy signs for `--region`, but also refuses to start if neither the profile nor this has a region.
    assert server["env"] == {"AWS_PROFILE": "dev", "AWS_REGION": region}


def test_the_local_server_answers_an_agent(servers: dict[str, Any], stack: "ProcessGroup") -> None:
    server = servers["customization-jobs-local"]
    url = urlsplit(server["url"])
    assert (server["type"], url.scheme, url.netloc) == ("http", "http", "127.0.0.1:8080")
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    answer = call(f"{stack.gateway.url}{url.path}", method="POST", body=INITIALIZE, headers=headers)
    assert answer.status == 200, answer.text
    result = answer.json()["result"]
    assert result["protocolVersion"] == VERSION
    assert "tools" in result["capabilities"]
