from xml.etree import ElementTree as ET

import pytest

from benchmarks import contenders, report
from benchmarks.bundles import Size
from benchmarks.contenders import BARE_BOTO3, CLIENT_CALL, THIS_PROJECT, VALIDATION_SOURCE, WATCH
from benchmarks.listings import COLLECT, LARGE_PAGES, OVERVIEW, Listed, Workload
from benchmarks.plot import panels, svg
from benchmarks.results import AT_SCALE, Results
from benchmarks.sweep_report import monthly
from benchmarks.sweeps import Sweeps, Swept
from benchmarks.targets import targets
from benchmarks.watch_server import Usage


@pytest.fixture
def results() -> Results:
    return Results(
        instructions={THIS_PROJECT: 0.9e9, WATCH: 0.75e9, BARE_BOTO3: 1e9, VALIDATION_SOURCE: 6.3e9},
        tls_instructions={THIS_PROJECT: 0.58e9, BARE_BOTO3: 1e9},
        warm_instructions={
            100: {THIS_PROJECT: 9e6, CLIENT_CALL: 300e6},
            1000: {THIS_PROJECT: 90e6, CLIENT_CALL: 3e9},
        },
        warm_without_details={100: {THIS_PROJECT: 8e6, CLIENT_CALL: 80e6}},
        shares={"botocore": 640_400},
        cold_seconds={THIS_PROJECT: 0.27, BARE_BOTO3: 0.3, VALIDATION_SOURCE: 1.2},
        warm_seconds={
            100: {THIS_PROJECT: 0.002, CLIENT_CALL: 0.04},
            1000: {THIS_PROJECT: 0.028, CLIENT_CALL: 0.4},
        },
        listings={
            AT_SCALE: {
                LARGE_PAGES: Listed(40, 60, AT_SCALE.jobs),
                OVERVIEW: Listed(4, 55, AT_SCALE.jobs),
                COLLECT: Listed(0.05, 45, 175),
            }
        },
        sizes={THIS_PROJECT: Size(9_700_000, 3_600_000)},
        sweeps={
            10_000: Sweeps(
                Swept(Usage(records_read=101, read_units=20.5), 0.2, 0.5, 51),
                Swept(Usage(100, 202, 120, 60, 802), 0.7, 1.2, 52),
                Swept(Usage(records_read=10_000, read_units=5_000), 1, 2, 54),
            )
        },
    )


def test_each_target_is_compared_with_its_figure(results: Results) -> None:
    measured = {target.name: (round(target.measured, 3), target.met) for target in targets(results)}
    assert measured == {
        "cold start, instructions, over TLS, ratio to bare boto3 over TLS": (0.58, True),
        "cold start, instructions, ratio to bare boto3": (0.9, False),
        "cold start, instructions, the watch function, ratio to bare boto3": (0.75, True),
        "cold start, instructions, ratio to a usual deployment (Powertools with validation, without .pyc)": (
            0.143,
            True,
        ),
        "warm, 100 jobs, instructions, ratio to boto3's call alone": (0.03, True),
        "warm, 1000 jobs, instructions, ratio to boto3's call alone": (0.03, False),
        "overview of 100,000 jobs, wall time, ratio to the paginator": (0.1, False),
        "overview of 100,000 jobs, peak memory": (55, False),
        "quiet sweep of 10,000 jobs, records read": (101, False),
        "quiet sweep of 10,000 jobs, CPU": (200, True),
        "bundle, zipped": (3.6, False),
    }


def test_a_run_that_left_out_measurements_reports_the_others() -> None:
    results = Results(sizes={THIS_PROJECT: Size(2, 1)})
    assert [target.name for target in targets(results)] == ["bundle, zipped"]
    assert "Cold start" not in report.tables(results)


