"""The README's table of settings is the one that the code has."""

import inspect
import json
import re
from dataclasses import MISSING, fields

from infra.settings import Settings, _camel
from tests.infra.conftest import ROOT


def settings_table() -> str:
    """Write the table from the defaults and the docstring of `Settings`."""
    documented = dict(
        re.findall(r"^(\w+) : [^\n]+\n((?:    [^\n]+\n?)+)", inspect.getdoc(Settings) or "", re.MULTILINE)
    )
    rows = []
    for setting in fields(Settings):
        default = setting.default if setting.default is not MISSING else {}
        words = " ".join(documented[setting.name].split())
        rows.append(f"| `{_camel(setting.name)}` | `{json.dumps(default)}` | {words} |")
    return "\n".join(rows)


def test_the_readme_lists_every_setting_with_its_default() -> None:
    table = settings_table()
    readme = (ROOT / "README.md").read_text()
    assert table in readme, f"The table should be:\n{table}"
    assert "@@" not in readme, "something was never filled in"
