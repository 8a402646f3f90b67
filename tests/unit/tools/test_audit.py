"""`make audit`."""

import json
from collections.abc import Callable, Sequence

import pytest

from tools import audit
from tools.audit import LOCKS, ROOT, Audit, audit_npm, audit_python, main


def printing(output: str) -> Callable[[Sequence[str]], str]:
    return lambda _command: output


def test_every_lock_file_of_the_project_is_audited() -> None:
    found = [path.relative_to(ROOT) for path in ROOT.rglob("requirements.txt")]
    generated = ("build", "cdk.out", "node_modules", ".venv")
    locks = {str(path) for path in found if not path.parts[0].startswith(generated)}
    assert set(LOCKS) == locks


def test_a_vulnerable_python_package_is_reported_with_its_advisories() -> None:
    report = {
        "dependencies": [
            {"name": "idna", "version": "3.6", "vulns": [{"id": "PYSEC-1"}, {"id": "GHSA-2"}]},
            {"name": "pip", "version": "26.3", "vulns": []},
        ]
    }
    assert audit_python("requirements.txt", "pip-audit", printing(json.dumps(report))) == Audit(
        vulnerable=["requirements.txt: idna 3.6: PYSEC-1, GHSA-2"]
    )


def test_packages_that_pip_audit_skips_are_not_called_safe() -> None:
    # What pip-audit prints, with exit code 0, on a network that has no advisories.
    report = {
        "dependencies": [
            {
                "name": "idna",
                "skip_reason": "Dependency not found on PyPI and could not be audited: idna (3.6)",
            },
            {"name": "pip", "version": "26.3", "vulns": []},
        ]
    }
    assert audit_python("requirements.txt", "pip-audit", printing(json.dumps(report))).unaudited == [
        "requirements.txt: 1 of 2 packages: Dependency not found on PyPI and could not be audited: idna (3.6)"
    ]


@pytest.mark.parametrize(
    ("output", "reason"), [("a\nConnection refused\n", "Connection refused"), ("", "no answer")]
)
def test_a_network_without_advisories_is_no_failure(output: str, reason: str) -> None:
    assert audit_python("requirements.txt", "pip-audit", printing(output)).unaudited == [
        f"requirements.txt: {reason}"
    ]
    assert audit_npm("npm", printing(output)).unaudited == [f"package-lock.json: {reason}"]


def test_npms_refusal_is_reported() -> None:
    output = json.dumps({"message": "405 Method Not Allowed", "statusCode": 405})
    assert audit_npm("npm", printing(output)).unaudited == ["package-lock.json: 405 Method Not Allowed"]


def test_a_vulnerable_npm_package_is_reported() -> None:
    output = json.dumps({"vulnerabilities": {"ms": {"severity": "high", "range": "<2.0.0"}}})
    assert audit_npm("npm", printing(output)) == Audit(vulnerable=["package-lock.json: ms <2.0.0: high"])


@pytest.mark.parametrize(("vulnerable", "code"), [([], 0), (["requirements.txt: idna 3.6: PYSEC-1"], 1)])
def test_only_a_vulnerability_fails(
    vulnerable: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "audit_python", lambda _lock, _program: Audit(unaudited=["no network"]))
    monkeypatch.setattr(audit, "audit_npm", lambda _program: Audit(vulnerable=vulnerable))
    assert main("pip-audit") == code
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "Not audited: no network"
    assert printed[-1] == f"{code} vulnerable packages found."
