"""`make mutants`: plants small bugs in the code, one at a time, and reports those that no test notices.

mutmut expects the code under `src/` and its tests beside it, so the project is first copied into that shape.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
STAGE = ROOT / "build" / "mutants"


class Group(NamedTuple):
    """Files to mutate, the tests that must notice, and those of them that would take too long."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    ignored: tuple[str, ...] = ()


GROUPS = {
    "listing": Group(("listing/*",), ("listing", "entrypoints", "test_timestamps.py")),
    # Without the model, which takes seconds for each mutant: plain tests cover each of its rules.
    "watch": Group(
        ("watch/*",),
        ("watch", "entrypoints/test_state_change.py"),
        ignored=("watch/test_model.py",),
    ),
    "http": Group(
        (
            "entrypoints/http.py",
            "entrypoints/http_request.py",
            "entrypoints/http_answer.py",
            "entrypoints/negotiation.py",
            "entrypoints/etags.py",
            "entrypoints/tables.py",
        ),
        (
            "entrypoints/test_etags.py",
            "entrypoints/test_http.py",
            "entrypoints/test_http_forms.py",
            "entrypoints/test_negotiation.py",
            "entrypoints/test_tables.py",
            "entrypoints/test_http_reports.py",
            "entrypoints/test_http_request.py",
            "test_dispatch.py",
        ),
    ),
}
_CONFIGURATION = """\
[tool.mutmut]
source_paths = ["src"]
only_mutate = {sources}
also_copy = ["tests", "docs"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = {ignored}

[tool.pytest.ini_options]
pythonpath = ["src", "."]
addopts = "-p no:cacheprovider"
filterwarnings = ["error", "ignore::pytest.PytestUnraisableExceptionWarning"]
"""


def stage(group: Group) -> None:
    """Copy the code and its unit tests into the shape that mutmut expects."""
    shutil.rmtree(STAGE, ignore_errors=True)
    STAGE.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lambda_src", STAGE / "src", ignore=ignored)
    shutil.copytree(ROOT / "docs", STAGE / "docs", ignore=ignored)
    shutil.copytree(ROOT / "tests", STAGE / "tests", ignore=ignored)
    sources = [f"src/customization_jobs/{source}" for source in group.sources]
    tests = [f"tests/unit/{test}" for test in group.tests]
    ignored_tests = [f"--ignore=tests/unit/{test}" for test in group.ignored]
    configuration = _CONFIGURATION.format(sources=sources, tests=tests, ignored=ignored_tests)
    (STAGE / "pyproject.toml").write_text(configuration)


def main() -> int:
    """Run one group; the exit code is mutmut's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("group", choices=GROUPS)
    parser.add_argument("--children", type=int, default=2, help="processes at a time")
    arguments = parser.parse_args()
    stage(GROUPS[arguments.group])
    mutmut = [sys.executable, "-m", "mutmut"]
    run = [*mutmut, "run", "--max-children", str(arguments.children)]
    code = subprocess.run(run, cwd=STAGE, check=False)  # noqa: S603 - the project's own tool
    subprocess.run([*mutmut, "results"], cwd=STAGE, check=False)  # noqa: S603 - as above
    return code.returncode


if __name__ == "__main__":
    sys.exit(main())
