"""No value of a job, a filter or an error becomes markup of the board."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.errors import Problem
from tests.fakes import NOW, job, text
from tests.html_page import Page
from tests.unit.reports.boards import HOUR, board

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
# The attributes and tags that a board consists of. A value that became markup would add others.
ATTRIBUTES: dict[tuple[str, str], str] = {
    ("div", "class"): r"jobboard (light|dark|auto) cwdb-no-default-styles"
    r"|summary|scroll|steps|problem|coverage",
    ("span", "class"): r"chips|facts|small|name|model|source|(chip|pill) (run|good|bad|warn|mute)",
    ("span", "title"): r"(?s).*",
    ("i", "class"): r"todo|run|good|bad|warn|mute",
    ("svg", "class"): r"bar (past|over|near|fine)",
    ("svg", "aria-hidden"): r"true",
    ("rect", "width"): r"\d{1,3}\.\d%",
    ("rect", "height"): r"100%",
    ("tr", "class"): r"(stuck)?",
    ("td", "class"): r"none",
    ("td", "colspan"): r"[68]",
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
    "svg",
    "rect",
    "b",
    "a",
    "bdi",
    "ul",
    "li",
    "p",
    "h2",
    "details",
    "summary",
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
timestamps = st.sampled_from([text(NOW - 3 * HOUR), text(NOW - 300 * HOUR), "9999-12-31T23:59:59Z"]) | values
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
        **dict.fromkeys(("creationTime", "lastModifiedTime", "endTime"), timestamps),
        "status": statuses,
        "statusDetails": details,
    },
)


def assert_is_only_a_board(page: Page) -> None:
    assert page.stray == []
    assert set(page.tags) <= TAGS
    # The coverage has its own style sheet.
    assert page.tags["style"] == 1 + len(page.all("div", "coverage"))
    assert page.elements[0].classes >= {"jobboard"}
    for element in page.elements:
        for name, value in element.attributes.items():
            allowed = ATTRIBUTES.get((element.tag, name))
            assert allowed is not None, (element.tag, name, value)
            assert re.fullmatch(allowed, value), (element.tag, name, value)


# A slow machine is not a failure.
@settings(deadline=None)
@given(st.lists(jobs, max_size=4), values, st.dictionaries(texts, values, max_size=2), st.booleans())
def test_no_value_of_a_job_becomes_markup(
    given_jobs: list[Any],
    theme: Any,
    filters: dict[str, Any],
    more: bool,  # noqa: FBT001 - generated
) -> None:
    page = Page(board(theme).render_jobs(given_jobs, filters=filters, more=more))
    assert_is_only_a_board(page)
    assert (page.tags["th"], page.tags["td"]) == (6, max(6 * len(given_jobs), 1))


rows = st.fixed_dictionaries(
    dict.fromkeys(("account", "region", "state", "since"), texts),
    optional=dict.fromkeys(("asOf", "deniedBy", "reason"), texts),
)
coverages = st.fixed_dictionaries(
    {
        "complete": st.booleans(),
        "sources": st.integers(0, 9),
        "byState": st.fixed_dictionaries(
            {"listed": st.integers(0, 9)}, optional={"denied": st.integers(0, 9)}
        ),
        "oldestAsOf": st.none() | texts,
        "gaps": st.lists(rows, max_size=3),
        "moreGaps": st.integers(0, 9),
    },
    optional={"accountsAsOf": texts},
)


# A slow machine is not a failure.
@settings(deadline=None)
@given(st.lists(jobs, max_size=2), st.dictionaries(st.sampled_from(["account", "region"]), values), coverages)
def test_no_value_of_a_fleet_becomes_markup(
    given_jobs: list[Any], source: dict[str, Any], coverage: dict[str, Any]
) -> None:
    shown = [{**each, **source} for each in given_jobs]
    page = Page(board().render_jobs(shown, filters=source, more=False, coverage=coverage))
    assert_is_only_a_board(page)
    assert (page.tags["th"], page.tags["td"]) == (8, max(8 * len(given_jobs), 1))
    assert page.tags["li"] == len(coverage["gaps"]) + bool(coverage["gaps"] and coverage["moreGaps"])


# A slow machine is not a failure.
@settings(deadline=None)
@given(texts, texts, st.lists(st.builds(Problem, texts, texts, texts), max_size=3))
def test_no_problem_becomes_markup(title: str, message: str, problems: list[Problem]) -> None:
    page = Page(board().render_problem(title, message, problems))
    assert_is_only_a_board(page)
    assert page.tags["li"] == len(problems)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_becomes_markup_in_any_field(payload: str) -> None:
    names = ("jobArn", "jobName", "status", "creationTime", "endTime", "baseModelArn", "customizationType")
    fields: list[dict[str, Any]] = [{name: payload} for name in names]
    fields += [{name: f"{job()[name]}{payload}"} for name in ("jobArn", "baseModelArn")]
    fields += [{"baseModelArn": f"arn:aws:bedrock:us-east-1:1:custom-model/{payload}/{payload}"}]
    fields += [{"statusDetails": {"trainingDetails": {"status": payload}}}, {"statusDetails": payload}]
    jobs_shown = [job(number, status="InProgress") | each for number, each in enumerate(fields)]
    page = Page(board(payload).render_jobs(jobs_shown, filters={payload: payload}, more=False))
    assert_is_only_a_board(page)
    assert page.tags["td"] == 6 * len(fields)


@pytest.mark.parametrize("payload", PAYLOADS[:11])
def test_values_that_look_like_markup_are_shown_unchanged(payload: str) -> None:
    page = Page(
        board().render_jobs([job(jobName=payload, customizationType=payload)], filters={}, more=False)
    )
    (row,) = page.rows()
    assert payload.strip() in row[1]
    assert payload.strip() in row[4]
