from collections import Counter
from collections.abc import Callable

import pytest

from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.observability import Observability
from customization_jobs.watch.summary import WatchSummary
from customization_jobs.watch.transition import FoundBy, Kind, Transition
from tests.fakes import NOW, text
from tests.unit.conftest import Lines, metric_values

ERRORS: list[CustomizationJobsError] = [WatchUnavailableException(str(number)) for number in range(12)]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("found_by", FoundBy)
def test_a_transition_that_bedrock_publishes_too_was_missed_if_a_sweep_found_it(
    kind: Kind, found_by: FoundBy
) -> None:
    summary = WatchSummary()
    summary.add_published(Transition("id", kind, text(NOW), found_by, 1))
    assert summary.published == {str(kind): 1}
    status_kinds = {"Stopping", "Completed", "Failed", "Stopped"}
    assert summary.missed_events == (1 if found_by == "sweep" and kind in status_kinds else 0)


def test_published_transitions_add_up() -> None:
    summary = WatchSummary()
    for kind in (Kind.FAILED, Kind.FAILED, Kind.STOPPED):
        summary.add_published(Transition("id", kind, text(NOW), FoundBy.SWEEP, 1))
    assert summary == WatchSummary(Counter({"Failed": 2, "Stopped": 1}), missed_events=3)


def test_failures_add_up_and_the_first_ten_errors_are_kept() -> None:
    summary = WatchSummary()
    for error in ERRORS:
        summary.add_failure(error)
    summary.add_failure(ERRORS[0], 5)
    assert (summary.failed, summary.errors) == (17, ERRORS[:10])


def test_summaries_add_up() -> None:
    summary = WatchSummary(Counter({"Failed": 1, "Stuck": 2}), 1, 2, 3, 4, 5, ERRORS[:6])
    summary.add(WatchSummary(Counter({"Failed": 10, "Stopped": 3}), 10, 20, 30, 40, 50, ERRORS[6:]))
    assert summary == WatchSummary(
        Counter({"Failed": 11, "Stuck": 2, "Stopped": 3}), 11, 22, 33, 44, 55, ERRORS[:10]
    )


@pytest.mark.parametrize("by_sweep", [True, False])
def test_the_metrics_and_the_log_contain_the_figures(
    observability: Observability,
    lines: Callable[[], tuple[Lines, Lines]],
    by_sweep: bool,  # noqa: FBT001 - a case
) -> None:
    summary = WatchSummary(Counter({"Failed": 2, "Stuck": 1}), busy=3, failed=4)
    summary.emit(observability, "eu-west-1", by_sweep=by_sweep)
    observability.logger.info("Done")
    metrics, logged = lines()
    expected: dict[tuple[str, ...], float] = {
        ("TransitionsPublished", "Failed"): 2,
        ("TransitionsPublished", "Stuck"): 1,
    }
    if by_sweep:
        expected["MissedEvents",] = 0
    assert metric_values(metrics, "Kind") == expected
    assert {line["Region"] for line in metrics} == {"eu-west-1"}
    units = {metric["Unit"] for line in metrics for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert units == {"Count"}
    assert {name: logged[-1][name] for name in ("published", "busy", "failed")} == {
        "published": 3,
        "busy": 3,
        "failed": 4,
    }
