import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.listing.filters import JobFacts
from customization_jobs.reports.trends_view import render_trends
from tests.fakes import NOW, Job, job, text
from tests.html_page import Page
from tests.unit.reports.contrast import contrast
from tests.unit.reports.svg_charts import TAGS as SVG_TAGS
from tests.unit.reports.svg_charts import read
from tests.unit.reports.test_board_markup import PAYLOADS, texts, values
from tests.unit.reports.trends import trends

DAY = timedelta(days=1)
TAGS = {
    *("div", "style", "span", "i", "b", "bdi", "p", "section", "h2", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *SVG_TAGS,
}
CLASSES = re.compile(
    r"jobboard (light|dark|auto) cwdb-no-default-styles|summary|chips|facts|chip (good|bad|mute)|panels"
    r"|panel (wide)?|legend|key|part-(good|bad|mute)|on-part-(good|bad|mute)|chart|grid|soft|strong|partial"
    r"|track|bad|unknown|spread|reach|median|none|note|small-note|scroll|"
)
# Attributes whose values are free text.
_TEXT_ATTRIBUTES = {("svg", "aria-label")}
_PLAIN = re.compile(r"[-0-9. ]+|img|start|middle|end|col")


def ended(number: int, *, days: float = 3, hours: float = 6, **fields: Any) -> Job:
    at = NOW - days * DAY
    created = at - timedelta(hours=hours)
    return job(number, created=created, endTime=text(at), **{"status": "Completed", **fields})


def view(
    answer: dict[str, Any],
    *,
    filters: dict[str, Any] | None = None,
    theme: Any = "light",
    width: int = 1200,
    links: str = "",
) -> Page:
    return Page(render_trends(answer, filters=filters or {}, theme=theme, width=width, links=links))


def assert_is_only_a_view(page: Page) -> None:
    assert page.stray == []
    assert set(page.tags) <= TAGS
    assert page.tags["style"] == 2
    for element in page.elements:
        assert CLASSES.fullmatch(element.attributes.get("class", "")), element
        for name, value in element.attributes.items():
            if name != "class" and (element.tag, name) not in _TEXT_ATTRIBUTES:
                assert name in ("viewbox", "width", "height", "role", "x", "y", "scope", "text-anchor") or (
                    name in ("x1", "x2", "y1", "y2")
                ), (element.tag, name)
                assert _PLAIN.fullmatch(value), (element.tag, name, value)


SOME = [
    *(ended(n, customizationType="FINE_TUNING", hours=n + 1) for n in range(20)),
    *(ended(n, days=n, status="Failed") for n in range(20, 30)),
    ended(40, status="Stopped"),
]


def some(**parts: Any) -> dict[str, Any]:
    categories = ["permissions", "permissions", "data-format", None]
    known = {each["jobArn"]: JobFacts(categories[n % 4]) for n, each in enumerate(SOME)}
    return trends(SOME, facts_of=lambda arns: {arn: known[arn] for arn in arns}, **parts)


def test_the_view_has_three_charts_each_with_its_figures() -> None:
    page = view(some())
    assert_is_only_a_view(page)
    assert [each.text for each in page.all("h2")] == [
        "Jobs that ended, by week and status",
        "How long completed jobs took, by type",
        "Why jobs failed",
    ]
    assert (page.tags["svg"], page.tags["table"], page.tags["details"]) == (3, 3, 3)
    assert all(each.attributes["aria-label"] and each.text for each in page.all("svg"))
    (facts,) = page.all("span", "facts")
    assert facts.text == (
        "31 jobs ended since 2025-11-24 \N{MIDDLE DOT} success rate 67% \N{MIDDLE DOT} 12:00:00 UTC"
    )
    assert [each.text[1:] for each in page.all("span", "chip")] == ["10 Failed", "20 Completed", "1 Stopped"]


def test_the_tables_have_the_figures_of_the_answer() -> None:
    cells = [each.text for each in view(some()).all("td")]
    weeks = [cells[start : start + 5] for start in range(0, 14 * 5, 5)]
    assert weeks[0] == ["2025-W48", "2025-11-24", "0", "0", "0"]
    assert weeks[-1] == ["2026-W09, so far", "2026-02-23", "20", "0", "1"]
    assert sum(int(week[3]) for week in weeks) == 10
    # Percentiles of 1 to 20 hours, exact to 1 %.
    assert cells[70:75] == ["Fine-tuning", "20", "9 h 56 min", "18 h", "19 h 52 min"]
    assert cells[75:] == ["Permissions", "6", "Data format", "2", "Unknown", "2"]


def test_what_is_not_recorded_is_stated() -> None:
    (note,) = view(some()).all("p", "small-note")
    assert note.text == (
        "2 of the unknown: no reason is on record, as for jobs that failed before the watch started."
    )
    (note,) = view(trends(SOME)).all("p", "small-note")
    assert note.text.startswith(
        "10 of the unknown: the table of the watch, if there is one, could not be read"
    )
    known = trends(SOME, facts_of=lambda arns: {arn: JobFacts("unknown") for arn in arns})
    assert view(known).all("p", "small-note") == []


def test_an_incomplete_view_says_so_before_its_charts() -> None:
    page = view(some(complete=False, malformed=1234))
    incomplete, malformed = page.all("p", "note")
    assert incomplete.text.startswith("Incomplete: time ran out after 31 jobs, and there are more.")
    assert malformed.text.startswith("1,234 jobs are left out")
    order = [each.tag for each in page.elements]
    assert page.elements.index(incomplete) < order.index("svg")
    assert view(some()).all("p", "note") == []


def test_the_current_week_is_marked_as_incomplete() -> None:
    source = render_trends(some(), filters={}, theme="light", width=1200, links="")
    chart = read(re.findall(r"<svg.*?</svg>", source)[0])
    partial = [each for each in chart.iter("g") if each.get("class") == "partial"]
    assert [next(each.iter("title")).text for each in partial] == [
        "Week from 2026-02-23: 20 completed, 0 failed, 1 stopped"
    ]
    assert "so far" in [each.text for each in partial[0].iter("text")]


@pytest.mark.parametrize("width", [1, 330, 819, 820, 5000])
def test_charts_are_drawn_for_the_width_of_the_widget(width: int) -> None:
    page = view(some(), width=width)
    drawn = [int(each.attributes["width"]) for each in page.all("svg")]
    room = min(max(width, 320), 1280)
    assert drawn == [room, *[(room - 32) // 2 if room >= 820 else room] * 2]


def test_without_jobs_each_panel_says_so() -> None:
    page = view(trends())
    assert_is_only_a_view(page)
    assert [each.text for each in page.all("p", "none")] == [
        "No job ended in these weeks.",
        "No job completed in these weeks.",
        "No job failed in these weeks.",
    ]
    assert page.tags["svg"] == 0
    assert "success rate" not in page.all("span", "facts")[0].text


@pytest.mark.parametrize(
    "one", [ended(1, days=0, hours=0), ended(1, status="Failed"), ended(1, status="Stopped")]
)
def test_one_job_is_enough(one: Job) -> None:
    page = view(trends([one]))
    assert_is_only_a_view(page)
    assert page.all("span", "facts")[0].text.startswith("1 job ended since")


def test_the_links_to_other_views_come_first() -> None:
    page = view(trends(), links="<em>Jobs</em>")
    assert [each.tag for each in page.elements[:4]] == ["div", "style", "style", "em"]


# A slow machine is not a failure.
@settings(deadline=None)
@given(
    st.lists(st.tuples(texts, texts, st.booleans()), max_size=6),
    values,
    st.dictionaries(texts, values, max_size=2),
    st.integers(0, 2000),
)
def test_no_value_becomes_markup(
    given_jobs: list[tuple[str, str, bool]], theme: Any, filters: dict[str, Any], width: int
) -> None:
    jobs = [
        ended(n, customizationType=kind, status="Failed" if failed else "Completed")
        for n, (kind, _, failed) in enumerate(given_jobs)
    ]
    categories = {
        job["jobArn"]: JobFacts(category) for job, (_, category, _) in zip(jobs, given_jobs, strict=True)
    }
    answer = trends(jobs, facts_of=lambda arns: {arn: categories[arn] for arn in arns})
    assert_is_only_a_view(view(answer, filters=filters, theme=theme, width=width))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_becomes_markup(payload: str) -> None:
    jobs = [ended(1, customizationType=payload), ended(2, status="Failed", jobName=payload)]
    answer = trends(jobs, facts_of=lambda arns: {arn: JobFacts(payload) for arn in arns})
    page = view(answer, filters={payload: payload}, theme=payload)
    assert_is_only_a_view(page)
    assert page.tags["svg"] == 3


def test_the_size_of_the_view_is_bounded() -> None:
    jobs = [
        ended(
            n,
            days=n % 98,
            customizationType="<" * 900 + str(n),
            status=("Completed", "Failed", "Stopped")[n % 3],
        )
        for n in range(2_000)
    ]
    source = render_trends(trends(jobs), filters={}, theme="light", width=1200, links="")
    assert len(source.encode()) < 100_000


@pytest.mark.parametrize(
    ("theme", "css_class"), [("dark", "dark"), ("light", "light"), (None, "auto"), ("x", "auto")]
)
def test_the_view_has_the_theme_of_the_dashboard(theme: Any, css_class: str) -> None:
    assert css_class in view(some(), theme=theme).elements[0].classes


def test_the_style_loads_nothing_and_applies_only_to_the_view() -> None:
    style = view(some()).style
    assert "url(" not in style
    assert "@import" not in style
    without_comments = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    rules = re.sub(r"@media[^{]*\{|\}\s*\}", "}", without_comments)
    for selector in re.findall(r"(?:^|\})\s*([^{}]+)\{", rules):
        assert all(each.strip().startswith(".jobboard") for each in selector.split(",")), selector


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_parts_and_their_numbers_have_the_contrast_that_wcag_requires(theme: str) -> None:
    style = view(some()).style
    selector = r"\.jobboard \{" if theme == "light" else r"\.jobboard\.dark \{"
    colors = dict(
        pair
        for block in re.findall(selector + r"([^}]*)", style)
        for pair in re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)
    )
    page = {"light": "#ffffff", "dark": "#161d27"}[theme]
    for name in ("good", "bad", "bar"):
        assert contrast(colors[name], page) >= 3, name
        assert contrast(colors["on"], colors[name]) >= 4.5, name
    assert contrast(colors["text"], colors["warn-bg"]) >= 4.5
    assert contrast(colors["run"], page) >= 3
