"""What answers say about the sources that they cover. No figure of the fleet is given without it."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from customization_jobs.fleet.coverage import SourceCoverage, State
from customization_jobs.fleet.coverage_store import ChosenSources, CoverageStore
from customization_jobs.sources import FleetChoice
from customization_jobs.timestamps import format_timestamp

# Sources that are not listed, of which a summary has the rows. All are counted.
MAX_GAPS = 20


class CurrentCoverage:
    """The coverage of sources as it is when an answer is made.

    Parameters
    ----------
    store : callable
        Opens the store when it is first needed.
    late_after : timedelta
        Age from which the last listing of a source is too old.
    """

    def __init__(
        self,
        store: Callable[[], CoverageStore],
        choice: FleetChoice,
        *,
        late_after: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._choice = choice
        self._late_after = late_after
        self.now = now

    def select(self, account: str | None = None, region: str | None = None) -> list[SourceCoverage]:
        """Return the coverage of the sources of an account and of a region, in their order.

        Before the first discovery, these are the sources that the settings name.

        Raises
        ------
        WatchUnavailableException
            The table does not answer, or refuses.
        """
        now, store = self.now(), self._store()
        chosen = store.chosen() or ChosenSources(self._choice.sources(), now)
        selected = tuple(
            each
            for each in chosen.sources
            if account in (None, each.account) and region in (None, each.region)
        )
        return [each.at(now, self._late_after) for each in store.get_all(chosen._replace(sources=selected))]


def summary(sources: Sequence[SourceCoverage]) -> dict[str, Any]:
    """Return the coverage summary.

    `complete` is true if every source is listed, and false if there is none: no jobs of no source is not the
    same as no jobs.
    """
    by_state = Counter(each.state for each in sources)
    gaps = [each for each in sources if each.state is not State.LISTED]
    oldest = min((each.as_of for each in sources if each.as_of), default=None)
    return {
        "complete": bool(sources) and not gaps,
        "sources": len(sources),
        "byState": {str(state): by_state[state] for state in State},
        "oldestAsOf": format_timestamp(oldest) if oldest else None,
        "gaps": [each.row() for each in gaps[:MAX_GAPS]],
        "moreGaps": max(0, len(gaps) - MAX_GAPS),
    }
