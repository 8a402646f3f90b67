"""A view as a whole page for browsers, without scripts."""

import hashlib
import html
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from customization_jobs.reports.frame import style_element, stylesheet

TITLE = "Model customization jobs"
# All style sheets that a page can contain.
_STYLES = ("page.css", "board.css", "board_coverage.css", "trends.css")


class Link(NamedTuple):
    """A link; its address is relative to the page, which may be behind a stage or a proxy's path."""

    name: str
    address: str
    is_current: bool = False


class Page(NamedTuple):
    """What a page has around its view.

    Attributes
    ----------
    theme : str
        "light" or "dark"; for any other value the reader's system decides.
    refresh_seconds : int or None
        After this time, the browser loads the page again. None: it does not.
    navigation : mapping of str to sequence of Link
        The links above the view, by the labels of their groups.
    more : sequence of Link
        The links below the view.
    form : str
        HTML of a form above the view.
    """

    theme: str = "auto"
    refresh_seconds: int | None = None
    navigation: Mapping[str, Sequence[Link]] = {}
    more: Sequence[Link] = ()
    form: str = ""

    def render(self, view: str) -> str:
        """Return the page of a view."""
        theme = self.theme if self.theme in ("light", "dark") else "auto"
        groups = "".join(_group(label, links) for label, links in self.navigation.items())
        refresh, said = "", ""
        if self.refresh_seconds:
            refresh = f'<meta http-equiv="refresh" content="{self.refresh_seconds}">\n'
            said = f"<span>Refreshes every {self.refresh_seconds} seconds</span>"
        return f"""<!doctype html>
<html lang="en" class="{theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{refresh}<title>{TITLE}</title>
{style_element("page.css")}
</head>
<body>
<header><h1>{TITLE}</h1>{groups}</header>
{self.form}<main>{view}</main>
<footer>{said}{_group("More", self.more)}</footer>
</body>
</html>
"""


@cache
def content_security_policy(*, has_form: bool) -> str:
    """Return the policy of a page: only its own style sheets, no scripts, nothing from elsewhere.

    A form can only send to the origin of the page.
    """
    hashes = " ".join(f"'sha256-{_sha256(stylesheet(name))}'" for name in _STYLES)
    form_action = "'self'" if has_form else "'none'"
    return (
        f"default-src 'none'; style-src {hashes}; frame-ancestors 'none'; base-uri 'none'; "
        f"form-action {form_action}"
    )


def _sha256(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _group(label: str, links: Sequence[Link]) -> str:
    if not links:
        return ""
    return f'<nav aria-label="{label}">{"".join(map(_link, links))}</nav>'


def _link(link: Link) -> str:
    current = ' aria-current="page"' if link.is_current else ""
    return f'<a href="{html.escape(link.address)}"{current}>{html.escape(link.name)}</a>'
