"""Builds the bundle: installs the locked packages, leaves out what Lambda does not need, and compiles."""

import os
import shutil
import sys
from pathlib import Path

from infra.bundling.botocore_data import prune_botocore_data
from infra.bundling.botocore_docs import replace_botocore_docs
from infra.bundling.bytecode import replace_sources
from infra.bundling.errors import BundleError
from infra.bundling.interpreter import find_python
from infra.bundling.process import run
from infra.bundling.root_certificates import hash_root_certificates
from infra.bundling.unneeded_files import remove_unneeded_files

PYTHON_VERSION = (3, 13)
LAMBDA_PLATFORM = "manylinux2014_aarch64"

_SOURCE = Path(__file__).parents[2] / "lambda_src"
_PACKAGE = "customization_jobs"
_REQUIREMENTS = "requirements.txt"
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
    remove_unneeded_files(destination)
    prune_botocore_data(destination / "botocore" / "data")
    replace_botocore_docs(destination / "botocore" / "docs")
    copy_package(source, destination)
    _move_root_certificates(destination)
    if compiler is not None:
        replace_sources(destination, compiler)
    _normalize_files(destination)


def copy_package(source: Path, destination: Path) -> None:
    """Copy the service's own package with all its files, such as JSON documents and style sheets."""
    shutil.copytree(source / _PACKAGE, destination / _PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))


def _move_root_certificates(root: Path) -> None:
    """Replace botocore's file of root certificates with the folder that `aws/root_certificates` trusts."""
    file = root / "botocore" / "cacert.pem"
    hash_root_certificates(file, root / _PACKAGE / "root_certificates")
    file.unlink()


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
    result = run(
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


def _normalize_files(root: Path) -> None:
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    # Reverse order handles the content of a folder first, because changing it changes the folder's time.
    for path in sorted(root.rglob("*"), reverse=True):
        os.utime(path, (_MODIFICATION_TIME, _MODIFICATION_TIME))
