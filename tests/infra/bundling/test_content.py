"""What the bundle contains."""

import stat
import zipfile
from pathlib import Path

from infra.bundling import build_bundle
from infra.bundling.botocore_data import CALLED_OPERATIONS
from infra.bundling.build import copy_package
from tests.infra.bundling.conftest import INSTALLED_VERSION, files
from tests.infra.conftest import ROOT

LARGEST = 2_500_000


def test_two_builds_are_identical_byte_for_byte(bundle: Path) -> None:
    second = bundle.with_name("second with another name")
    second.mkdir()
    (second / "left from before").touch()
    build_bundle(second, python_version=INSTALLED_VERSION)
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
    assert archive.stat().st_size <= LARGEST


def test_every_module_is_bytecode_with_unchecked_hashes(bundle: Path) -> None:
    assert not [name for name in files(bundle) if name.endswith(".py") or "__pycache__" in name]
    for name, path in files(bundle).items():
        if path.suffix == ".pyc":
            # PEP 552: bit 0 says that a hash is used, bit 1 that it is checked at import.
            assert int.from_bytes(path.read_bytes()[4:8], "little") == 0b01, name


def test_bytecode_has_no_docstrings(bundle: Path) -> None:
    assert (
        b"Passes each event to its entry point"
        not in (bundle / "customization_jobs" / "dispatch.pyc").read_bytes()
    )


def test_bytecode_names_the_folder_on_lambda_and_not_that_of_the_build(bundle: Path) -> None:
    compiled = (bundle / "customization_jobs" / "handler.pyc").read_bytes()
    assert b"/var/task/customization_jobs/handler.py" in compiled
    for name, path in files(bundle).items():
        assert str(bundle).encode() not in path.read_bytes(), name


def test_files_that_lambda_does_not_need_are_omitted(bundle: Path) -> None:
    names = set(files(bundle))
    assert not [name for name in names if name.endswith((".pyi", "py.typed", ".c", "RECORD"))]
    parts = {part for name in names for part in name.split("/")}
    assert not parts & {
        "bin",
        "tests",
        "test",
        "examples",
        "event_handler",
        "data_classes",
        "django",
        "emscripten",
        "idempotency",
        "boto3",
        "s3transfer",
    }
    assert not names & {
        "dateutil/rrule.pyc",
        "urllib3/contrib/pyopenssl.pyc",
        "urllib3/http2/__init__.pyc",
        "tzdata/zoneinfo/tzdata.zi",
    }
    docs = {name for name in names if name.startswith("botocore/docs/")}
    assert docs == {"botocore/docs/docstring.pyc", "botocore/docs/utils.pyc"}
    data = {name.split("/")[2] for name in names if name.startswith("botocore/data/")}
    assert {each for each in data if "." not in each} == set(CALLED_OPERATIONS)


def test_the_handler_and_metadata_of_packages_are_kept(bundle: Path) -> None:
    names = set(files(bundle))
    assert "customization_jobs/handler.pyc" in names
    assert len({name for name in names if name.endswith(".dist-info/METADATA")}) >= 8


def test_the_native_code_is_for_lambdas_processor(bundle: Path) -> None:
    native = [path for path in files(bundle).values() if path.suffix == ".so"]
    assert native
    for path in native:
        # ELF's e_machine: 183 is AArch64.
        assert int.from_bytes(path.read_bytes()[18:20], "little") == 183


def test_every_file_of_the_services_package_is_in_the_bundle(bundle: Path) -> None:
    package = ROOT / "lambda_src" / "customization_jobs"
    sources = {name for name in files(package) if "__pycache__" not in name}
    expected = {f"{name}c" if name.endswith(".py") else name for name in sources}
    in_bundle = files(bundle / "customization_jobs")
    assert {name for name in in_bundle if not name.startswith("root_certificates/")} == expected


def test_files_other_than_modules_are_copied_with_the_package(tmp_path: Path) -> None:
    package = tmp_path / "source" / "customization_jobs"
    for name, content in {
        "__init__.py": "",
        "__pycache__/__init__.cpython-313.pyc": "stale",
        "openapi.json": "{}",
        "reports/__init__.py": "",
        "reports/board.css": "table { color: black }",
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(content)
    copy_package(tmp_path / "source", tmp_path / "bundle")
    copied = files(tmp_path / "bundle" / "customization_jobs")
    assert set(copied) == {"__init__.py", "openapi.json", "reports/__init__.py", "reports/board.css"}
    assert copied["openapi.json"].read_text() == "{}"
    assert copied["reports/board.css"].read_text() == "table { color: black }"


def test_the_lock_pins_every_package_with_its_hashes() -> None:
    lock = (ROOT / "lambda_src" / "requirements.txt").read_text()
    for requirement in filter(None, lock.replace("\\\n", " ").splitlines()):
        assert "==" in requirement
        assert "--hash=sha256:" in requirement
