"""Replaces the sources of the bundle with their bytecode."""

from pathlib import Path

from infra.bundling.errors import BundleError
from infra.bundling.process import run


def replace_sources(root: Path, python: str) -> None:
    """Compile every module for the interpreter `python`, and remove its source.

    Docstrings and assertions are left out. Tracebacks name the lines of the sources, but do not show them.

    Raises
    ------
    BundleError
        A module does not compile.
    """
    # `-b`: Python imports bytecode that has no source only from where the source would be. `-o 2`: as `-OO`.
    # `unchecked-hash`: unpacking the zip file changes modification times, which would invalidate bytecode.
    # `-s` and `-p`: tracebacks name the path on Lambda, and the build folder does not affect the output.
    options = ["-q", "-b", "-o", "2", "--invalidation-mode", "unchecked-hash"]
    command = [python, "-I", "-m", "compileall", *options, "-s", str(root), "-p", "/var/task", str(root)]
    result = run(command, PYTHONHASHSEED="0")
    if result.returncode:
        raise BundleError(f"{python} could not compile the bundle:\n{result.stdout}{result.stderr}")
    for path in list(root.rglob("*.py")):
        path.unlink()
