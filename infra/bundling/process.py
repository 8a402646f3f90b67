"""Runs the programs that the build needs."""

import os
import subprocess
from collections.abc import Sequence


def run(command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, and return what it printed and its exit code."""
    return subprocess.run(  # noqa: S603 - programs of this machine, no text from outside
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
