"""Builds the bundles that are measured under build/bench, with pip, for this machine and Lambda's Python."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.bundling import PYTHON_VERSION, build_bundle, find_python

BUILD = Path("build/bench").absolute()
OURS = "ours"
RUNTIME = "runtime"
_PEERS = Path(__file__).parent / "peers"
_REQUIREMENTS = Path(__file__).parent / "requirements"
# Bundles as pip installs them when it does not compile, which is usual for bundles built for another machine.
_WITHOUT_BYTECODE = "-source"
_PLATFORM = f"manylinux2014_{platform.machine()}"

# Bytes of the two headers of a file in a zip file, without its name in each.
_HEADERS = 30 + 46


class BenchmarkError(Exception):
    """The benchmark cannot run on this machine; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Size:
    """A bundle's size in bytes: its files, and the zip file that is uploaded."""

    unzipped: int
    zipped: int


def interpreter() -> str:
    """Find the executable of a Python of Lambda's version.

    Raises
    ------
    BenchmarkError
        None was found.
    """
    found = find_python(PYTHON_VERSION)
    if found is None:
        version = "{}.{}".format(*PYTHON_VERSION)
        raise BenchmarkError(
            f"The benchmark needs Python {version}, the version of Lambda's runtime. Put python{version} "
            f"on the PATH, or set PYTHON{version.replace('.', '')} to its file."
        )
    # The executable itself: valgrind would count a launcher's instructions too.
    return _run([found, "-c", "import os, sys; print(os.path.realpath(sys.executable))"]).strip()


def bundle(name: str, python: str) -> Path:
    """Return the folder of a bundle, built if it is missing or out of date.

    Parameters
    ----------
    name : str
        "ours", "empty", or the name of a file in `requirements`; with the suffix "-source" for a bundle
        without bytecode.
    python : str
        The interpreter that compiles the bytecode.
    """
    folder = BUILD / "bundles" / name
    if name == OURS:
        # Always built, because the function's source changes.
        build_bundle(folder, platform=_PLATFORM)
        return folder
    requirements = _REQUIREMENTS / f"{name.removesuffix(_WITHOUT_BYTECODE)}.txt"
    stamp = BUILD / "stamps" / name
    state = _state(requirements, python)
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != state:
        shutil.rmtree(folder, ignore_errors=True)
        _build(name, folder, requirements, python)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(state, encoding="utf-8")
    return folder


def size(folder: Path) -> Size:
    """Measure a bundle, zipped with deflate at its default level as most tools do."""
    with _zipped(folder) as archive, zipfile.ZipFile(archive) as content:
        return Size(sum(each.file_size for each in content.infolist()), archive.stat().st_size)


def shares(folder: Path) -> Mapping[str, int]:
    """Return the bytes of a zipped bundle by package, with the two headers of each file."""
    of: Counter[str] = Counter()
    with _zipped(folder) as archive, zipfile.ZipFile(archive) as content:
        for each in content.infolist():
            package = each.filename.partition("/")[0].removesuffix(".pyc")
            name = "metadata and licenses" if ".dist-info" in package else package
            of[name] += each.compress_size + _HEADERS + 2 * len(each.filename)
    return dict(of.most_common())


@contextmanager
def _zipped(folder: Path) -> Iterator[Path]:
    archive = BUILD / "size.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in filter(Path.is_file, folder.rglob("*")):
            zipped.write(path, path.relative_to(folder))
    yield archive
    archive.unlink()


def _build(name: str, folder: Path, requirements: Path, python: str) -> None:
    # The bundle of the empty handler has no requirements, and still needs its folder.
    folder.mkdir(parents=True)
    if requirements.is_file():
        _install(requirements, folder)
    if name != RUNTIME:
        shutil.copytree(_PEERS, folder, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    if not name.endswith(_WITHOUT_BYTECODE):
        # The peers' best case: bytecode that is never checked against its source.
        _run([python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(folder)])


def _state(requirements: Path, python: str) -> str:
    digest = hashlib.sha256(_run([python, "-VV"]).encode())
    for path in (*filter(Path.is_file, [requirements]), *sorted(_PEERS.glob("*.py")), Path(__file__)):
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
    # The packages' command-line programs, which build tools leave out of a bundle.
    shutil.rmtree(folder / "bin", ignore_errors=True)


def _run(command: list[str]) -> str:
    # `PYTHONPATH` is set for this project, and must not reach other interpreters.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(  # noqa: S603 - installed programs with fixed arguments
        command, capture_output=True, text=True, check=False, env=environment
    )
    if result.returncode:
        raise BenchmarkError(f"{' '.join(command[:4])} ... failed:\n{result.stderr}{result.stdout}")
    return result.stdout
