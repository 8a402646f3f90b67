"""One invocation of the watch."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from customization_jobs.watch.breaker import Breaker
from customization_jobs.watch.pace import Pace
from customization_jobs.watch.publisher import CountPublished

if TYPE_CHECKING:
    from customization_jobs.watch.tags import TagReads


@dataclass
class Run:
    """One invocation of the watch, which may observe the jobs of several pages.

    Attributes
    ----------
    out_of_time : callable
        Checked before each group of jobs; once it returns true, the remaining jobs are only counted.
    count_published : callable
        Called with published transitions as soon as the bus has accepted them.
    tags : TagReads or None
        Set by the watch, if it reads tags.
    """

    out_of_time: Callable[[], bool] = lambda: False
    count_published: CountPublished = lambda _: None
    breaker: Breaker = field(default_factory=Breaker)
    pace: Pace = field(default_factory=Pace)
    tags: "TagReads | None" = None
