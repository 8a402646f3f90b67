"""docs/settings.md is generated from the settings."""

from dataclasses import fields

import pytest

from infra.settings.context import camel_case
from infra.settings.model import Settings
from infra.settings.table import main, settings_document
from tests.infra.conftest import ROOT


def test_the_documentation_equals_the_generated_text() -> None:
    assert (ROOT / "docs/settings.md").read_text() == settings_document(), (
        "Run: python -m infra.settings.table > docs/settings.md"
    )


def test_every_setting_is_a_row_with_default_allowed_values_and_description() -> None:
    rows = [line for line in settings_document().splitlines() if line.startswith("| `")]
    assert len(rows) == len(fields(Settings))
    for setting, row in zip(fields(Settings), rows, strict=True):
        name, default, allowed, description = row.removeprefix("| ").removesuffix(" |").split(" | ")
        assert name == f"`{camel_case(setting.name)}`"
        assert default.startswith("`")
        assert allowed
        assert description.endswith(".")


def test_the_command_prints_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    assert capsys.readouterr().out == settings_document()
