"""Builds that fail, and the command line."""

import sys
from pathlib import Path

import pytest

from infra.bundling import BundleError, build_bundle
from infra.bundling import build as module
from infra.bundling.__main__ import main
from infra.bundling.bytecode import replace_sources


def test_without_lambdas_python_the_build_fails_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_python", lambda _: None)
    with pytest.raises(BundleError) as error:
        build_bundle(tmp_path / "bundle")
    assert str(error.value) == (
        "No Python 3.13 was found, and no other version can compile the bundle for Lambda's Python 3.13. "
        "Install it so that python3.13 is on the PATH, or name it with the environment variable PYTHON313. "
        "To deploy without bytecode instead, set customizationJobs.allowUncompiledBundle to true in "
        "cdk.json; cold starts then take about three times as long."
    )
    assert not (tmp_path / "bundle").exists()


def test_the_bundle_can_be_built_without_bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_python", lambda _: None)
    monkeypatch.setattr(module, "_install_packages", lambda *_: None)
    monkeypatch.setattr(module, "prune_botocore_data", lambda _: None)
    monkeypatch.setattr(module, "replace_botocore_docs", lambda _: None)
    monkeypatch.setattr(module, "_move_root_certificates", lambda _: None)
    build_bundle(tmp_path / "bundle", allow_uncompiled=True)
    assert (tmp_path / "bundle" / "customization_jobs" / "handler.py").exists()
    assert not list((tmp_path / "bundle").rglob("*.pyc"))


def test_a_failure_of_pip_is_reported_with_its_output(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("./no-such-package\n")
    with pytest.raises(BundleError, match=r"pip could not install .*requirements\.txt:\n(.|\n)*ERROR"):
        build_bundle(tmp_path / "bundle", allow_uncompiled=True, source=tmp_path)


def test_a_module_that_does_not_compile_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def")
    with pytest.raises(BundleError, match="could not compile the bundle"):
        replace_sources(tmp_path, sys.executable)


def test_the_command_line_names_the_folder(tmp_path: Path) -> None:
    built: list[Path] = []
    main([str(tmp_path)], build=built.append)
    assert built == [tmp_path]


def test_the_command_line_requires_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "usage: python -m infra.bundling" in capsys.readouterr().err


def test_a_failed_build_exits_with_its_message(tmp_path: Path) -> None:
    def fail(_: Path) -> None:
        raise BundleError("no Python")

    with pytest.raises(SystemExit, match="no Python"):
        main([str(tmp_path)], build=fail)
