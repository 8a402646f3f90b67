"""What a run was measured on and with, without the names of machines or paths."""

import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import distributions
from os import cpu_count
from pathlib import Path

from benchmarks.contenders import CHALICE, FASTAPI, SELF, VALIDATION, Stage

_NAMED = {
    *("aws-lambda-powertools", "aws-xray-sdk", "awslambdaric", "boto3", "botocore", "chalice", "fastapi"),
    *("mangum", "pydantic", "urllib3"),
}


def environment(stage: Stage) -> Sequence[str]:
    """Describe machine and versions, a sentence each."""
    python = _said(stage.python, "-c", "import platform; print(platform.python_version())")
    found = {}
    for folder in (stage.runtime, *map(stage.bundle_of, (SELF, VALIDATION, FASTAPI, CHALICE))):
        for each in distributions(path=[str(folder)]):
            found[each.name.lower()] = each.version
    packages = ", ".join(f"{name} {found[name]}" for name in sorted(_NAMED & found.keys()))
    machine = f"{cpu_count()} processors ({_processor()}), {platform.system()} {platform.machine()}"
    valgrind = _said("valgrind", "--version").replace("-", " ")
    return f"{datetime.now(UTC):%Y-%m-%d}, {machine}", f"CPython {python}, {valgrind}", packages


def _processor() -> str:
    facts = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"^model name\s*: (.*)$", facts, re.MULTILINE)
    return name[1].strip() if name else platform.machine()


def _said(*command: str) -> str:
    return subprocess.run(  # noqa: S603 - programs of this machine, no text from outside
        command, capture_output=True, text=True, check=True
    ).stdout.strip()
