"""The bundle: built once a session, and once more to compare."""

import gzip
import json
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import botocore
import pytest

from infra import bundling
from infra.bundling import CALLED, PYTHON_VERSION, BundleError, build_bundle, find_python, prune_model
from tests.infra.conftest import ROOT

FOUR_MEGABYTES = 4_000_000
# Prints where each service is found in each region and variant, by the botocore that is first on the path.
ENDPOINTS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import botocore.session
from botocore.config import Config
session = botocore.session.get_session()
session.set_credentials("any", "any")
found = {}
variants = [(fips, dual) for fips in (False, True) for dual in (False, True)]
resolver = session.get_component("endpoint_resolver")
for service in sys.argv[2:]:
    for partition in session.get_available_partitions():
        regions = resolver.get_available_endpoints(service, partition, allow_non_regional=True)
        # Making a client takes its time: of the other services, some regions of each partition are asked.
        if service != "bedrock":
            regions = regions[:3]
        for region in regions:
            for fips, dual in variants:
                config = Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual)
                name = f"{service} {region} {fips} {dual}"
                try:
                    client = session.create_client(service, region_name=region, config=config)
                    found[name] = client.meta.endpoint_url
                except Exception as error:
                    found[name] = repr(error)
print(json.dumps(found))
"""
# What a cold start does: imports the handler, which makes its client.
COLD_START = """
import json, sys
sys.path.insert(0, sys.argv[1])
from customization_jobs import handler
import botocore.session
for service, operations in json.loads(sys.argv[2]).items():
    client = botocore.session.get_session().create_client(service, region_name="us-east-1")
    assert client.meta.service_model.operation_names == operations, client.meta.service_model.operation_names
assert callable(handler.lambda_handler)
print(botocore.session.__file__)
"""


# A user may have one Python only, and not Lambda's: all but the version is proved by that one too.
AT_HAND = PYTHON_VERSION if find_python(PYTHON_VERSION) else sys.version_info[:2]


def the_python() -> str:
    python = find_python(AT_HAND)
    assert python
    return python


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "first"
    build_bundle(folder, python_version=AT_HAND)
    return folder


def files(root: Path) -> dict[str, Path]:
    return {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}


def run_in(bundle: Path, program: str, *arguments: str) -> str:
    environment = {
        # As on Lambda; elsewhere the X-Ray SDK would make a client of its own.
        "LAMBDA_TASK_ROOT": str(bundle),
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
    }
    result = subprocess.run(
        [the_python(), "-I", "-B", "-c", program, str(bundle), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_two_builds_are_equal_byte_for_byte(bundle: Path) -> None:
    second = bundle.with_name("second of another name")
    second.mkdir()
    (second / "left from before").touch()
    build_bundle(second, python_version=AT_HAND)
    first_files, second_files = files(bundle), files(second)
    assert list(first_files) == list(second_files)
    for name, path in first_files.items():
        assert path.read_bytes() == second_files[name].read_bytes(), name
        assert path.stat().st_mtime == second_files[name].stat().st_mtime == 315_532_800
        assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_the_bundle_is_small(bundle: Path, tmp_path: Path) -> None:
    archive = tmp_path / "bundle.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, path in files(bundle).items():
            zipped.write(path, name)
    assert archive.stat().st_size <= FOUR_MEGABYTES


def test_everything_is_compiled_for_the_python_that_runs_it_and_never_checked(bundle: Path) -> None:
    tag = "cpython-{}{}".format(*AT_HAND)
    for name, path in files(bundle).items():
        if path.suffix == ".py":
            compiled = path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc"
            # PEP 552: bit 0 says that a hash is used, bit 1 that it is checked at import.
            assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 0b01, name


def test_bytecode_names_lambdas_folder_and_not_that_of_the_build(bundle: Path) -> None:
    compiled = next((bundle / "customization_jobs" / "__pycache__").glob("handler.*")).read_bytes()
    assert b"/var/task/customization_jobs/handler.py" in compiled
    for name, path in files(bundle).items():
        assert str(bundle).encode() not in path.read_bytes(), name


def test_what_nobody_needs_is_left_out(bundle: Path) -> None:
    names = set(files(bundle))
    assert not [name for name in names if name.endswith((".pyi", "py.typed", ".c", "RECORD"))]
    parts = {part for name in names for part in name.split("/")}
    assert not parts & {
        "bin",
        "tests",
        "test",
        "examples",
        "swagger_ui",
        "idempotency",
        "boto3",
        "s3transfer",
    }
    data = {name.split("/")[2] for name in names if name.startswith("botocore/data/")}
    assert {each for each in data if "." not in each} == set(CALLED)
    assert {"botocore/cacert.pem", "customization_jobs/handler.py"} < names
    assert len({name for name in names if name.endswith(".dist-info/METADATA")}) >= 8


def test_the_native_code_is_for_lambdas_processor(bundle: Path) -> None:
    native = [path for path in files(bundle).values() if path.suffix == ".so"]
    assert native
    for path in native:
        # ELF's e_machine: 183 is AArch64.
        assert int.from_bytes(path.read_bytes()[18:20], "little") == 183


def test_the_handler_and_every_client_start_from_the_bundle_alone(bundle: Path) -> None:
    before = {name: path.stat().st_mtime for name, path in files(bundle).items()}
    origin = run_in(bundle, COLD_START, json.dumps(CALLED))
    assert origin.startswith(str(bundle))
    assert {name: path.stat().st_mtime for name, path in files(bundle).items()} == before


# The same handler, told by its environment that it is the watch: it makes all three clients at its start.
WATCH_START = """
import os, sys
sys.path.insert(0, sys.argv[1])
os.environ |= {"WATCH_TABLE": "jobs", "WATCH_BUS": "bus", "WATCH_LIMITS": "{}"}
import botocore.session
made = []
create = botocore.session.Session.create_client
def noting(self, service, *args, **kwargs):
    made.append(service)
    return create(self, service, *args, **kwargs)
