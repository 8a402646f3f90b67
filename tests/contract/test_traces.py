"""What reaches the X-Ray daemon, read off the wire: the real SDK in a process, a UDP socket for it."""

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
    """Invoke the handler with an event, or an event's name, and return the segments that it sent."""

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
    """Find a segment by its name, also inside others."""
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
def test_each_caller_leaves_segments_and_annotations(
    trace: Callable[[Any], list[dict[str, Any]]], payload: Any, caller: str
) -> None:
    segments = trace(payload)
    handler = named(segments, "## handler")
    assert handler["parent_id"] == PARENT
    assert handler["annotations"]["caller"] == caller
    assert handler["annotations"]["jobs"] == 1
    assert handler["annotations"]["status"] == "succeeded"
    call = named(segments, "bedrock")
    assert call["aws"]["operation"] == "ListModelCustomizationJobs"
    if caller != "rest-api":
        listing = named(segments, "## list jobs")
        calls = [segment for segment in segments if segment["name"] == "bedrock"]
        # Including the calls that other threads made.
        assert len(calls) >= 2
        assert {segment["parent_id"] for segment in calls} == {listing["id"]}
    assert "body-secret" not in json.dumps(segments)


def test_a_refusal_is_annotated_and_marked(trace: Callable[[Any], list[dict[str, Any]]]) -> None:
    handler = named(trace({"maxResults": 0}), "## handler")
    assert handler["annotations"]["error"] == handler["annotations"]["status"] == "ValidationException"
    assert handler["fault"] is True
