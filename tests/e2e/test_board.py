"""The board as users see it: the local page in a real browser."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urljoin

import pytest

from local.common.http_client import call
from local.processes.process_group import ProcessGroup
from local.simulated_jobs.sample_jobs import sample_jobs
from tests.e2e.browser import Browser
from tests.html_page import Page


@pytest.fixture(scope="module")
def url(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the board; skipped early if there is no browser."""
    assert browser
    with ProcessGroup(region="us-east-1", logs=tmp_path_factory.mktemp("logs")) as processes:
        yield processes.gateway.url


Load = Callable[[str], Page]


@pytest.fixture
def load(browser: Browser, url: str) -> Load:
    return lambda target: browser.page(url + target)


def _names(page: Page) -> list[str]:
    return [each.text for each in page.all("span", "name")]


def test_the_newest_jobs_come_first(load: Load) -> None:
    page = load("/board")
    newest = sorted(sample_jobs(now=datetime.now(UTC)), key=lambda job: job.creation_time, reverse=True)
    # Names are not compared: they contain the date, and jobs with the same creation time have no fixed order.
    rows = page.rows()
    assert [row[5].partition("through")[0] for row in rows[:12]] == [job.base_model_id for job in newest[:12]]
    assert len(rows) == 25
    assert page.all("title")[0].text == "Model customization jobs"
    assert "The newest 25 jobs, there are more" in page.all("span", "facts")[0].text
    assert "script" not in page.tags
    assert [each.text for each in page.all("a") if "aria-current" in each.attributes] == ["Jobs", "All"]


def test_each_job_shows_status_phase_age_and_link(load: Load) -> None:
    page = load("/board?statusEquals=InProgress")
    rows = page.rows()
    assert [row[2] for row in rows] == ["Validation", "Data processing", *["Training"] * 4]
    # The page may be loaded some minutes after the jobs are generated.
    ages = (
        r"1\d min of 1 d",
        r"1 h 3\d min of 1 d",
        r"3 h( \d min)? of 1 d",
        "2 d 4 h, 1 d 4 h over its limit of 1 d",
        "3 d 5 h, 2 d 5 h over its limit of 1 d",
        "5 d 11 h, 4 d 11 h over its limit of 1 d",
    )
    for row, age in zip(rows, ages, strict=True):
        assert re.fullmatch(age, row[3])
    assert ["Stuck" in row[0] for row in rows] == [False, False, False, True, True, True]
    bars = [each.attributes["width"] for each in page.all("rect")]
    assert bars[2].startswith("12.")
    assert bars[3:] == ["100.0%"] * 3
    links = [each.attributes["href"] for each in page.all("a") if "target" in each.attributes]
    assert len(links) == 6
    assert all(link.startswith("https://us-east-1.console.aws.amazon.com/bedrock/home?") for link in links)


def test_the_status_links_filter_the_jobs(load: Load) -> None:
    (failed,) = [each for each in load("/board?nameContains=support").all("a") if each.text == "Failed"]
    page = load("/board" + failed.attributes["href"])
    assert _names(page)
    assert all(name.startswith("support") or "support" in name for name in _names(page))
    assert all(row[0].endswith("Failed") for row in page.rows())


def test_an_invalid_parameter_is_reported_and_an_injection_is_text(load: Load) -> None:
    injection = "%3Cscript%3Edocument.title%3D1%3C/script%3E%22%27%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"
    page = load(f"/board?statusEquals={injection}&{injection}={injection}")
    assert [each.text for each in page.all("h2")] == ["Invalid parameters"]
    assert "<script>document.title=1</script>" in page.all("li")[0].text
    assert page.all("title")[0].text == "Model customization jobs"
    assert not {"script", "img"} & set(page.tags)


@pytest.mark.parametrize(("path", "name"), [("/board?", "board"), ("/board?trends=true&", "trends")])
def test_each_view_has_a_light_and_a_dark_theme(browser: Browser, url: str, path: str, name: str) -> None:
    images = [
        browser.screenshot(f"{url}{path}theme={theme}", f"{name}-{theme}") for theme in ("light", "dark")
    ]
    assert all(image.startswith(b"\x89PNG") and len(image) > 50_000 for image in images)
    assert images[0] != images[1]


def test_the_trends_are_charts_of_the_jobs_that_ended(load: Load, url: str) -> None:
    page = load("/trends")
    assert [each.text for each in page.all("h2")] == [
        "Jobs that ended, by week and status",
        "How long completed jobs took, by type",
        "Why jobs failed",
    ]
    assert page.tags["svg"] == 3
    assert "script" not in page.tags
    trends = call(f"{url}/trends").json()
    ended = sum(sum(counts.values()) for counts in trends["byWeek"].values())
    assert page.all("span", "facts")[0].text.startswith(f"{ended} jobs ended since {trends['since'][:10]}")
    weeks = [each.text for each in page.all("td") if re.match(r"\d{4}-W\d\d", each.text)]
    assert weeks == [*list(trends["byWeek"])[:-1], f"{trends['currentWeek']}, so far"]
    assert "Fine-tuning" in [each.text for each in page.all("text")]


def test_the_board_leads_to_the_trends(load: Load) -> None:
    links = [each for each in load("/board?nameContains=support").all("a") if each.text == "Last 90 days"]
    (target,) = (each.attributes["href"] for each in links if "href" in each.attributes)
    page = load("/board" + target)
    assert "nameContains support" in page.all("span", "facts")[0].text
    assert page.tags["svg"] == 3


def test_the_links_of_the_page_work(load: Load, url: str) -> None:
    links = [each.attributes["href"] for each in load("/board").all("a") if "href" in each.attributes]
    links = [urljoin(f"{url}/board", link) for link in links if not link.startswith("https:")]
    assert {f"{url}/overview", f"{url}/openapi.json"} <= set(links)
    assert {call(link).status for link in links} == {200}


def test_the_root_leads_to_the_board(load: Load) -> None:
    page = load("/?statusEquals=Failed")
    assert all(row[0].endswith("Failed") for row in page.rows())
    assert _names(page)
