"""Calls of a workflow."""

import json
from datetime import timedelta
from typing import Any, cast

from customization_jobs.entrypoints.workflow import WorkflowEntryPoint
from tests.fakes import FakeContext

# Documented in the contract of the answer.
MAX_BYTES = 200 * 1024


def invoke(entry_point: WorkflowEntryPoint, payload: Any, seconds: float = 60) -> dict[str, Any]:
    """Call the entry point; its answer must not exceed its maximum."""
    answer = entry_point.answer(payload, cast("Any", FakeContext(timedelta(seconds=seconds))))
    assert len(json.dumps(answer)) <= MAX_BYTES
    return answer
