"""HTML read as a browser reads it: what became an element, an attribute, and text."""

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

# Elements that have no end.
_VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})


@dataclass
class Element:
    """An element with its attributes and the text in it, that of its children included."""

    tag: str
    attributes: dict[str, str]
    text: str = ""

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())


@dataclass
class Page(HTMLParser):
    """A page or a part of one.

    Attributes
    ----------
    elements : list of Element
        In the order of their beginnings.
    stray : list of str
        Comments, declarations, instructions, ends without a beginning: nothing of a board has them.
    """

    source: str
    elements: list[Element] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []
        self.feed(self.source)
        self.close()
        self.stray += [f"never ended: {element.tag}" for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len(dict(attrs)) != len(attrs):
            self.stray.append(f"an attribute twice: {attrs}")
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.stray.append(f"ended: {tag}")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def handle_comment(self, data: str) -> None:
        self.stray.append(f"comment: {data}")

    def handle_decl(self, decl: str) -> None:
        if decl.lower() != "doctype html":
            self.stray.append(f"declaration: {decl}")

    def handle_pi(self, data: str) -> None:
        self.stray.append(f"instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        self.stray.append(f"unknown: {data}")

    def all(self, tag: str, of_class: str | None = None) -> list[Element]:
        """Find elements by tag, and class."""
        return [
            element
            for element in self.elements
            if element.tag == tag and (of_class is None or of_class in element.classes)
        ]

    def rows(self) -> list[list[str]]:
        """Read the cells of each row of the tables' bodies, white space made single."""
        cells = [_spaced(element.text) for element in self.all("td")]
        return [cells[start : start + 6] for start in range(0, len(cells), 6)]

    @property
    def tags(self) -> Counter[str]:
        return Counter(element.tag for element in self.elements)


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
