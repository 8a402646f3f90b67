"""Mutation tests of constructs, all in one process: mutmut's forks would share one jsii kernel.

mutmut only generates the mutants here. A mutant that no test notices is equivalent if it changes no template.
"""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STAGE = ROOT / "build" / "template-mutants"
_SOURCES = tuple(
    f"infra/constructs/{name}.py"
    for name in (
        *("alarms", "alarms_delivery", "alarms_factory", "alarms_function", "alarms_sweep", "alarms_wait"),
        *("metrics", "rules"),
    )
)
_TESTS = tuple(
    f"tests/infra/test_{name}.py" for name in ("alarms", "deployments", "dashboard", "permissions", "stack")
)
_CONFIGURATION = f"""\
[tool.mutmut]
source_paths = ["infra"]
only_mutate = {json.dumps(_SOURCES)}
also_copy = ["tests", "lambda_src", "docs", "cdk.json"]
# These tests reach no mutant, so that mutmut stops after it has generated them.
pytest_add_cli_args_test_selection = ["tests/infra/test_settings_table.py"]

[tool.pytest.ini_options]
pythonpath = ["lambda_src", "."]
"""


def generate() -> Path:
    """Generate the mutants and return the folder that contains them."""
    shutil.rmtree(STAGE, ignore_errors=True)
    STAGE.mkdir(parents=True)
    for name in ("infra", "lambda_src", "tests", "docs"):
        shutil.copytree(ROOT / name, STAGE / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "cdk.json", STAGE)
    (STAGE / "pyproject.toml").write_text(_CONFIGURATION)
    subprocess.run([sys.executable, "-m", "mutmut", "run"], cwd=STAGE, check=False, capture_output=True)
    return STAGE / "mutants"


@contextlib.contextmanager
def active(mutant: str) -> Iterator[None]:
    """Make one mutant the code under test."""
    os.environ["MUTANT_UNDER_TEST"] = mutant
    try:
        yield
    finally:
        os.environ["MUTANT_UNDER_TEST"] = ""


def tests_pass() -> bool:
    """Run the tests with the active mutant."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return pytest.main(["-x", "-q", "-p", "no:cacheprovider", *_TESTS]) == 0


def templates(folder: Path) -> list[str]:
    """Synthesize the stack with the default settings and with an alarm address."""
    from tests.infra.conftest import Synthesis  # noqa: PLC0415 - from the staged copy

    return [
        Synthesis(folder / str(number), settings).template_file.read_text()
        for number, settings in enumerate(({}, {"alarmEmail": "someone@example.com"}))
    ]


def main() -> int:
    """Test each mutant; the exit code is 1 if fewer than 95 % of those that matter are noticed."""
    stage = generate()
    os.chdir(stage)
    # The staged copy, and none of the modules that this program may have imported.
    sys.path[:0] = [str(stage), str(stage / "lambda_src")]
    keys = [
        key
        for source in _SOURCES
        for key in json.loads((stage / f"{source}.meta").read_text())["exit_code_by_key"]
    ]
    outcomes: Counter[str] = Counter()
    with active(""):
        original = templates(stage / "build" / "original")
    for number, mutant in enumerate(keys):
        with active(mutant):
            outcome = "killed"
            if tests_pass():
                same = templates(stage / "build" / str(number)) == original
                outcome = "equivalent" if same else "survived"
        outcomes[outcome] += 1
        if outcome == "survived":
            print("survived", mutant, flush=True)
    with active(""):
        if not tests_pass():
            print("The tests fail without a mutant.")
            return 2
    print(dict(outcomes))
    return int(outcomes["killed"] < 0.95 * (outcomes["killed"] + outcomes["survived"]))


if __name__ == "__main__":
    sys.exit(main())
