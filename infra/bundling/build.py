"""The bundle: the folder that Lambda runs, byte for byte the same from each build.

pip alone builds it, for Lambda's processor and Python, on any machine: `python -m infra.bundling FOLDER`.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PYTHON_VERSION = (3, 13)
LAMBDA_PLATFORM = "manylinux2014_aarch64"
# What the functions call of AWS: of botocore's data, which describes every service, only this is kept.
CALLED: Mapping[str, Sequence[str]] = {
    "bedrock": ("GetModelCustomizationJob", "ListModelCustomizationJobs"),
    "dynamodb": ("BatchGetItem", "GetItem", "PutItem"),
    "events": ("PutEvents",),
}

_SOURCE = Path(__file__).parent.parent / "lambda_src"
_PACKAGE = "customization_jobs"
_LEFT_OUT_FOLDERS = (
    "bin",
    "wrapt-stubs",
    # The web page that Powertools can serve beside an API; ours serves the OpenAPI document alone.
    "aws_lambda_powertools/event_handler/openapi/swagger_ui",
    *(
        f"aws_lambda_powertools/utilities/{unused}"
        for unused in (
            *("auth_alpha", "batch", "circuit_breaker", "data_masking", "feature_flags", "idempotency"),
            *("kafka", "parameters", "parser", "streaming"),
        )
    ),
)
_LEFT_OUT_ENDINGS = (".pyi", "py.typed", ".c")
# METADATA tells scanners such as Amazon Inspector which package this is; licences stay with their works.
_KEPT_OF_DIST_INFO = ("METADATA", "LICENSE", "NOTICE", "COPYING", "AUTHORS")
# 1980-01-01, the earliest time that a zip file can hold.
_TIME_OF_ALL_FILES = 315_532_800


class BundleError(Exception):
    """The bundle cannot be built; the message says what to do."""


def build_bundle(
    destination: Path,
    *,
    allow_uncompiled: bool = False,
    platform: str = LAMBDA_PLATFORM,
    python_version: tuple[int, int] = PYTHON_VERSION,
) -> None:
    """Build the bundle.

    Parameters
    ----------
    destination : Path
        The folder to fill. What was there is lost.
    allow_uncompiled : bool
        Where no Python of Lambda's version is at hand, ship without bytecode.
    platform : str
        pip's name of where the bundle runs: Lambda's, or this machine's for tests and the benchmark.
    python_version : tuple of int
        The Python that runs it: Lambda's, or the one at hand for tests.

    Raises
    ------
    BundleError
        There is no Python to compile with, or pip failed.
    """
    compiler = find_python(python_version)
    if compiler is None and not allow_uncompiled:
        raise BundleError(_no_compiler())
    shutil.rmtree(destination, ignore_errors=True)
    destination.mkdir(parents=True)
    _install_packages(destination, platform, python_version)
    shutil.copytree(_SOURCE / _PACKAGE, destination / _PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    _leave_out(destination)
    _prune_botocore_data(destination / "botocore" / "data")
    if compiler is not None:
        _compile(destination, compiler)
    _make_uniform(destination)


def find_python(version: tuple[int, int]) -> str | None:
    """Find a CPython of `version`, by asking each candidate: a name on the PATH need not be a Python.

    Parameters
    ----------
    version : tuple of int
        Major and minor.

    Returns
    -------
    str or None
        The first that answers as that version: what the environment variable `PYTHON313` names, this
        interpreter, then names on the PATH. (`313` stands for the version.)
    """
    digits, dotted = "{}{}".format(*version), "{}.{}".format(*version)
    candidates = (os.environ.get(f"PYTHON{digits}"), sys.executable, f"python{dotted}", "python3", "python")
    question = "import sys; print(sys.implementation.cache_tag, sys.executable)"
    for candidate in filter(None, candidates):
        try:
            # pyenv puts a shim of every version on the PATH, and runs only the one that it is told.
            answer = _run([candidate, "-I", "-c", question], PYENV_VERSION=dotted)
        except OSError:
            continue
        tag, _, executable = answer.stdout.strip().partition(" ")
        if tag == f"cpython-{digits}":
            return executable
    return None


def _no_compiler() -> str:
    version = "{}.{}".format(*PYTHON_VERSION)
    return (
        f"No Python {version} was found, and no other version can compile the bundle for Lambda's Python "
        f"{version}. Install it so that python{version} is on the PATH, or name one by "
        f"PYTHON{version.replace('.', '')}=FILE. Or, for cold starts that take about three times as long, "
        "set customizationJobs.allowUncompiledBundle in cdk.json to true."
    )


def _run(command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - programs of this machine, no text from outside
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def _install_packages(destination: Path, platform: str, python_version: tuple[int, int]) -> None:
    result = _run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--target", str(destination), "--no-compile", "--no-deps", "--require-hashes"),
            *("--platform", platform, "--implementation", "cp", "--only-binary=:all:"),
            *("--python-version", "{}.{}".format(*python_version)),
            *("--requirement", str(_SOURCE / "requirements.txt")),
        ]
    )
    if result.returncode:
        raise BundleError(
            f"pip could not install the packages of lambda_src/requirements.txt:\n{result.stderr}"
        )


def _leave_out(root: Path) -> None:
    for name in _LEFT_OUT_FOLDERS:
        shutil.rmtree(root / name, ignore_errors=True)
    for path in _files(root):
        package, *inner = path.relative_to(root).parts
        of_dist_info = package.endswith(".dist-info") and not any(
            part.startswith(_KEPT_OF_DIST_INFO) for part in inner
        )
        if of_dist_info or path.name.endswith(_LEFT_OUT_ENDINGS):
            path.unlink()


def _prune_botocore_data(data: Path) -> None:
    for folder in filter(Path.is_dir, data.iterdir()):
        if folder.name not in CALLED:
            shutil.rmtree(folder)
    for service, operations in CALLED.items():
        for model in (data / service).glob("*/service-2.json.gz"):
            # Plain, because each cold start would unpack it again.
            plain = model.with_suffix("")
            plain.write_bytes(
                _compact(prune_model(json.loads(gzip.decompress(model.read_bytes())), operations))
            )
            model.unlink()
    endpoints = data / "endpoints.json"
    endpoints.write_bytes(_compact(_prune_endpoints(json.loads(endpoints.read_bytes()))))


def prune_model(model: dict[str, Any], operations: Sequence[str]) -> dict[str, Any]:
    """Leave in a service model only `operations` and the shapes that they are made of.

    Parameters
    ----------
    model : dict
        A `service-2.json` of botocore.
    operations : sequence of str
        The names of the operations.

    Returns
    -------
    dict
        A model that is whole for these operations.
    """
    kept = {name: model["operations"][name] for name in operations}
    shapes: dict[str, Any] = {}
    wanted = [name for operation in kept.values() for name in _shapes_of(operation)]
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            wanted.extend(_shapes_of(shapes[name]))
    return {**model, "operations": kept, "shapes": {name: shapes[name] for name in sorted(shapes)}}


def _shapes_of(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _shapes_of(value)
    elif isinstance(part, list):
        for item in part:
            yield from _shapes_of(item)


def _prune_endpoints(endpoints: dict[str, Any]) -> dict[str, Any]:
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in CALLED}
    return endpoints


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _compile(root: Path, python: str) -> None:
    # `unchecked-hash`: unpacking a zip changes the files' times, and by them all bytecode would look stale.
    # The path is Lambda's, so that tracebacks find the source, and the folder of the build leaves no trace.
    # The sources stay: without them bytecode beside them is not imported, and tracebacks show no lines.
    command = [python, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    result = _run([*command, "-s", str(root), "-p", "/var/task", str(root)], PYTHONHASHSEED="0")
    if result.returncode:
        raise BundleError(f"{python} could not compile the bundle:\n{result.stdout}{result.stderr}")


def _make_uniform(root: Path) -> None:
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    # Folders last and inner ones first, because their times change with what is in them.
    for path in sorted(root.rglob("*"), reverse=True):
        os.utime(path, (_TIME_OF_ALL_FILES, _TIME_OF_ALL_FILES))


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def main() -> None:
    """Build the bundle in the folder that the command line names."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and one argument
        sys.exit("Usage: python -m infra.bundling FOLDER")
    try:
        build_bundle(Path(sys.argv[1]))
    except BundleError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
