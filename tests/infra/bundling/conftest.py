"""The bundle that the tests share, because a build takes seconds."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.bundling import PYTHON_VERSION, build_bundle, find_python

# The only installed Python may not be Lambda's version: everything but the version can be tested with it too.
INSTALLED_VERSION = PYTHON_VERSION if find_python(PYTHON_VERSION) else sys.version_info[:2]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "first"
    build_bundle(folder, python_version=INSTALLED_VERSION)
    return folder


def files(root: Path) -> dict[str, Path]:
    """Return every file by its path in the folder."""
    return {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}


def run_in(bundle: Path, program: str, *arguments: str) -> str:
    """Run a program whose first argument is the bundle, and return what it prints."""
    python = find_python(INSTALLED_VERSION)
    assert python
    environment = {
        # As on Lambda; elsewhere the X-Ray SDK would create a client itself.
        "LAMBDA_TASK_ROOT": str(bundle),
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
    }
    result = subprocess.run(
        [python, "-I", "-B", "-c", program, str(bundle), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
