"""The bundles that are measured, all made by pip for this machine and Lambda's Python, under build/bench."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from infra.bundling import PYTHON_VERSION, build_bundle, find_python

BUILD = Path("build/bench").absolute()
OURS = "ours"
RUNTIME = "runtime"
_HERE = Path(__file__).parent
# Bundles that ship as pip leaves them when it is told not to compile, as most do that are built for another
# machine.
_WITHOUT_BYTECODE = "-source"
_PLATFORM = f"manylinux2014_{platform.machine()}"


class BenchmarkError(Exception):
    """The benchmark cannot run here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Size:
    """A bundle's size in bytes, as files and as the zip file that is uploaded."""

    unzipped: int
    zipped: int


def interpreter() -> str:
    """Find the file of a Python of Lambda's version.

    Raises
    ------
    BenchmarkError
        There is none.
    """
    found = find_python(PYTHON_VERSION)
    if found is None:
        version = "{}.{}".format(*PYTHON_VERSION)
        raise BenchmarkError(
            f"The benchmark needs Python {version}, which Lambda runs. Put python{version} on the PATH, "
            f"or name one by PYTHON{version.replace('.', '')}=FILE."
        )
    # Not a name or a launcher: valgrind would count that one.
    return _run([found, "-c", "import os, sys; print(os.path.realpath(sys.executable))"]).strip()


def bundle(name: str, python: str) -> Path:
    """Return the bundle of that name, built where it is missing or out of date.

    Parameters
    ----------
    name : str
        "ours"; "empty"; or the name of a requirements file here, alone or with "-source" for a bundle without
        bytecode.
    python : str
        The interpreter that compiles.
    """
    folder = BUILD / "bundles" / name
    if name == OURS:
        # Each time, because the function changes.
        build_bundle(folder, platform=_PLATFORM)
        return folder
    requirements = _HERE / f"requirements-{name.removesuffix(_WITHOUT_BYTECODE)}.txt"
    stamp = BUILD / "stamps" / name
    state = _state(requirements, python)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    # Also where no requirements are, as in a bundle for an empty handler.
    folder.mkdir(parents=True)
    if requirements.is_file():
        _install(requirements, folder)
    if name != RUNTIME:
        shutil.copytree(
            _HERE / "peers", folder, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
        )
    if not name.endswith(_WITHOUT_BYTECODE):
        # The peers' best case: bytecode that is never checked against its source.
        _run([python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(folder)])
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state, encoding="utf-8")
    return folder


def size(folder: Path) -> Size:
    """Measure a bundle; it is zipped as most tools do, by deflate at the usual level."""
    archive = BUILD / "size.zip"
    files = [path for path in folder.rglob("*") if path.is_file()]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in files:
            zipped.write(path, path.relative_to(folder))
    measured = Size(sum(path.stat().st_size for path in files), archive.stat().st_size)
    archive.unlink()
    return measured


def _state(requirements: Path, python: str) -> str:
    digest = hashlib.sha256(_run([python, "-VV"]).encode())
    peers = sorted((_HERE / "peers").glob("*.py"))
    for path in (*filter(Path.is_file, [requirements]), *peers, Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _install(requirements: Path, folder: Path) -> None:
    _run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--target", str(folder), "--no-compile", "--no-deps", "--require-hashes"),
            *("--platform", _PLATFORM, "--implementation", "cp", "--only-binary=:all:"),
            *("--python-version", "{}.{}".format(*PYTHON_VERSION)),
            *("--requirement", str(requirements)),
        ]
    )
    # Command lines of the packages, which no build tool ships.
    shutil.rmtree(folder / "bin", ignore_errors=True)


def _run(command: list[str]) -> str:
    # `PYTHONPATH` is of this project, and no business of the interpreters that are asked here.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(  # noqa: S603 - programs of this machine, no text from outside
        command, capture_output=True, text=True, check=False, env=environment
    )
    if result.returncode:
        raise BenchmarkError(f"{' '.join(command[:4])} ... failed:\n{result.stderr}{result.stdout}")
    return result.stdout
