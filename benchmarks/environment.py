"""Describes the machine and the versions of a run, without host names or paths."""

import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import distributions
from os import cpu_count
from pathlib import Path

from benchmarks.contenders import CHALICE, FASTAPI, THIS_PROJECT, VALIDATION, Testbed

_REPORTED_PACKAGES = {
    *("aws-lambda-powertools", "aws-xray-sdk", "awslambdaric", "boto3", "botocore", "chalice", "fastapi"),
    *("mangum", "pydantic", "urllib3"),
}


def environment(testbed: Testbed) -> Sequence[str]:
    """Describe the date and machine, the interpreter, and the packages: a line each."""
    python = _output(testbed.python, "-c", "import platform; print(platform.python_version())")
    versions = {}
    for folder in (testbed.runtime, *map(testbed.bundle_of, (THIS_PROJECT, VALIDATION, FASTAPI, CHALICE))):
        for each in distributions(path=[str(folder)]):
            versions[each.name.lower()] = each.version
    packages = ", ".join(f"{name} {versions[name]}" for name in sorted(_REPORTED_PACKAGES & versions.keys()))
    machine = f"{cpu_count()} processors ({_processor()}), {platform.system()} {platform.machine()}"
    valgrind = _output("valgrind", "--version").replace("-", " ")
    return f"{datetime.now(UTC):%Y-%m-%d}, {machine}", f"CPython {python}, {valgrind}", packages


def _processor() -> str:
    facts = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"^model name\s*: (.*)$", facts, re.MULTILINE)
    return name[1].strip() if name else platform.machine()


def _output(*command: str) -> str:
    return subprocess.run(  # noqa: S603 - installed programs with fixed arguments
        command, capture_output=True, text=True, check=True
    ).stdout.strip()
