"""The documents: links lead somewhere, and the architecture page names modules that exist."""

import re
from pathlib import Path

import pytest

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
        *("wiring", "entrypoints", "waits", "fleet", "reports", "watch", "notify", "eta", "listing", "aws")
    ]
    # A module in prose, such as `aws/bedrock`.
    mentioned = re.findall(rf"`((?:{'|'.join(packages)})/[a-z_]+)`", text)
    assert [each for each in mentioned if not (PACKAGE / f"{each}.py").is_file()] == []
