"""Which media type an `Accept` header prefers (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

# RFC 9110's characters of a name.
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# Each of these patterns takes linear time, and so does reading a header with one after another.
_TYPE = re.compile(f"({_NAME})/({_NAME})")
_SEMICOLON = re.compile(r"[ \t]*;[ \t]*")
_PARAMETER = re.compile(rf'({_NAME})=({_NAME}|"(?:[^"\\]|\\.)*")')
_END = re.compile(r"[ \t]*(?:,|\Z)")
_BETWEEN = re.compile(r"[ \t,]*")
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


class _Range(NamedTuple):
    """A range of media types, in lower case."""

    name: str
    parameters: Mapping[str, str]
    weight: float

    def contains(self, name: str, parameters: Mapping[str, str]) -> bool:
        is_within = self.name in (name, f"{name.partition('/')[0]}/*", "*/*")
        return is_within and self.parameters.items() <= parameters.items()

    @property
    def specificity(self) -> tuple[int, int]:
        return -self.name.count("*"), len(self.parameters)


def preferred(accept: str, offered: Mapping[str, Mapping[str, str]]) -> str | None:
    """Return the offered media type of the highest weight, the first of several; None: none is acceptable.

    The weight of a media type is that of the most specific range that contains it; of several, the highest. A
    malformed header is ignored, as if there were none.

    Parameters
    ----------
    offered : mapping of str to mapping of str to str
        The parameters that each media type has, in lower case.
    """
    try:
        ranges = list(_ranges(accept))
    except ValueError:
        ranges = []
    if not ranges:
        return next(iter(offered))
    weights = {name: _weight(ranges, name, parameters) for name, parameters in offered.items()}
    best = max(weights, key=lambda name: weights[name])
    return best if weights[best] else None


def _weight(ranges: Sequence[_Range], name: str, parameters: Mapping[str, str]) -> float:
    matching = [(each.specificity, each.weight) for each in ranges if each.contains(name, parameters)]
    return max(matching)[1] if matching else 0.0


def _ranges(accept: str) -> Iterator[_Range]:
    position = _end_of(_BETWEEN.match(accept))
    while position < len(accept):
        found = _TYPE.match(accept, position)
        if found is None or (found[1] == "*" and found[2] != "*"):
            raise ValueError
        parameters, position = _parameters(accept, found.end())
        weight = parameters.pop("q", "1")
        if not _WEIGHT.fullmatch(weight):
            raise ValueError
        yield _Range(found[0].lower(), parameters, float(weight))
        position = _end_of(_BETWEEN.match(accept, _end_of(_END.match(accept, position))))


def _parameters(accept: str, position: int) -> tuple[dict[str, str], int]:
    """Read the parameters of a media type, and return where they end."""
    parameters = {}
    while semicolon := _SEMICOLON.match(accept, position):
        position = semicolon.end()
        if parameter := _PARAMETER.match(accept, position):
            parameters[parameter[1].lower()] = _unquoted(parameter[2]).lower()
            position = parameter.end()
    return parameters, position


def _end_of(match: re.Match[str] | None) -> int:
    if match is None:
        raise ValueError
    return match.end()


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