botocore.session.Session.create_client = noting
from customization_jobs import handler
print(*sorted(made))
"""


def test_the_watch_starts_from_the_bundle_alone(bundle: Path) -> None:
    assert run_in(bundle, WATCH_START).split() == sorted(CALLED)


def test_each_service_is_found_where_the_whole_of_botocore_finds_it(bundle: Path) -> None:
    whole = str(Path(botocore.__file__).parents[1])
    expected = subprocess.run(
        [sys.executable, "-I", "-c", ENDPOINTS, whole, *CALLED], capture_output=True, text=True, check=True
    ).stdout
    found = json.loads(run_in(bundle, ENDPOINTS, *CALLED))
    assert found == json.loads(expected)
    assert {name.split()[0] for name in found} == set(CALLED)


@pytest.mark.parametrize(
    ("service", "some_shapes"),
    [
        ("bedrock", {"ThrottlingException", "ModelCustomizationJobSummaries", "StatusDetails"}),
        ("dynamodb", {"ConditionalCheckFailedException", "BatchGetItemOutput", "AttributeValue"}),
        ("events", {"PutEventsResultEntry"}),
    ],
)
def test_a_model_is_cut_down_to_what_its_operations_are_made_of(
    bundle: Path, service: str, some_shapes: set[str]
) -> None:
    path = next((bundle / "botocore" / "data" / service).glob("*/service-2.json"))
    cut = json.loads(path.read_bytes())
    original = Path(botocore.__file__).parent / "data" / service / path.parent.name / "service-2.json.gz"
    whole: dict[str, Any] = json.loads(gzip.decompress(original.read_bytes()))
    assert cut == prune_model(whole, CALLED[service])
    assert tuple(cut["operations"]) == CALLED[service]
    assert len(cut["shapes"]) < len(whole["shapes"]) / 4
    assert some_shapes <= set(cut["shapes"])
    assert list(path.parent.glob("endpoint-rule-set-1.json*"))
    for name, shape in cut["shapes"].items():
        assert shape == whole["shapes"][name]


def test_shapes_that_hold_each_other_are_kept_once() -> None:
    model = {
        "metadata": {"shape": "not a shape of an operation"},
        "operations": {"List": {"input": {"shape": "A"}, "errors": [{"shape": "E"}]}, "Get": {}},
        "shapes": {
            "A": {"members": {"b": {"shape": "B"}, "shape": {"shape": "S"}}},
            "B": {"member": {"shape": "A"}},
            "E": {},
            "S": {"enum": ["A"]},
            "Z": {},
        },
    }
    pruned = prune_model(model, ["List"])
    assert list(pruned["shapes"]) == ["A", "B", "E", "S"]
    assert list(pruned["operations"]) == ["List"]
    assert pruned["metadata"] == model["metadata"]


# ------------------------------------------------------------------------------- when it cannot be built


def fake_python(folder: Path, name: str, answer: str) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    return program


def test_a_python_is_asked_and_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHON399", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    fake_python(tmp_path, "python3.99", "echo 'no such version' >&2; exit 127")
    assert find_python((3, 99)) is None
    fake_python(tmp_path, "python3", f"echo cpython-399 {tmp_path}/python3")
    assert find_python((3, 99)) == f"{tmp_path}/python3"


def test_a_python_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYTHON399", str(fake_python(tmp_path, "mine", "echo cpython-399 /where/it/is")))
    assert find_python((3, 99)) == "/where/it/is"


def test_this_interpreter_will_do_where_it_is_the_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = find_python(sys.version_info[:2])
    assert found is not None
    assert Path(found).samefile(sys.executable)


def test_without_lambdas_python_the_build_fails_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundling, "find_python", lambda _: None)
    with pytest.raises(BundleError) as error:
        build_bundle(tmp_path / "bundle")
    assert str(error.value) == (
        "No Python 3.13 was found, and no other version can compile the bundle for Lambda's Python 3.13. "
        "Install it so that python3.13 is on the PATH, or name one by PYTHON313=FILE. Or, for cold starts "
        "that take about three times as long, "
        "set customizationJobs.allowUncompiledBundle in cdk.json to true."
    )
    assert not (tmp_path / "bundle").exists()


def test_told_to_the_build_ships_without_bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundling, "find_python", lambda _: None)
    monkeypatch.setattr(bundling, "_install_packages", lambda *_: None)
    monkeypatch.setattr(bundling, "_prune_botocore_data", lambda _: None)
    build_bundle(tmp_path / "bundle", allow_uncompiled=True)
    assert (tmp_path / "bundle" / "customization_jobs" / "handler.py").exists()
    assert not list((tmp_path / "bundle").rglob("*.pyc"))


def test_what_pip_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").write_text("./no-such-package\n")
    monkeypatch.setattr(bundling, "_SOURCE", tmp_path)
    with pytest.raises(BundleError, match=r"pip could not install .*\n"):
        build_bundle(tmp_path / "bundle", allow_uncompiled=True)


def test_code_that_does_not_compile_ends_the_build(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def")
    with pytest.raises(BundleError, match="could not compile the bundle"):
        bundling._compile(tmp_path, sys.executable)  # noqa: SLF001 - a whole build would only take longer


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Path] = []
    monkeypatch.setattr(bundling, "build_bundle", built.append)
    monkeypatch.setattr(sys, "argv", ["bundling", str(tmp_path)])
    bundling.main()
    assert built == [tmp_path]
    monkeypatch.setattr(sys, "argv", ["bundling"])
    with pytest.raises(SystemExit, match="Usage"):
        bundling.main()

    def fail(_: Path) -> None:
        raise BundleError("no Python")

    monkeypatch.setattr(sys, "argv", ["bundling", str(tmp_path)])
    monkeypatch.setattr(bundling, "build_bundle", fail)
    with pytest.raises(SystemExit, match="no Python"):
        bundling.main()


def test_the_lock_names_every_package_with_its_hashes() -> None:
    lock = (ROOT / "lambda_src" / "requirements.txt").read_text()
    for requirement in filter(None, lock.replace("\\\n", " ").splitlines()):
        assert "==" in requirement
        assert "--hash=sha256:" in requirement
