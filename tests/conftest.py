"""Shared by all tests: real events, and an environment with invalid credentials."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

EVENTS = Path(__file__).parent / "events"

# The handler's module creates its client when it is imported, for which it needs a region.
os.environ.setdefault("AWS_REGION", "us-east-1")


@pytest.fixture(scope="session", autouse=True)
def _invalid_credentials() -> Iterator[None]:
    """Remove the AWS and Powertools variables of whoever runs the tests, and set invalid credentials."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "POWERTOOLS_", "BEDROCK_")) and name != "AWS_CA_BUNDLE":
                patch.delenv(name)
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "example")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        yield


@pytest.fixture
def event() -> Callable[[str], Any]:
    """Return a function that reads a real event by its name."""

    def read(name: str) -> Any:
        return json.loads((EVENTS / f"{name}.json").read_text())

    return read
