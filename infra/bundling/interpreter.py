"""Finds the Python interpreter that can compile the bundle."""

import os
import subprocess
import sys

_IDENTIFY = "import sys; print(sys.implementation.cache_tag, sys.executable)"


def find_python(version: tuple[int, int]) -> str | None:
    """Find a CPython of `version` (major and minor) by running each candidate.

    Candidates, in order: the environment variable `PYTHON313` (`313` stands for the version), this
    interpreter, then names on the PATH.

    Returns
    -------
    str or None
        The path of the first candidate that reports this version.
    """
    digits, dotted = "{}{}".format(*version), "{}.{}".format(*version)
    candidates = (os.environ.get(f"PYTHON{digits}"), sys.executable, f"python{dotted}", "python3", "python")
    for candidate in filter(None, candidates):
        tag, executable = _identify(candidate, dotted)
        if tag == f"cpython-{digits}":
            return executable
    return None


def _identify(candidate: str, version: str) -> tuple[str, str]:
    # pyenv puts a shim of every version on the PATH, but runs only the version that it is given.
    environment = {**os.environ, "PYENV_VERSION": version}
    try:
        result = subprocess.run(  # noqa: S603 - programs of this machine, no text from outside
            [candidate, "-I", "-c", _IDENTIFY], capture_output=True, text=True, check=False, env=environment
        )
    except OSError:
        return "", ""
    tag, _, executable = result.stdout.strip().partition(" ")
    return tag, executable
