from xml.etree import ElementTree as ET

import pytest

from benchmarks import contenders, report
from benchmarks.bundles import Size
from benchmarks.contenders import BARE, CALL, DEPLOYED, SELF
from benchmarks.listings import COLLECT, LARGE_PAGES, SWEEP, Listed, Scene
from benchmarks.plot import panels, svg
from benchmarks.results import AT_SCALE, Results, aims


@pytest.fixture
def results() -> Results:
    return Results(
        instructions={SELF: 0.9e9, BARE: 1e9, DEPLOYED: 6.3e9},
        cold_seconds={SELF: 0.27, BARE: 0.3, DEPLOYED: 1.2},
        warm_seconds={100: {SELF: 0.002, CALL: 0.04}, 1000: {SELF: 0.028, CALL: 0.4}},
        listings={
            AT_SCALE: {
                LARGE_PAGES: Listed(40, 60, AT_SCALE.jobs),
                SWEEP: Listed(4, 55, AT_SCALE.jobs),
                COLLECT: Listed(0.05, 45, 175),
            }
        },
        sizes={SELF: Size(9_700_000, 3_600_000)},
    )


def test_each_aim_is_held_against_its_figure(results: Results) -> None:
    measured = {aim.what: (round(aim.measured, 3), aim.reached) for aim in aims(results)}
    assert measured == {
        "cold start, instructions, to bare boto3 with .pyc": (0.9, False),
        "cold start, instructions, to what most deploy": (0.143, True),
        "warm CPU, 100 jobs, to the bare boto3 call": (0.05, True),
        "warm CPU, 1000 jobs, to the bare boto3 call": (0.07, True),
        "counts of 100,000 jobs, wall time, to the paginator": (0.1, True),
        "counts of 100,000 jobs, peak memory": (55, False),
        "bundle, zipped": (3.6, True),
    }


def test_a_run_that_left_things_out_tells_of_the_rest() -> None:
    results = Results(sizes={SELF: Size(2, 1)})
    assert [aim.what for aim in aims(results)] == ["bundle, zipped"]
    assert "Cold start" not in report.tables(results)


def test_the_report_holds_every_figure_and_its_ratio(results: Results) -> None:
    text = report.document(results, ["a machine"])
    assert "| cold start, instructions, to bare boto3 with .pyc | 0.8 | **0.9** | **missed** |" in text
    assert "| **this project** | 900 | 0.9 | 270 | 0.9 |" in text
    assert "| **this project** | 2.00 | 0.05 | 28.00 | 0.07 |" in text
    assert "## 100,000 jobs at 30 ms a page, dates evenly spread" in text
    assert "| this project: counts, by a schedule | 100,000 | 4 | 0.100 | 55 |" in text
    # One answer tells of a part: no ratio to those who list everything.
    assert "| this project: one answer to a workflow | 175 | 0.05 |  | 45 |" in text
    assert "- a machine" in text
    assert "$" not in text


def test_every_table_has_as_many_columns_in_each_line(results: Results) -> None:
    columns = None
    for line in report.tables(results).splitlines():
        if not line.startswith("|"):
            columns = None
            continue
        columns = columns or line.count("|")
        assert line.count("|") == columns


def test_the_plot_is_well_formed_and_leaves_out_who_lists_a_part(results: Results) -> None:
    drawn = panels(results)
    assert [len(panel.bars) for panel in drawn] == [3, 2, 2, 2]
    assert [bar.ratio for bar in drawn[0].bars] == pytest.approx([0.9, 1, 6.3])
    texts = [element.text for element in ET.fromstring(svg(drawn)).iter()]  # noqa: S314 - our own
    assert "this project" in texts
    assert "6.3" in texts


def test_bunched_dates_are_named_in_their_table() -> None:
    results = Results(listings={Scene(1000, "bunched"): {LARGE_PAGES: Listed(1, 60, 1000)}})
    assert "## 1,000 jobs at 30 ms a page, dates bunched" in report.tables(results)


def test_everyone_has_a_label_of_their_own() -> None:
    everyone = [each for each in vars(contenders).values() if isinstance(each, contenders.Contender)]
    assert len({each.label for each in everyone}) == len(everyone)
