"""One answer's jobs of the fleet, limited in number and size."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from customization_jobs.errors import UnexpectedAnswerException
from customization_jobs.listing.pages import StoppedBy
from customization_jobs.sources import Source

# Size of a short summary, so that few records are read whose jobs do not fit into the answer.
_SHORT_SUMMARY_BYTES = 500
# What a source adds to the `asOf` of an answer.
_SOURCE_BYTES = 64


@dataclass(frozen=True, slots=True)
class FleetPage:
    """The jobs that fit into one answer.

    Attributes
    ----------
    jobs : list of dict
        Bedrock's summaries with `account` and `region`, as far as the records have their fields.
    sources : frozenset of Source
        The sources of these jobs.
    next_token : str or None
        None if no more jobs follow.
    stopped_by : str or None
        Why the answer ends before the listing does; None if it does not.
    """

    jobs: list[dict[str, Any]]
    sources: frozenset[Source] = frozenset()
    next_token: str | None = None
    stopped_by: StoppedBy | None = None


@dataclass(slots=True)
class PageInProgress:
    """Jobs that are collected for an answer.

    Attributes
    ----------
    limit : int
        How many jobs the answer has at most.
    room : int
        How many bytes are left, as JSON.
    form : callable
        Returns the part of a job that the answer contains, whose size counts.
    last : str
        The position of the last job, if there is one.
    """

    limit: int
    room: int
    form: Callable[[Any], Any] = lambda job: job
    jobs: list[dict[str, Any]] = field(default_factory=list)
    sources: set[Source] = field(default_factory=set)
    last: str = ""

    @property
    def is_full(self) -> bool:
        """Whether the answer has as many jobs as it may have."""
        return len(self.jobs) >= self.limit

    @property
    def fitting(self) -> int:
        """About how many more jobs fit; at least one."""
        return max(1, min(self.limit - len(self.jobs), self.room // _SHORT_SUMMARY_BYTES))

    def add(self, summary: Mapping[str, Any], source: Source, position: str) -> bool:
        """Add a job if it fits, and return whether it does.

        Raises
        ------
        UnexpectedAnswerException
            It is the first job, and does not fit.
        """
        self.room -= _size(self.form(summary)) + (0 if source in self.sources else _SOURCE_BYTES)
        if self.room < 0:
            if not self.jobs:
                raise UnexpectedAnswerException("A single job is larger than the maximum answer.")
            return False
        self.jobs.append(dict(summary))
        self.sources.add(source)
        self.last = position
        return True

    def finished(self, next_token: str | None = None, stopped_by: StoppedBy | None = None) -> FleetPage:
        """Return the page."""
        return FleetPage(self.jobs, frozenset(self.sources), next_token, stopped_by)


def _size(summary: Mapping[str, Any]) -> int:
    # json.dumps writes spaces and \u escapes, so no other encoding is longer.
    return len(json.dumps(summary)) + len(", ")
