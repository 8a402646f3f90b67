"""The part of CloudWatch's metric math that the alarms use.

Source: "Using math expressions with CloudWatch metrics" in the CloudWatch User Guide. The guide does not say
what FILL returns for a metric without any datapoint in the range; both answers can be simulated.
"""

import ast
from collections.abc import Callable, Mapping, Sequence

Series = Sequence[float | None]

_OPERATORS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Gt: lambda left, right: float(left > right),
}


def evaluate(expression: str, metrics: Mapping[str, Series], *, fills_empty: bool) -> Series:
    """Return the time series of an expression.

    Parameters
    ----------
    metrics : mapping of str to series
        Series of equal length by the names in the expression; None is a missing datapoint.
    fills_empty : bool
        Whether FILL fills a series that has no datapoint at all.
    """
    length = len(next(iter(metrics.values())))

    def series(node: ast.AST) -> Series:
        match node:
            case ast.Constant(value=int() | float() as value):
                return [float(value)] * length
            case ast.Name(id=name):
                return metrics[name]
            case ast.BinOp(left=left, op=operator, right=right):
                return _combine(series(left), series(right), _OPERATORS[type(operator)])
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return _combine(series(left), series(right), _OPERATORS[type(operator)])
            case ast.Call(func=ast.Name(id="FILL"), args=[filled, value]):
                return _fill(series(filled), series(value), fills_empty=fills_empty)
            case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
                return _choose(series(condition), series(then), series(otherwise))
        raise NotImplementedError(ast.unparse(node))

    return series(ast.parse(expression, mode="eval").body)


def _combine(left: Series, right: Series, operator: Callable[[float, float], float]) -> Series:
    """Combine two series. A missing value counts as 0, unless both are missing."""
    return [
        None if a is None and b is None else operator(a or 0.0, b or 0.0)
        for a, b in zip(left, right, strict=True)
    ]


def _fill(filled: Series, value: Series, *, fills_empty: bool) -> Series:
    if not fills_empty and all(point is None for point in filled):
        return filled
    return [filler if point is None else point for point, filler in zip(filled, value, strict=True)]


def _choose(condition: Series, then: Series, otherwise: Series) -> Series:
    """Choose by the condition; a value that is missing is 0 if the condition is true, else missing."""
    return [
        None if when is None else (first or 0.0) if when else second
        for when, first, second in zip(condition, then, otherwise, strict=True)
    ]
