"""The state machine, with answers in place of the functions."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.infra.conftest import Synthesis
from tests.infra.wait_for_jobs.interpreter import Answer, Execution, run

Waiter = Callable[..., Execution]
NO_JOBS = dict.fromkeys(("InProgress", "Completed", "Failed", "Stopping", "Stopped"), 0)


def page(token: str | None = None, /, **counts: int) -> dict[str, Any]:
    """Return an answer of the listing function: a page of jobs, and `token` if there are more."""
    answer: dict[str, Any] = {
        "modelCustomizationJobSummaries": [
            {"jobArn": f"arn:{status}-{number}", "jobName": status, "status": status, "baseModelArn": "arn"}
            for status, count in counts.items()
            for number in range(count)
        ],
        "counts": NO_JOBS | counts,
    }
    return answer | ({"nextToken": token, "stoppedBy": "bytes"} if token else {})


def ended(**counts: int) -> dict[str, Any]:
    """Return the output with which the watch answers a wait."""
    return {"counts": NO_JOBS | counts, "endedBadly": []}


@pytest.fixture
def wait(stack: Synthesis) -> Waiter:
    """Execute the state machine with an input, or a query and options, and the functions' answers."""
    definition = stack.definition()

    def execute(answers: Iterable[Answer] = (), /, given: Any = None, **more: Any) -> Execution:
        remaining = iter(answers)
        return run(definition, {"query": {}, **more} if given is None else given, lambda _: next(remaining))

    return execute
