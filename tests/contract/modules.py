"""The import budget: what a cold start of the function may load."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUDGET = Path(__file__).with_name("cold_start_modules.txt")
# The program that asks; and what each Python version has of its own inside.
_NOT_COUNTED = {"__main__", "tests", "mypyc"}


def cold_start_modules() -> set[str]:
    """Start the function cold in a process of its own and name what it loaded.

    Returns
    -------
    set of str
        Every module of a package; of the standard library the public top-level names alone, because what is
        inside it changes from version to version.
    """
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((str(ROOT / "lambda_src"), str(ROOT))),
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        # As the stack sets it for the listing function.
        "WATCH_TABLE": "any",
        "LAMBDA_TASK_ROOT": str(ROOT / "lambda_src"),
        "_X_AMZN_TRACE_ID": "Root=1-69a42c40-5d2b7b0f1a2b3c4d5e6f7a8b;Parent=53995c3f42cd8ad8;Sampled=0",
    }
    said = subprocess.run(
        [sys.executable, "-m", "tests.contract.cold_start"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return set(_counted(line for line in said.splitlines() if not line.startswith("{")))


def _counted(modules: Iterable[str]) -> Iterable[str]:
    for module in modules:
        top = module.partition(".")[0]
        if top in _NOT_COUNTED or module.startswith("_"):
            continue
        yield top if top in sys.stdlib_module_names else module


def budget() -> set[str]:
    """Read the modules that were accepted."""
    return set(BUDGET.read_text().split())
