"""What answers say about the sources that they cover. No figure of the fleet is given without it."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from customization_jobs.fleet.coverage import SourceCoverage, State
from customization_jobs.fleet.coverage_store import ChosenSources, CoverageStore
from customization_jobs.sources import FleetChoice
from customization_jobs.timestamps import format_timestamp

# How many sources that are not listed have their rows in a summary. All are counted.
MAX_GAPS = 20
# Sweeps read the accounts of AWS Organizations once an hour. After three hours, at least two reads in a row
# have failed, and accounts can be missing from the fleet.
ACCOUNTS_STALE_AFTER = timedelta(hours=3)


class Selection(NamedTuple):
    """The sources that an answer covers.

    Attributes
    ----------
    sources : sequence of SourceCoverage
        Ordered by account and region.
    accounts_as_of : datetime or None
        When AWS Organizations last reported the accounts of the fleet; None if they do not come from there.
    are_accounts_stale : bool
        Whether that is so long ago that accounts can be missing.
    """

    sources: Sequence[SourceCoverage]
    accounts_as_of: datetime | None = None
    are_accounts_stale: bool = False


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

    def select(self, account: str | None = None, region: str | None = None) -> Selection:
        """Return the coverage of the sources of an account and of a region.

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
        coverages = store.get_all(chosen._replace(sources=selected))
        as_of = chosen.accounts_as_of
        # Sweeps that are further apart than this limit read the accounts only as often as they run.
        limit = max(ACCOUNTS_STALE_AFTER, self._late_after)
        return Selection(
            [each.at(now, self._late_after) for each in coverages],
            as_of,
            as_of is not None and now - as_of > limit,
        )


def summary(selection: Selection) -> dict[str, Any]:
    """Return the coverage summary.

    `complete` is true if every source is listed and the accounts are up to date. It is false if there is no
    source: without sources, nothing is known about jobs.
    """
    sources = selection.sources
    by_state = Counter(each.state for each in sources)
    gaps = [each for each in sources if each.state is not State.LISTED]
    is_complete = bool(sources) and not gaps and not selection.are_accounts_stale
    return {
        "complete": is_complete,
        "sources": len(sources),
        "byState": {str(state): by_state[state] for state in State},
        "oldestAsOf": _oldest_as_of(sources),
        **_accounts_as_of(selection.accounts_as_of),
        "gaps": [each.row() for each in gaps[:MAX_GAPS]],
        "moreGaps": max(0, len(gaps) - MAX_GAPS),
    }


def _accounts_as_of(time: datetime | None) -> dict[str, str]:
    return {"accountsAsOf": format_timestamp(time)} if time else {}


def _oldest_as_of(sources: Sequence[SourceCoverage]) -> str | None:
    listings = [each.as_of for each in sources if each.as_of]
    return format_timestamp(min(listings)) if listings else None
