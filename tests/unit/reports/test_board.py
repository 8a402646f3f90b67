import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.errors import Problem
from customization_jobs.reports.board import Board
from tests.fakes import NOW, job, text
from tests.html_page import Page

HOUR = timedelta(hours=1)
DAY = 86_400.0

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '" style="position:fixed" x="',
    "javascript:alert(1)",
    "</td></tr></table><h1>",
    "</style><svg onload=alert(1)>",
    "<!-- ",
    "]]>",
    "&lt;b&gt;",
    "&#x3c;b&#x3e;",
    "\u202eevil\x00\x0b\ud800",
    "arn:aws:bedrock:us-east-1:1:custom-model/\"><b>/'><i>",
    'arn:aws:bedrock:us-east-1:1:model-customization-job/a/" onclick="b',
    'arn:aws:bedrock:us-east-1"><b>:1:a/b',
]
# Everything that a board is made of; a value that became markup would be something else.
ATTRIBUTES: dict[tuple[str, str], str] = {
    ("div", "class"): r"jobboard (light|dark|auto) cwdb-no-default-styles"
    r"|summary|scroll|steps|problem|bar (past|over|near|fine)",
    ("span", "class"): r"chips|facts|small|name|model|(chip|pill) (run|good|bad|warn|mute)",
    ("span", "title"): r"(?s).*",
    ("i", "class"): r"todo|run|good|bad|warn|mute",
    ("i", "style"): r"width:\d{1,3}\.\d%",
    ("tr", "class"): r"(stuck)?",
    ("td", "class"): r"none",
    ("td", "colspan"): r"6",
    ("th", "scope"): r"col",
    ("a", "href"): r"https://[a-z0-9-]+\.console\.(aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)/\S*",
    ("a", "target"): r"_blank",
    ("a", "rel"): r"noopener noreferrer",
}
TAGS = {
    "div",
    "style",
    "span",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "i",
    "b",
    "a",
    "bdi",
    "ul",
    "li",
    "p",
    "h2",
}

texts = (
    st.text(max_size=40)
    | st.sampled_from(PAYLOADS)
    | st.builds("{}{}".format, st.text(), st.sampled_from(PAYLOADS))
)
values: st.SearchStrategy[Any] = (
    texts
    | st.none()
    | st.integers()
    | st.booleans()
    | st.lists(texts, max_size=2)
    | st.dictionaries(texts, texts, max_size=2)
)
moments = st.sampled_from([text(NOW - 3 * HOUR), text(NOW - 300 * HOUR), "9999-12-31T23:59:59Z"]) | values
statuses = st.sampled_from(["InProgress", "Completed", "Failed", "Stopping", "Stopped"]) | values
phases = st.fixed_dictionaries({}, optional={"status": statuses | st.just("NotStarted")}) | values
details = (
    st.fixed_dictionaries(
        {}, optional={f"{name}Details": phases for name in ("validation", "dataProcessing", "training")}
    )
    | values
)
jobs = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("jobArn", "jobName", "baseModelArn", "customizationType"), values),
        **dict.fromkeys(("creationTime", "lastModifiedTime", "endTime"), moments),
        "status": statuses,
        "statusDetails": details,
    },
)


def board(theme: Any = "light", limit_of: Callable[[Any], float] = lambda _: DAY) -> Board:
    return Board(NOW, limit_of, theme)


def assert_nothing_but_a_board(page: Page) -> None:
    assert page.stray == []
    assert set(page.tags) <= TAGS
    assert page.tags["style"] == 1
    assert page.elements[0].classes >= {"jobboard"}
    for element in page.elements:
        for name, value in element.attributes.items():
            allowed = ATTRIBUTES.get((element.tag, name))
            assert allowed is not None, (element.tag, name, value)
            assert re.fullmatch(allowed, value), (element.tag, name, value)


# A busy machine is no failure.
@settings(deadline=None)
@given(st.lists(jobs, max_size=4), values, st.dictionaries(texts, values, max_size=2), st.booleans())
def test_no_value_ever_becomes_markup(
    given_jobs: list[Any],
    theme: Any,
    filters: dict[str, Any],
    more: bool,  # noqa: FBT001 - a generated one
) -> None:
    page = Page(board(theme).render_jobs(given_jobs, filters=filters, more=more))
    assert_nothing_but_a_board(page)
    assert (page.tags["th"], page.tags["td"]) == (6, max(6 * len(given_jobs), 1))


