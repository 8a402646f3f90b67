from collections import Counter
from collections.abc import Callable

import pytest

from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.observability import Observability
from customization_jobs.watch.summary import PublishedMetrics, WatchSummary
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


def test_the_log_contains_the_figures(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    WatchSummary(Counter({"Failed": 2, "Stuck": 1}), busy=3, failed=4).annotate(observability)
    observability.logger.info("Done")
    _, logged = lines()
    figures = {name: logged[-1][name] for name in ("published", "busy", "failed")}
    assert figures == {"published": 3, "busy": 3, "failed": 4}


def test_the_metrics_count_published_transitions_by_kind_and_missed_events(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    metrics = PublishedMetrics(observability, region="eu-west-1")
    kinds = [(Kind.FAILED, FoundBy.SWEEP), (Kind.FAILED, FoundBy.EVENT), (Kind.STUCK, FoundBy.SWEEP)]
    metrics.count([Transition("id", kind, text(NOW), found_by, 1) for kind, found_by in kinds])
    emitted, _ = lines()
    assert metric_values(emitted, "Kind") == {
        ("TransitionsPublished", "Failed"): 2,
        ("TransitionsPublished", "Stuck"): 1,
        ("MissedEvents",): 1,
    }
    assert {line["Region"] for line in emitted} == {"eu-west-1"}
    units = {metric["Unit"] for line in emitted for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert units == {"Count"}


def test_no_metric_is_emitted_if_nothing_was_published(
    observability: Observability, lines: Callable[[], tuple[Lines, Lines]]
) -> None:
    PublishedMetrics(observability, region="eu-west-1").count([])
    assert lines() == ([], [])
