"""HTML parsed as a browser does: into elements, attributes and text."""

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

# Elements without an end tag.
_VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})


@dataclass
class Element:
    """An element with its attributes and its text, including that of its children."""

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
        In document order.
    stray : list of str
        Markup that the board never uses, such as comments, declarations and unmatched tags.
    """

    source: str
    elements: list[Element] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []
        self.feed(self.source)
        self.close()
        self.stray += [f"not closed: {element.tag}" for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len(dict(attrs)) != len(attrs):
            self.stray.append(f"duplicate attribute: {attrs}")
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self.stray.append(f"unmatched end tag: {tag}")
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
        self.stray.append(f"processing instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        self.stray.append(f"unknown: {data}")

    def all(self, tag: str, of_class: str | None = None) -> list[Element]:
        """Return the elements with a tag, and a class if given."""
        return [
            element
            for element in self.elements
            if element.tag == tag and (of_class is None or of_class in element.classes)
        ]

    def rows(self, columns: int = 6) -> list[list[str]]:
        """Return the cells of the tables' body rows, with white space normalized."""
        cells = [_normalized(element.text) for element in self.all("td")]
        return [cells[start : start + columns] for start in range(0, len(cells), columns)]

    @property
    def style(self) -> str:
        """The text of all style sheets."""
        return "".join(each.text for each in self.all("style"))

    @property
    def tags(self) -> Counter[str]:
        return Counter(element.tag for element in self.elements)


def _normalized(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
