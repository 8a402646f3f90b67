"""Builds the bundle: installs the locked packages, leaves out what Lambda does not need, and compiles."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.bundling.botocore_data import prune_botocore_data
from infra.bundling.errors import BundleError
from infra.bundling.interpreter import find_python
from infra.bundling.root_certificates import hash_root_certificates

PYTHON_VERSION = (3, 13)
LAMBDA_PLATFORM = "manylinux2014_aarch64"

_SOURCE = Path(__file__).parents[2] / "lambda_src"
_PACKAGE = "customization_jobs"
_REQUIREMENTS = "requirements.txt"
_OMITTED_FOLDERS = (
    "bin",
    "wrapt-stubs",
    # Time zones by name, which botocore never uses: it reads UTC and the local zone.
    "dateutil/zoneinfo",
    # The service has its own routes, and reads events as they are.
    "aws_lambda_powertools/event_handler",
    *(
        f"aws_lambda_powertools/utilities/{unused}"
        for unused in (
            *("auth_alpha", "batch", "circuit_breaker", "data_classes", "data_masking", "feature_flags"),
            *("idempotency", "kafka", "parameters", "parser", "streaming", "validation"),
        )
    ),
    # For Python in a browser.
    "urllib3/contrib/emscripten",
)
_OMITTED_FILES = (
    # Recurrence rules, which dateutil itself imports only to read calendars.
    "dateutil/rrule.py",
    # Raises ImportError without pyOpenSSL, which is not in the bundle. botocore then uses Python's own TLS.
    "urllib3/contrib/pyopenssl.py",
)
# Of the libraries that the X-Ray SDK can patch, only botocore is patched (`observability`).
_PATCHES = "aws_xray_sdk/ext"
_KEPT_PATCHES = ("botocore", "resources")
_OMITTED_ENDINGS = (".pyi", "py.typed", ".c")
# METADATA identifies a package to scanners such as Amazon Inspector. Licenses stay with their works.
_KEPT_IN_DIST_INFO = ("METADATA", "LICENSE", "NOTICE", "COPYING", "AUTHORS")
# 1980-01-01, the earliest time that a zip file can hold.
_MODIFICATION_TIME = 315_532_800


def build_bundle(
    destination: Path,
    *,
    allow_uncompiled: bool = False,
    platform: str = LAMBDA_PLATFORM,
    python_version: tuple[int, int] = PYTHON_VERSION,
    source: Path = _SOURCE,
) -> None:
    """Build the bundle in `destination`.

    Parameters
    ----------
    destination : Path
        The folder to fill. Its previous content is lost.
    allow_uncompiled : bool
        Whether to omit bytecode if no Python of `python_version` is installed.
    platform : str
        pip's name of the platform that runs the bundle: Lambda's, or this machine's in tests and benchmarks.
    python_version : tuple of int
        The Python that runs the bundle: Lambda's, or an installed one in tests.
    source : Path
        The folder with the package and its requirements.txt.

    Raises
    ------
    BundleError
        There is no Python to compile with, pip or the compiler failed, or a root certificate would be lost.
    """
    compiler = find_python(python_version)
    if compiler is None and not allow_uncompiled:
        raise BundleError(_missing_python(python_version))
    shutil.rmtree(destination, ignore_errors=True)
    destination.mkdir(parents=True)
    _install_packages(source / _REQUIREMENTS, destination, platform, python_version)
    _omit_unneeded_files(destination)
    prune_botocore_data(destination / "botocore" / "data")
    if compiler is not None:
        _replace_sources(destination, compiler)
    copy_package(source, destination)
    _move_root_certificates(destination)
    if compiler is not None:
        compile_bytecode(destination, compiler)
    _normalize_files(destination)


def copy_package(source: Path, destination: Path) -> None:
    """Copy the service's own package with all its files, such as JSON documents and style sheets."""
    shutil.copytree(source / _PACKAGE, destination / _PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))


def _move_root_certificates(root: Path) -> None:
    """Replace botocore's file of root certificates by the folder that `aws/root_certificates` trusts."""
    file = root / "botocore" / "cacert.pem"
    hash_root_certificates(file, root / _PACKAGE / "root_certificates")
    file.unlink()


def _replace_sources(root: Path, python: str) -> None:
    """Replace the sources of the packages by their bytecode, which takes a fifth off the bundle.

    Tracebacks name their lines, but do not show them.
    """
    # `-b`: Python imports bytecode without its source only from the place of the source.
    compile_bytecode(root, python, "-b")
    for path in list(root.rglob("*.pyc")):
        path.with_suffix(".py").unlink()


def compile_bytecode(root: Path, python: str, *options: str) -> None:
    """Compile every module for the interpreter `python`.

    Parameters
    ----------
    options : str
        Of compileall.

    Raises
    ------
    BundleError
        A module does not compile.
    """
    # `unchecked-hash`: unpacking the zip file changes modification times, which would invalidate bytecode.
    # `-s` and `-p`: tracebacks name the path on Lambda, and the build folder does not affect the output.
    command = [python, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", *options]
    result = _run([*command, "-s", str(root), "-p", "/var/task", str(root)], PYTHONHASHSEED="0")
    if result.returncode:
        raise BundleError(f"{python} could not compile the bundle:\n{result.stdout}{result.stderr}")


def _missing_python(python_version: tuple[int, int]) -> str:
    version = "{}.{}".format(*python_version)
    return (
        f"No Python {version} was found, and no other version can compile the bundle for Lambda's Python "
        f"{version}. Install it so that python{version} is on the PATH, or name it with the environment "
        f"variable PYTHON{version.replace('.', '')}. To deploy without bytecode instead, set "
        "customizationJobs.allowUncompiledBundle to true in cdk.json; cold starts then take about "
        "three times as long."
    )


def _install_packages(
    requirements: Path, destination: Path, platform: str, python_version: tuple[int, int]
) -> None:
    result = _run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--target", str(destination), "--no-compile", "--no-deps", "--require-hashes"),
            *("--platform", platform, "--implementation", "cp", "--only-binary=:all:"),
            *("--python-version", "{}.{}".format(*python_version)),
            *("--requirement", str(requirements)),
        ]
    )
    if result.returncode:
        raise BundleError(f"pip could not install the packages of {requirements}:\n{result.stderr}")


def _omit_unneeded_files(root: Path) -> None:
    for name in _OMITTED_FOLDERS:
        shutil.rmtree(root / name, ignore_errors=True)
    for name in _OMITTED_FILES:
        (root / name).unlink(missing_ok=True)
    for folder in filter(Path.is_dir, (root / _PATCHES).glob("*")):
        if folder.name not in _KEPT_PATCHES:
            shutil.rmtree(folder)
    for path in filter(Path.is_file, list(root.rglob("*"))):
        if path.name.endswith(_OMITTED_ENDINGS) or _is_unneeded_metadata(path.relative_to(root)):
            path.unlink()


def _is_unneeded_metadata(path: Path) -> bool:
    package, *inner = path.parts
    return package.endswith(".dist-info") and not any(part.startswith(_KEPT_IN_DIST_INFO) for part in inner)


def _normalize_files(root: Path) -> None:
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    # Reverse order handles the content of a folder first, because changing it changes the folder's time.
    for path in sorted(root.rglob("*"), reverse=True):
        os.utime(path, (_MODIFICATION_TIME, _MODIFICATION_TIME))


def _run(command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - programs of this machine, no text from outside
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
