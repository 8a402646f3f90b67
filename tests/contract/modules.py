"""The import budget: the modules that a cold start of the function may load."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUDGET = Path(__file__).with_name("cold_start_modules.txt")
_EVENT = ROOT / "tests" / "events" / "api-gateway-rest.json"


def cold_start_modules(python: str = sys.executable) -> set[str]:
    """Start the function cold in a separate process and return the modules that it loaded.

    The interpreter starts without `site`: sitecustomize, usercustomize and .pth files of the machine, such as
    those that Debian and Ubuntu install, are not modules of the function.

    Parameters
    ----------
    python : str
        An interpreter of the version that runs the tests.

    Returns
    -------
    set of str
        All modules of packages. Of the standard library only the public top-level names, because its inner
        modules differ between versions.
    """
    environment = {
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        # As the stack sets it for the listing function.
        "WATCH_TABLE": "any",
        "LAMBDA_TASK_ROOT": str(ROOT / "lambda_src"),
        "_X_AMZN_TRACE_ID": "Root=1-69a42c40-5d2b7b0f1a2b3c4d5e6f7a8b;Parent=53995c3f42cd8ad8;Sampled=0",
        # Hides ~/.aws: Lambda has no configuration files.
        "HOME": os.devnull,
    }
    packages = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    output = subprocess.run(
        [
            *(python, "-I", "-S", str(Path(__file__).with_name("cold_start.py"))),
            *(str(_EVENT), str(ROOT / "lambda_src"), *packages),
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return set(_counted(line for line in output.splitlines() if not line.startswith("{")))


def _counted(modules: Iterable[str]) -> Iterable[str]:
    for module in modules:
        if module.startswith("_"):
            continue
        top = module.partition(".")[0]
        yield top if top in sys.stdlib_module_names else module


def budget() -> set[str]:
    """Read the modules that were accepted."""
    return set(BUDGET.read_text().split())


def loaded_with(modules: Iterable[str]) -> set[str]:
    """Return the modules of the standard library that this Python loads when it imports the given ones.

    The standard library's own imports differ between versions: `pathlib` loads `glob` in 3.14, but not in
    3.11. With them, a budget that was accepted with one version holds for the others.
    """
    program = (
        "import importlib.util, sys\n"
        "for name in sys.argv[1:]: importlib.util.find_spec(name) and __import__(name)\n"
        "print(*sys.modules)"
    )
    # In one order, because a few modules import each other and fail in another.
    names = sorted(set(modules) & sys.stdlib_module_names)
    command = [sys.executable, "-I", "-S", "-c", program, *names]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return set(_counted(output.split()))