def test_the_report_contains_every_figure_and_its_ratio(results: Results) -> None:
    text = report.document(results, ["a machine"])
    assert "| cold start, instructions, ratio to bare boto3 | 0.68 | **0.9** | **missed** |" in text
    assert "| **this project** | 580 | 0.58 |  |  |" in text
    assert "| this project's watch function: a quiet sweep | 750 | 0.75 |  |  |" in text
    assert "| **this project** | 9.00 | 0.03 | 90.00 | 0.03 |" in text
    assert "## Instructions of a warm invocation without `statusDetails`" in text
    assert "| **this project** | 8.00 | 0.1 |" in text
    assert "| botocore | 640 |" in text
    assert "| **this project** | 900 | 0.9 | 270 | 0.9 |" in text
    assert "| **this project** | 2.00 | 0.05 | 28.00 | 0.07 |" in text
    assert "## 100,000 jobs at 30 ms per page, creation times evenly spread" in text
    assert "| this project: an overview of all jobs | 100,000 | 4 | 0.100 | 55 |" in text
    # One answer covers a part of the jobs, so it has no ratio to listing all of them.
    assert "| this project: one answer to a workflow | 175 | 0.05 |  | 45 |" in text
    assert "| **10,000 jobs, none changed** | 101 | 20.5 | 0 | 0 | 200 | 0.50 | 51 |" in text
    assert "| 10,000 jobs, 1 % changed | 100 | 60.0 | 802 | 120 | 700 | 1.20 | 52 |" in text
    assert "- a machine" in text
    assert "$" not in text


def test_all_rows_of_a_table_have_the_same_number_of_columns(results: Results) -> None:
    columns = None
    for line in report.tables(results).splitlines():
        if not line.startswith("|"):
            columns = None
            continue
        columns = columns or line.count("|")
        assert line.count("|") == columns


def test_the_plot_is_well_formed_and_leaves_out_answers_that_cover_a_part(results: Results) -> None:
    drawn = panels(results)
    assert [len(panel.bars) for panel in drawn] == [4, 2, 2, 2]
    assert [bar.ratio for bar in drawn[0].bars] == pytest.approx([0.75, 0.9, 1, 6.3])
    texts = [element.text for element in ET.fromstring(svg(drawn)).iter()]  # noqa: S314 - generated above
    assert "this project" in texts
    assert "6.3" in texts


def test_bunched_creation_times_are_named_in_their_table() -> None:
    results = Results(listings={Workload(1000, "bunched"): {LARGE_PAGES: Listed(1, 60, 1000)}})
    assert "## 1,000 jobs at 30 ms per page, creation times bunched" in report.tables(results)


def test_all_labels_are_different() -> None:
    all_contenders = [each for each in vars(contenders).values() if isinstance(each, contenders.Contender)]
    assert len({each.label for each in all_contenders}) == len(all_contenders)


def test_the_section_on_a_fleet_is_kept() -> None:
    section = "\n## A fleet\n\nFigures.\n"
    assert report.fleet_section("# Performance\n\n## Bundle size\n" + section) == section
    assert report.fleet_section("# Performance\n") == ""


def test_a_month_has_a_sweep_every_15_minutes_of_which_one_a_day_observes_all_jobs() -> None:
    free, million = Swept(Usage(), 0, 0, 0), Swept(Usage(read_units=1_000_000), 0, 0, 0)
    requests = 2880 * 0.20 / 1e6
    assert monthly(free, free) == pytest.approx(requests)
    assert monthly(free, million) == pytest.approx(30 * 0.125 + requests)
    assert monthly(million, free) == pytest.approx(2850 * 0.125 + requests)


def test_the_function_waits_as_long_on_lambda_and_works_longer_with_its_share_of_a_processor() -> None:
    def gb_seconds(cpu_seconds: float, seconds: float) -> float:
        swept = Swept(Usage(), cpu_seconds, seconds, 0)
        return (monthly(swept, swept) - 2880 * 0.20 / 1e6) / 2880 / 0.0000133334

    assert gb_seconds(0, 2) == pytest.approx(2)
    assert gb_seconds(1, 2) == pytest.approx(1 + 1769 / 1024)