# A busy machine is no failure.
@settings(deadline=None)
@given(texts, texts, st.lists(st.builds(Problem, texts, texts, texts), max_size=3))
def test_no_problem_ever_becomes_markup(title: str, message: str, problems: list[Problem]) -> None:
    page = Page(board().render_problem(title, message, problems))
    assert_nothing_but_a_board(page)
    assert page.tags["li"] == len(problems)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_becomes_markup_in_any_place(payload: str) -> None:
    names = ("jobArn", "jobName", "status", "creationTime", "endTime", "baseModelArn", "customizationType")
    places: list[dict[str, Any]] = [{name: payload} for name in names]
    places += [{name: f"{job()[name]}{payload}"} for name in ("jobArn", "baseModelArn")]
    places += [{"baseModelArn": f"arn:aws:bedrock:us-east-1:1:custom-model/{payload}/{payload}"}]
    places += [{"statusDetails": {"trainingDetails": {"status": payload}}}, {"statusDetails": payload}]
    shown_jobs = [job(number, status="InProgress") | fields for number, fields in enumerate(places)]
    page = Page(board(payload).render_jobs(shown_jobs, filters={payload: payload}, more=False))
    assert_nothing_but_a_board(page)
    assert page.tags["td"] == 6 * len(places)


@pytest.mark.parametrize("payload", PAYLOADS[:11])
def test_what_looks_like_markup_is_shown_as_it_is(payload: str) -> None:
    page = Page(
        board().render_jobs([job(jobName=payload, customizationType=payload)], filters={}, more=False)
    )
    (row,) = page.rows()
    assert payload.strip() in row[1]
    assert payload.strip() in row[4]


def shown(**fields: Any) -> list[str]:
    page = Page(board().render_jobs([job(1, **fields)], filters={}, more=False))
    (row,) = page.rows()
    return row


def test_a_job_in_progress() -> None:
    row = shown(
        status="InProgress",
        created=NOW - 6 * HOUR - timedelta(minutes=20),
        customizationType="CONTINUED_PRE_TRAINING",
        statusDetails={
            "validationDetails": {"status": "Completed"},
            "dataProcessingDetails": {"status": "InProgress"},
            "trainingDetails": {"status": "NotStarted"},
        },
    )
    assert row == [
        "\N{BLACK RIGHT-POINTING TRIANGLE}In progress",
        "support-tone-1created 2026-03-01 05:40 UTC",
        "Data processing",
        "6 h 20 min of 1 d",
        "Continued pre-training",
        "amazon.nova-lite-v1:0:300k",
    ]


def test_a_stuck_job_stands_out() -> None:
    page = Page(
        board().render_jobs([job(status="InProgress", created=NOW - 27 * HOUR)], filters={}, more=False)
    )
    (row,) = page.rows()
    assert row[0].endswith("!Stuck")
    assert row[3] == "1 d 3 h, 3 h over its limit of 1 d"
    assert page.all("tr", "stuck")
    assert page.all("div", "over")
    assert page.all("span", "chip")[0].text == "!1 Stuck"


@pytest.mark.parametrize(
    ("hours", "status", "bar", "width"),
    [
        (12, "InProgress", "fine", "50.0%"),
        (20, "InProgress", "near", "83.3%"),
        (24, "InProgress", "near", "100.0%"),
        (48, "InProgress", "over", "100.0%"),
        (48, "Stopping", "near", "100.0%"),
        (0, "InProgress", "fine", "1.0%"),
        (-5, "InProgress", "fine", "1.0%"),
    ],
)
def test_the_bar_is_the_age_against_the_limit(hours: int, status: str, bar: str, width: str) -> None:
    page = Page(board().render_jobs([job(status=status, created=NOW - hours * HOUR)], filters={}, more=False))
    assert page.all("div", bar)
    assert f"width:{width}" in [each.attributes.get("style") for each in page.all("i")]


def test_each_job_has_its_own_limit() -> None:
    of = board(limit_of=lambda each: 3600.0 if each["jobName"] == "support-tone-1" else DAY)
    page = Page(
        of.render_jobs(
            [job(n, status="InProgress", created=NOW - 2 * HOUR) for n in (1, 2)], filters={}, more=False
        )
    )
    assert ["Stuck" in row[0] for row in page.rows()] == [True, False]


