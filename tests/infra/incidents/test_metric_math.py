"""The simulator's metric math gives the same values as the examples in AWS's documentation."""

import pytest

from tests.infra.incidents.metric_math import Series, evaluate

METRICS: dict[str, Series] = {"metric1": [30, 20, 0, 0], "metric2": [20, None, 20, None]}
CONDITION: dict[str, Series] = {
    "metric1": [1, 1, 0, 0, None],
    "metric2": [30, None, 0, 0, 30],
    "metric3": [0, 0, 20, None, 20],
}
EMPTY: Series = [None, None]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("metric2 > metric1", [0, 0, 1, 0]),
        ("metric1 - metric2", [10, 20, -20, 0]),
        ("metric1 + metric2", [50, 20, 20, 0]),
        ("FILL(metric2, 10)", [20, 10, 20, 10]),
        ("FILL(metric2, metric1)", [20, 20, 20, 0]),
    ],
)
def test_a_missing_value_is_filled_or_counts_as_zero(expression: str, expected: Series) -> None:
    assert evaluate(expression, METRICS, fills_empty=False) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(metric1, metric2, metric3)", [30, 0, 20, None, None]),
        ("IF(metric1, 5, metric3)", [5, 5, 20, None, None]),
        ("IF(metric1, metric2, 5)", [30, 0, 5, 5, None]),
    ],
)
def test_a_condition_chooses_as_documented(expression: str, expected: Series) -> None:
    assert evaluate(expression, CONDITION, fills_empty=False) == expected


def test_whether_fill_fills_a_metric_without_any_datapoint_can_be_chosen() -> None:
    assert evaluate("FILL(m, 0)", {"m": EMPTY}, fills_empty=True) == [0, 0]
    assert evaluate("FILL(m, 0)", {"m": EMPTY}, fills_empty=False) == [None, None]


def test_an_empty_series_counts_as_zero_beside_another_one() -> None:
    assert evaluate("FILL(a, 0) - FILL(b, 0)", {"a": [1, None], "b": EMPTY}, fills_empty=False) == [1, 0]


def test_an_unknown_function_is_an_error() -> None:
    with pytest.raises(NotImplementedError, match="RATE"):
        evaluate("RATE(m)", {"m": EMPTY}, fills_empty=False)
