"""The documents: links lead somewhere, and the architecture page names modules that exist."""

import re
from pathlib import Path

import pytest

from customization_jobs.export.columns import COLUMNS, JOBS, SNAPSHOTS, TRANSITIONS

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
PACKAGE = ROOT / "lambda_src" / "customization_jobs"
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")


def links(document: Path) -> list[str]:
    text = CODE.sub("", document.read_text(encoding="utf-8"))
    return [link or source for link, source in LINK.findall(text)]


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    broken = []
    for link in links(document):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_the_readme_is_short_and_names_the_two_commands() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    commands = [line.partition("#")[0].strip() for line in lines]
    assert {"make run ONCE=1", "make test"} <= set(commands)


def test_every_module_in_the_architecture_page_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (diagram,) = (block for block in re.findall(r"```\n(.*?)```", text, re.DOTALL) if "│ handler" in block)
    drawn = set(re.findall(r"\b[a-z_]+(?= ·)|(?<=· )[a-z_]+\b", diagram))
    modules = {path.stem for path in PACKAGE.rglob("*.py")}
    assert len(drawn) > 30, "the diagram was not understood"
    assert drawn <= modules
    packages = re.findall(r"│ ([a-z]+)/ ", diagram)
    assert packages == [
        *("wiring", "entrypoints", "mcp", "waits", "fleet", "export"),
        *("reports", "watch", "notify", "eta", "listing", "aws"),
    ]
    # A module in prose, such as `aws/bedrock`.
    mentioned = re.findall(rf"`((?:{'|'.join(packages)})/[a-z_]+)`", text)
    assert [each for each in mentioned if not (PACKAGE / f"{each}.py").is_file()] == []


def test_the_export_page_has_every_column_with_its_type_in_order() -> None:
    text = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    sections = dict(section.split("\n", 1) for section in re.split(r"^#+ ", text, flags=re.MULTILINE)[1:])

    def columns(title: str) -> list[tuple[str, str]]:
        rows = re.findall(r"^\| `(\w+)` \| (\S+) \|", sections[title], re.MULTILINE)
        return [(name, kind.replace("&lt;", "<").replace("&gt;", ">")) for name, kind in rows]

    of_a_job, (snapshot, *more) = columns("Columns of a job"), columns("`jobs`")
    assert [*columns("`transitions`"), *of_a_job] == list(COLUMNS[TRANSITIONS].items())
    assert [snapshot, *of_a_job, *more] == list(COLUMNS[JOBS].items())
    assert columns("`snapshots`") == list(COLUMNS[SNAPSHOTS].items())
