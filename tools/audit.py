"""`make audit`: reports known vulnerabilities of the locked Python and npm packages.

A network may provide the packages but not the advisories. What could not be audited is then printed, but
only a vulnerability is a failure.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCKS = (
    "requirements.txt",
    "local/requirements.txt",
    "lambda_src/requirements.txt",
    "tools/requirements.txt",
)


@dataclass
class Audit:
    """The result of an audit.

    Attributes
    ----------
    vulnerable : list of str
        A line for each vulnerable package.
    unaudited : list of str
        A line for each reason why packages were not audited.
    """

    vulnerable: list[str] = field(default_factory=list)
    unaudited: list[str] = field(default_factory=list)


def run(command: Sequence[str]) -> str:
    """Run a program, and return its output, or its errors if there is no output."""
    # Both programs exit with 1 for vulnerabilities and for errors, so their output decides.
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)  # noqa: S603
    return result.stdout or result.stderr


def audit_python(lock: str, pip_audit: str, run: Callable[[Sequence[str]], str] = run) -> Audit:
    """Audit the packages of a lock file with pip-audit."""
    output = run([pip_audit, "--disable-pip", "--require-hashes", "--format", "json", "--requirement", lock])
    report = _json_object(output)
    if "dependencies" not in report:
        return Audit(unaudited=[f"{lock}: {_last_line(output)}"])
    packages: list[Mapping[str, Any]] = report["dependencies"]
    audit = Audit()
    for package in packages:
        if ids := ", ".join(each["id"] for each in package.get("vulns", [])):
            audit.vulnerable.append(f"{lock}: {package['name']} {package['version']}: {ids}")
    skipped = [package["skip_reason"] for package in packages if "skip_reason" in package]
    if skipped:
        audit.unaudited.append(f"{lock}: {len(skipped)} of {len(packages)} packages: {skipped[0]}")
    return audit


def audit_npm(npm: str, run: Callable[[Sequence[str]], str] = run) -> Audit:
    """Audit the packages of package-lock.json with npm."""
    output = run([npm, "audit", "--json"])
    report = _json_object(output)
    if not isinstance(report.get("vulnerabilities"), dict):
        return Audit(unaudited=[f"package-lock.json: {report.get('message') or _last_line(output)}"])
    return Audit(
        vulnerable=[
            f"package-lock.json: {name} {each['range']}: {each['severity']}"
            for name, each in report["vulnerabilities"].items()
        ]
    )


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no answer"])[-1]


def main(pip_audit: str, npm: str = "npm") -> int:
    """Print the result; the exit code is 1 if a package is vulnerable."""
    audits = [*(audit_python(lock, pip_audit) for lock in LOCKS), audit_npm(npm)]
    for audit in audits:
        for line in audit.vulnerable:
            print(f"Vulnerable: {line}")
        for line in audit.unaudited:
            print(f"Not audited: {line}")
    vulnerable = sum(len(audit.vulnerable) for audit in audits)
    print(f"{vulnerable} vulnerable packages found.")
    return int(vulnerable > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
