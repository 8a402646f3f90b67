"""The segments that the real SDK, in a separate process, sends to an X-Ray daemon: here, a UDP socket."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PARENT = "53995c3f42cd8ad8"


@pytest.fixture
def trace(event: Callable[[str], Any]) -> Callable[[Any], list[dict[str, Any]]]:
    """Invoke the handler with an event, or with the name of one, and return the segments that it sent."""

    def run(payload: Any) -> list[dict[str, Any]]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
            daemon.bind(("127.0.0.1", 0))
            daemon.settimeout(1)
            environment = {
                **os.environ,
                "LAMBDA_TASK_ROOT": str(ROOT / "lambda_src"),
                "_X_AMZN_TRACE_ID": f"Root=1-69a42c40-5d2b7b0f1a2b3c4d5e6f7a8b;Parent={PARENT};Sampled=1",
                "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
                "PYTHONPATH": f"{ROOT / 'lambda_src'}{os.pathsep}{ROOT}",
            }
            payload = event(payload) if isinstance(payload, str) else payload
            command = [sys.executable, "-m", "tests.contract.traced", json.dumps(payload)]
            subprocess.run(command, env=environment, cwd=ROOT, check=True, timeout=60, capture_output=True)
            segments = []
            while True:
                try:
                    segments.append(json.loads(daemon.recv(65536).partition(b"\n")[2]))
                except TimeoutError:
                    return segments

    return run


def named(segments: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Find a segment or subsegment by its name."""
    for segment in segments:
        if segment["name"] == name:
            return segment
        if segment.get("subsegments"):
            try:
                return named(segment["subsegments"], name)
            except LookupError:
                continue
    raise LookupError(name)


@pytest.mark.parametrize(
    ("payload", "caller"),
    [("api-gateway-rest", "rest-api"), ("scheduler-with-input", "schedule"), ({}, "workflow")],
)
def test_each_caller_is_annotated_on_the_handlers_segment(
    trace: Callable[[Any], list[dict[str, Any]]], payload: Any, caller: str
) -> None:
    segments = trace(payload)
    handler = named(segments, "## handler")
    assert handler["parent_id"] == PARENT
    assert handler["annotations"]["caller"] == caller
    assert handler["annotations"]["jobs"] == 1
    assert handler["annotations"]["status"] == "succeeded"
    assert named(segments, "bedrock")["aws"]["operation"] == "ListModelCustomizationJobs"
    assert "body-secret" not in json.dumps(segments)


@pytest.mark.parametrize("payload", ["scheduler-with-input", {}])
def test_calls_to_bedrock_in_all_threads_are_children_of_the_listing(
    trace: Callable[[Any], list[dict[str, Any]]], payload: Any
) -> None:
    segments = trace(payload)
    calls = [segment for segment in segments if segment["name"] == "bedrock"]
    assert len(calls) >= 2
    assert {segment["parent_id"] for segment in calls} == {named(segments, "## list jobs")["id"]}


def test_a_rejected_request_is_annotated_and_marked_as_a_fault(
    trace: Callable[[Any], list[dict[str, Any]]],
) -> None:
    handler = named(trace({"maxResults": 0}), "## handler")
    assert handler["annotations"]["error"] == handler["annotations"]["status"] == "ValidationException"
    assert handler["fault"] is True
