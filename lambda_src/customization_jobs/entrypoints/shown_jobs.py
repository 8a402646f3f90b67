"""The jobs that a board shows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# Few enough to survey, and to show in a widget of usual height with little scrolling.
DEFAULT_JOBS = 25


class ShownJobs(NamedTuple):
    """The jobs of a board.

    Attributes
    ----------
    jobs : sequence
        Summaries, which may be malformed in any way.
    more : bool
        Whether further jobs match.
    coverage : mapping or None
        The coverage summary of a fleet.
    """

    jobs: Sequence[Any]
    more: bool
    coverage: Mapping[str, Any] | None = None
