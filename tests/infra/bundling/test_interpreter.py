"""Finding a Python interpreter of a version."""

import sys
from pathlib import Path

import pytest

from infra.bundling import find_python


def fake_python(folder: Path, name: str, script: str) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_a_candidate_is_identified_by_running_it_and_not_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHON399", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    fake_python(tmp_path, "python3.99", "echo 'no such version' >&2; exit 127")
    assert find_python((3, 99)) is None
    fake_python(tmp_path, "python3", f"echo cpython-399 {tmp_path}/python3")
    assert find_python((3, 99)) == f"{tmp_path}/python3"


def test_a_shim_of_pyenv_is_asked_for_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHON399", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    fake_python(tmp_path, "python", 'test "$PYENV_VERSION" = 3.99 && echo cpython-399 /the/shim')
    assert find_python((3, 99)) == "/the/shim"


def test_an_environment_variable_names_the_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYTHON399", str(fake_python(tmp_path, "mine", "echo cpython-399 /where/it/is")))
    assert find_python((3, 99)) == "/where/it/is"


def test_this_interpreter_is_a_candidate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = find_python(sys.version_info[:2])
    assert found is not None
    assert Path(found).samefile(sys.executable)
