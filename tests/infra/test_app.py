"""The CDK entry point: what it synthesizes, and how it exits on an error."""

import functools
import json
import runpy
from pathlib import Path

import aws_cdk as cdk
import pytest

from infra import asset
from infra.bundling import BundleError
from infra.settings.model import Settings
from tests.infra.conftest import ROOT

APP = str(ROOT / "app.py")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Replace the build by a folder with one file; records `allow_uncompiled` of each call."""
    calls: list[bool] = []

    def build(folder: Path, *, allow_uncompiled: bool) -> None:
        calls.append(allow_uncompiled)
        folder.mkdir(exist_ok=True)
        (folder / "handler.py").write_text("")

    monkeypatch.setattr(asset, "_FOLDER", tmp_path / "bundle")
    monkeypatch.setattr(asset, "build_bundle", build)
    return calls


def run_app(folder: Path, monkeypatch: pytest.MonkeyPatch, **context: object) -> None:
    # The CDK CLI passes the context in the environment, which the CDK reads only once in a process.
    monkeypatch.setattr(cdk, "App", functools.partial(cdk.App, context=context, outdir=str(folder)))
    runpy.run_path(APP, run_name="__main__")


def test_synthesizes_one_stack_with_the_bundle_as_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: list[bool]
) -> None:
    run_app(tmp_path / "out", monkeypatch, customizationJobs={"allowUncompiledBundle": True})
    assert built == [True]
    (template,) = (tmp_path / "out").glob("*.template.json")
    assert template.name == "CustomizationJobs.template.json"
    resources = json.loads(template.read_text())["Resources"].values()
    functions = [each["Properties"] for each in resources if each["Type"] == "AWS::Lambda::Function"]
    code = {each["Handler"]: each["Code"] for each in functions}
    assert len(functions) == 5
    assert set(code) == {"customization_jobs.handler.lambda_handler", "hook.lambda_handler"}
    for each in functions:
        assert each["Code"] == code[each["Handler"]]
        assert set(each["Code"]) == {"S3Bucket", "S3Key"}


@pytest.mark.usefixtures("built")
def test_without_an_address_for_alarms_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_app(tmp_path / "without", monkeypatch)
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "alarmEmail" in line]
    assert line == (
        "customizationJobs.alarmEmail is not set: alarms reach nobody until an address is subscribed to the "
        "topic AlarmTopicArn."
    )
    run_app(tmp_path / "with", monkeypatch, customizationJobs={"alarmEmail": "someone@example.com"})
    assert "alarmEmail" not in capsys.readouterr().err


def test_an_invalid_setting_exits_with_its_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: list[bool]
) -> None:
    with pytest.raises(SystemExit, match=r"customizationJobs\.memory \(given 1\) is not a setting"):
        run_app(tmp_path, monkeypatch, customizationJobs={"memory": 1})
    assert built == []


def test_a_failed_build_exits_with_its_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_folder: Path, *, allow_uncompiled: bool) -> None:
        raise BundleError(f"no Python {allow_uncompiled}")

    monkeypatch.setattr(asset, "build_bundle", fail)
    with pytest.raises(SystemExit, match="no Python False"):
        run_app(tmp_path, monkeypatch)


def test_a_command_that_needs_no_assets_builds_nothing(built: list[bool]) -> None:
    app = cdk.App(context={"aws:cdk:bundling-stacks": []})
    asset.function_code(app, Settings())
    assert built == []
