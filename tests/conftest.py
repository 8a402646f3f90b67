"""What all tests share: real events, and credentials that are nobody's."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

EVENTS = Path(__file__).parent / "events"

# The handler's module makes its client at import, as Lambda's init phase does: it needs a region to be there.
os.environ.setdefault("AWS_REGION", "us-east-1")


@pytest.fixture(scope="session", autouse=True)
def _nobodys_credentials() -> Iterator[None]:
    """Take every AWS and Powertools variable away, and give credentials that are nobody's."""
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
    """Read a real event by its name."""

    def read(name: str) -> Any:
        return json.loads((EVENTS / f"{name}.json").read_text())

    return read