@pytest.mark.parametrize(
    ("status", "failed_in", "phase", "age"),
    [
        ("Completed", 3, "All phases", "took 3 h, ended 2 h ago"),
        ("Failed", 0, "Validation, failed", "took 3 h, ended 2 h ago"),
        ("Stopped", 2, "Training, stopped", "took 3 h, ended 2 h ago"),
    ],
)
def test_a_job_that_is_over(status: str, failed_in: int, phase: str, age: str) -> None:
    names = ("validationDetails", "dataProcessingDetails", "trainingDetails")
    details = {
        name: {"status": "Completed" if n < failed_in else status if n == failed_in else "NotStarted"}
        for n, name in enumerate(names)
    }
    row = shown(status=status, created=NOW - 5 * HOUR, endTime=text(NOW - 2 * HOUR), statusDetails=details)
    assert (row[2], row[3]) == (phase, age)


def test_what_bedrock_leaves_out_is_a_dash() -> None:
    page = Page(board().render_jobs([{}], filters={}, more=False))
    (row,) = page.rows()
    assert row == ["?\N{EN DASH}", "\N{EN DASH}created \N{EN DASH}", *["\N{EN DASH}"] * 4]


def test_unknown_values_are_shown_as_they_are() -> None:
    row = shown(status="Paused", customizationType="TELEPATHY_TUNING", creationTime="soon")
    assert row[0] == "?Paused"
    assert row[1].endswith("created soon")
    assert row[4] == "Telepathy tuning"


def test_a_custom_model_is_told_with_the_model_behind_it() -> None:
    arn = "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abcdefghijkl"
    assert shown(baseModelArn=arn)[5] == "amazon.nova-lite-v1:0:300kthrough custom model abcdefghijkl"


def test_the_summary_says_what_is_shown() -> None:
    made = [job(n, status=status) for n, status in enumerate(["Completed", "Failed", "Completed", "Paused"])]
    page = Page(board().render_jobs(made, filters={"statusEquals": "x", "creationTimeAfter": NOW}, more=True))
    assert [chip.text for chip in page.all("span", "chip")] == [
        "\N{MULTIPLICATION X}1 Failed",
        "\N{CHECK MARK}2 Completed",
        "?1 Paused",
    ]
    (said,) = page.all("span", "facts")
    assert said.text == (
        "The newest 4 jobs, there are more \N{MIDDLE DOT} statusEquals x \N{MIDDLE DOT} "
        "creationTimeAfter 2026-03-01T12:00:00+00:00 \N{MIDDLE DOT} 12:00:00 UTC"
    )


def test_no_job_is_said_in_words() -> None:
    page = Page(board().render_jobs([], filters={}, more=False))
    (cell,) = page.all("td", "none")
    assert cell.text == "No job matches."


@pytest.mark.parametrize(
    ("theme", "of_class"), [("dark", "dark"), ("light", "light"), (None, "auto"), ("x", "auto")]
)
def test_the_theme_is_the_dashboards(theme: Any, of_class: str) -> None:
    assert of_class in Page(board(theme).render_jobs([], filters={}, more=False)).elements[0].classes


def test_the_style_asks_nothing_of_other_servers_and_keeps_to_the_board() -> None:
    (style,) = Page(board().render_jobs([], filters={}, more=False)).all("style")
    assert "url(" not in style.text
    assert "@import" not in style.text
    without_comments = re.sub(r"/\*.*?\*/", "", style.text, flags=re.DOTALL)
    rules = re.sub(r"@media[^{]*\{|\}\s*\}", "}", without_comments)
    for selector in re.findall(r"(?:^|\})\s*([^{}]+)\{", rules):
        assert all(each.strip().startswith(".jobboard") for each in selector.split(",")), selector


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_what_it_stands_on(theme: str) -> None:
    """WCAG's contrast of 4.5, computed from the style itself."""
    (style,) = Page(board().render_jobs([], filters={}, more=False)).all("style")
    selector = r"\.jobboard \{" if theme == "light" else r"\.jobboard\.dark \{"
    found = re.search(selector + r"([^}]*)", style.text)
    assert found is not None
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", found[1]))
    page = {"light": "#ffffff", "dark": "#161d27"}[theme]
    pairs = [(colours[name], page) for name in ("text", "soft", "link")]
    pairs += [(colours["text"], colours["hover"]), (colours["soft"], colours["hover"])]
    pairs += [(colours[k], colours[f"{k}-bg"]) for k in ("run", "good", "bad", "warn", "mute")]
    for ink, ground in pairs:
        assert _contrast(ink, ground) >= 4.5, (ink, ground)


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
